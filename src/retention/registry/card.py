"""The card of one customer, from the champion: the probability and what it is made of, segments, the offer and why."""

from dataclasses import dataclass

import pandas as pd

from retention.audience.offers.audience import Audience
from retention.audience.plan.known import leave_out
from retention.campaigns.ledger import ARM, ASSIGNED, HELD, OFFER, PLANNED
from retention.errors import UserError
from retention.files import read_artifact, read_table
from retention.learning.explanation.explanation import explain_customers
from retention.numbers import format_number
from retention.paths import Paths
from retention.registry.entrant import Champion, fetch_champion
from retention.registry.portion import find_audience, list_segments, predict_customers
from retention.registry.scoring import explain_contacts, recall_campaigns
from retention.settings import Settings
from retention.strict import Language, load_texts
from retention.tables.columns import ID, PROBABILITY
from retention.tables.roles import ColumnRoles, build_customers_schema
from retention.tracking.store.digest import hash_file

WIDTH = 24  # of the longest bar
DECIMALS = 4


@dataclass(frozen=True)
class Card:
    """What the champion says of a customer."""

    customer: str
    version: int
    probability: float
    base: float  # the output before any column is known; with `parts` it adds up to `output`
    parts: dict[str, float]  # what each column adds, the largest first
    output: float
    reasons: list[str]
    segments: list[str]
    offer: str  # the sentence on the offer and why


def build_card(customer: str, settings: Settings, paths: Paths) -> Card:
    """Return the card of a customer of the month acted on.

    Raises
    ------
    UserError
        If nothing has been run, there is no such customer, or no champion.
    """
    if not paths.customers.exists() or not paths.columns.exists():
        raise UserError("Nothing has been run here: `make run` reads the customers.")
    table = read_table(paths.customers, build_customers_schema(read_artifact(paths.columns, ColumnRoles)))
    own = table[table[ID].astype(str) == customer.strip()].reset_index(drop=True)
    if own.empty:
        first = table[ID].iloc[0]
        raise UserError(
            f'There is no customer "{customer}" among the {len(table):,} of the last run: give an id such as {first}.'
        )
    champion = fetch_champion(settings, paths)
    fold = champion.find_folds(own[ID])
    models = champion.read_models(fold)
    own, features = predict_customers(champion, models, fold, own), own[list(champion.roles.names)]
    explained = explain_customers([model.pipeline for model in models], fold, features, champion.reference)
    known, untouched = recall_campaigns(settings, paths)
    audience = find_audience(champion, own, known)
    parts = explained.by_column.iloc[0].sort_values(key=abs, ascending=False, kind="stable")
    held, names = audience.members.columns[audience.members.iloc[0].to_numpy(dtype=bool)], champion.rules.names
    reasons = explain_contacts(champion, models, own, settings).iloc[0, :3]
    return Card(
        customer=customer.strip(),
        version=champion.version.number,
        probability=float(own[PROBABILITY].iloc[0]),
        base=float(explained.base_value[0]),
        parts={str(name): float(value) for name, value in parts.items()},
        output=float(explained.output[0]),
        reasons=[str(reason) for reason in reasons if reason],
        segments=[names[key][settings.report.language] if key in names else key for key in held],
        offer=_tell_offer(audience, untouched, known, _read_planned(champion, paths)),
    )


def _read_planned(champion: Champion, paths: Paths) -> pd.DataFrame | None:
    """Return what was sent, or is planned by the champion; None where the plan is another model's, or there is none."""
    if not paths.planned.exists():
        return None
    sent = len(read_table(paths.launched, ASSIGNED)) > 0
    return read_table(paths.planned, PLANNED) if sent or hash_file(paths.model) == champion.version.sha256 else None


def _tell_offer(audience: Audience, untouched: pd.DataFrame, settings: Settings, planned: pd.DataFrame | None) -> str:
    """Say which offer the one customer of an audience gets, or why none; `untouched` as `UNTOUCHED`."""
    language, audience = settings.report.language, leave_out(audience, untouched)
    texts, best = _speak(language), str(list_segments(audience, settings)["best_offer"].iloc[0])
    names = {key: offer.name[language] for key, offer in audience.offers.items()}
    customer = str(audience.customers[ID].iloc[0])
    if planned is not None and len(sent := planned[planned[ID].astype(str) == customer]):
        key = str(sent[OFFER].iloc[0])
        if sent[ARM].iloc[0] == HELD:
            return texts["kept"].format(offer=names.get(key, key))
        value = dict(zip(audience.offers, audience.compute_values()[0], strict=True)).get(key, 0.0)
        return texts["offered"].format(offer=names.get(key, key), value=format_number(value, 2, language))
    if not audience.consent[0]:
        return texts["no_consent"]
    if ((untouched[ID] == customer) & (untouched[OFFER] == "")).any():
        return texts["rests"]
    if not audience.eligible[0].any():
        return texts["no_fit"]
    if not best:
        return texts["no_gain"]
    return texts["no_plan" if planned is None else "no_place"].format(offer=names[best])


def _speak(language: Language) -> dict[str, str]:
    return {key: text[language] for key, text in load_texts("retention.registry", "card.yaml").items()}


def draw_card(card: Card, labels: dict[str, str], language: Language) -> list[str]:
    """Return the card as lines: a bar a column, which with the average add up to the model's output.

    Parameters
    ----------
    card : Card
    labels : dict of str to str
        What the columns are called.
    language : {"ru", "en"}
    """
    texts, chance = _speak(language), format_number(card.probability, 1, language, percent=True)
    longest = max((abs(value) for value in card.parts.values()), default=0.0) or 1.0
    bars = {
        name: ("+" if value > 0 else "-") * round(WIDTH * abs(value) / longest) for name, value in card.parts.items()
    }
    rows = {texts["base"]: card.base, **card.parts, texts["output"]: card.output}
    called = {name: labels.get(name, name) for name in rows}
    wide, nothing = max(map(len, called.values())), texts["none"]
    said = [f"{called[name]:<{wide}} {rows[name]:>+9.{DECIMALS}f}  {bars.get(name, '')}".rstrip() for name in rows]
    return [
        texts["head"].format(id=card.customer, chance=chance, version=card.version),
        *said,
        texts["last"].format(chance=chance),
        texts["reasons"].format(said="; ".join(card.reasons) or nothing),
        texts["segments"].format(said="; ".join(card.segments) or nothing),
        card.offer,
    ]
