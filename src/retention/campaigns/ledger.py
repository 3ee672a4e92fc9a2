"""The ledger: what was really sent and to whom, frozen when it was launched, never changed after."""

import hashlib
import json
import shutil
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pandas as pd
from pydantic import Field, JsonValue

from retention.errors import UserError, one_line
from retention.files import parse_artifact, read_table, render_csv, replacing, rounded, write_json, write_table
from retention.formulas import undo_safe
from retention.strict import Strict
from retention.table_schema import ColumnSchema, TableSchema
from retention.tables.columns import ID, MONTH, PROBABILITY, UNIT
from retention.tables.mending import tidy
from retention.tables.months.periods import MONTH_FORM, move_month

CAMPAIGN, ARM, OFFER, BLOCK, CHANCE, AT_STAKE, COST = "campaign", "arm", "offer", "block", "chance", "at_stake", "cost"
CONTACTED, HELD = "contacted", "held"
REACHED, REDEEMED, REACHED_ON = "reached", "redeemed", "reached_on"
PLANNED = TableSchema(
    rows="a customer of the plan, contacted or left alone",
    columns={
        ID: ColumnSchema("id", "The customer."),
        UNIT: ColumnSchema("integer", "Rows with one number were drawn together."),
        ARM: ColumnSchema("text", f"`{CONTACTED}`, or `{HELD}`: of the control group, left alone."),
        OFFER: ColumnSchema("text", "The offer that was chosen; those left alone would have got it."),
        BLOCK: ColumnSchema(
            "integer", "Neighbours in offer and risk, of whom one was drawn to be left alone; 0 for a persistent group."
        ),
        CHANCE: ColumnSchema("number", "The probability of the arm that the customer is in."),
        PROBABILITY: ColumnSchema("number", "Of decline, as it was known then."),
        AT_STAKE: ColumnSchema(
            "number", "The profit over the horizon, of which a decliner's share is lost; 1 where customers are counted."
        ),
        COST: ColumnSchema("number", "What contacting costs; for those left alone, what it would have cost."),
    },
)
ASSIGNED = TableSchema(
    rows=PLANNED.rows,
    columns={
        CAMPAIGN: ColumnSchema("text", "Of which campaign."),
        MONTH: ColumnSchema("text", "The month that was acted on."),
        **PLANNED.columns,
        ID: ColumnSchema("text", "The customer; a number too, so that no zero in front is lost."),
    },
)
UNTOUCHED = TableSchema(
    rows="a customer and an offer that the customer is not to get now",
    columns={
        ID: ColumnSchema("text", "The customer; a number too."),
        OFFER: ColumnSchema("text", "The offer; empty for all, while the result of a campaign is waited for."),
    },
)
_YES, _NO = ("yes", "1", "true", "да"), ("no", "0", "false", "нет", "")


class Terms(Strict):
    """What a campaign was launched on."""

    months: int = Field(ge=1)  # from its month until its result is known
    horizon_months: float  # for so many months a decliner's profit is lost
    loss_share: float  # which share of it
    money: bool  # whether the customers have a profit; without, they are counted
    effects: dict[str, float]  # by offer, the relative reduction of the probability that was expected


class Launched(Strict):
    """``campaign.json``."""

    campaign: str = Field(pattern=r"^[0-9A-Za-z][0-9A-Za-z_-]{0,63}$")
    month: str = Field(pattern=f"^{MONTH_FORM}$")
    reading: str
    """The month whose exports tell the result."""
    model: str  # the digest of the model file
    version: int | None  # its number in the registry; null if it is not there
    forced: str  # why it was launched though the model was not the champion; empty if it was
    terms: Terms
    settings: dict[str, JsonValue]  # the sections ``offer``, ``plan`` and ``campaigns`` of that day
    plan: str  # the digest of the planned rows (`hash_plan`), which the lists bear too; nobody launches them twice
    checksum: str  # the SHA-256 of ``assigned.csv``
    seal: str = ""  # the SHA-256 of all the above

    def compute_seal(self) -> str:
        """Return the digest of everything but the seal."""
        return _hash(json.dumps(rounded(self.model_dump(exclude={"seal"})), sort_keys=True).encode())

    def sealed(self) -> "Launched":
        """Return the same with its seal."""
        return self.model_copy(update={"seal": self.compute_seal()})


@dataclass(frozen=True)
class Entry:
    """A campaign of the ledger."""

    launched: Launched
    assigned: pd.DataFrame  # as `ASSIGNED`
    contacts: pd.DataFrame | None
    """One row a planned customer of whom the CRM told: id, `REACHED`, `REDEEMED`, and if it told days `REACHED_ON`, the
    first one; None if it told nothing."""
    unknown: int  # customers of ``contacts.csv`` who were not planned


def _hash(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def hash_plan(planned: pd.DataFrame) -> str:
    """Return the digest of who is in which arm with which offer, whatever else is known; `planned` as `PLANNED`."""
    rows = planned[[ID, ARM, OFFER]].astype(str).sort_values(ID)
    return _hash(render_csv(rows).encode())


def launch(
    root: Path,
    planned: pd.DataFrame,
    campaign: str,
    month: str,
    terms: Terms,
    settings: Mapping[str, JsonValue],
    model: tuple[str, int | None, str],
) -> Launched:
    """Freeze a plan as a campaign of the ledger: its folder is there whole, or not at all.

    Parameters
    ----------
    root : Path
        ``data/campaigns``.
    planned : DataFrame
        As `PLANNED`.
    campaign, month : str
        Its id, and the month whose customers are acted on.
    settings : mapping
        As of that day.
    model : (str, int or None, str)
        Digest, version, and why another than the champion.

    Raises
    ------
    UserError
        If there is nobody to launch for, the campaign is there already, or this plan was launched under another name.
    """
    if planned.empty:
        raise UserError("The plan has nobody to contact and nobody to leave alone: there is nothing to launch.")
    digest = hash_plan(planned)
    for entry in read_ledger(root):
        if entry.launched.campaign == campaign:
            raise UserError(f"Campaign {campaign} was launched already: what was sent is never changed.")
        if entry.launched.plan == digest:
            raise UserError(
                f"This plan was launched already, as campaign {entry.launched.campaign}: make another plan."
            )
    assigned = planned.astype({ID: str}).assign(**{CAMPAIGN: campaign, MONTH: month})[list(ASSIGNED.columns)]
    with replacing(root / campaign) as beside:
        shutil.rmtree(beside, ignore_errors=True)  # of one that was killed
        write_table(beside / "assigned.csv", assigned, ASSIGNED)
        launched = Launched(
            campaign=campaign,
            month=month,
            reading=move_month(month, terms.months),
            model=model[0],
            version=model[1],
            forced=model[2],
            terms=terms,
            settings=dict(rounded(settings)),
            plan=digest,
            checksum=_hash((beside / "assigned.csv").read_bytes()),
        )
        write_json(beside / "campaign.json", launched := launched.sealed())
    return launched


def read_ledger(root: Path, before: str = "") -> list[Entry]:
    """Read the campaigns in order of month and id; with `before`, those of earlier months only."""
    folders = sorted(path for path in root.glob("[!.]*") if path.is_dir()) if root.is_dir() else []
    entries = sorted(
        (read_campaign(path) for path in folders), key=lambda one: (one.launched.month, one.launched.campaign)
    )
    return [entry for entry in entries if not before or entry.launched.month < before]


def list_launched(root: Path, month: str) -> pd.DataFrame:
    """Return what was launched for a month, as `ASSIGNED`; no rows if nothing was, or the month has no date."""
    assigned = [entry.assigned for entry in read_ledger(root) if month and entry.launched.month == month]
    return pd.concat(assigned) if assigned else pd.DataFrame(columns=[*ASSIGNED.columns])


def read_campaign(folder: Path) -> Entry:
    """Read a campaign as it was launched; a file that is missing, or is not that of the launch, is a `UserError`."""
    for name in ("campaign.json", "assigned.csv"):
        if not (folder / name).is_file():
            raise UserError(
                f"Campaign {folder.name} has no {name}: restore it (`dvc checkout data`), or move {folder} away if "
                "that is no campaign."
            )
    remedy = f"restore {folder} (`dvc checkout data`)"
    content = (folder / "campaign.json").read_bytes()
    launched = parse_artifact(f"{folder.name}/campaign.json", content, Launched, remedy)
    sealed = launched.seal == launched.compute_seal() and launched.campaign == folder.name
    if not sealed or launched.checksum != _hash((folder / "assigned.csv").read_bytes()):
        raise UserError(
            f"{'assigned.csv' if sealed else 'campaign.json'} of campaign {folder.name} is not the one that was "
            f"launched, and a ledger is never edited: {remedy}."
        )
    assigned = read_table(folder / "assigned.csv", ASSIGNED, remedy)
    contacts, unknown = _read_contacts(folder / "contacts.csv", assigned[ID], launched)
    return Entry(launched, assigned, contacts, unknown)


def seal_again(folder: Path) -> None:
    """Seal a campaign that a person was taken out of, who wants to be forgotten: the one reason to change a ledger."""
    launched = parse_artifact("campaign.json", (folder / "campaign.json").read_bytes(), Launched)
    checksum = _hash((folder / "assigned.csv").read_bytes())
    write_json(folder / "campaign.json", launched.model_copy(update={"checksum": checksum}).sealed())


def _read_contacts(path: Path, planned: pd.Series, launched: Launched) -> tuple[pd.DataFrame | None, int]:
    """Return what the CRM told of the planned customers, and how many others it named.

    Several rows of a customer, one a message, make one: reached or redeemed by any of them, on the first day.
    """
    if not path.exists():
        return None, 0
    try:
        with path.open(encoding="utf-8-sig") as file:
            separator = ";" if ";" in file.readline() else ","  # a Russian Excel's
        with warnings.catch_warnings():
            warnings.simplefilter("error", pd.errors.ParserWarning)  # of rows that are wider than the header
            told = pd.read_csv(
                path, sep=separator, dtype=str, index_col=False, keep_default_na=False, encoding="utf-8-sig"
            )
    except (ValueError, pd.errors.ParserWarning) as error:
        reason = one_line(error)
        raise UserError(f"{path} is no table in UTF-8 ({reason}): export it again, or take it away.") from None
    if lacking := [name for name in (ID, REACHED) if name not in told]:
        raise UserError(f"{path} has no column {lacking[0]}: give {ID}, {REACHED} and, if known, {REDEEMED}.")
    ids = told[ID].str.strip().map(undo_safe)
    frame = pd.DataFrame({ID: ids.where(ids.isin(planned), ids.map(partial(tidy, kind="integer")))})  # 100.0 is 100
    for name in (REACHED, REDEEMED):
        cells = told[name].str.strip().str.lower() if name in told else pd.Series("", index=told.index)
        if (odd := cells[~cells.isin([*_YES, *_NO])]).size:
            raise UserError(f'{path}, row {odd.index[0] + 2}, column {name}: "{odd.iloc[0]}" is neither yes nor no.')
        frame[name] = cells.isin(_YES)
    how = {REACHED: "any", REDEEMED: "any"}
    if REACHED_ON in told:
        frame[REACHED_ON] = _read_days(path, told[REACHED_ON].str.strip(), launched).where(frame[REACHED])
        how[REACHED_ON] = "min"
    each = frame.groupby(ID, sort=True).agg(how).reset_index()
    known = each[ID].isin(planned)
    return each[known].reset_index(drop=True), int((~known).sum())


def _read_days(path: Path, cells: pd.Series, launched: Launched) -> pd.Series:
    """Return the days of the cells, NaT of an empty one; what is none of the campaign's months is a `UserError`."""
    bare = cells.str.replace(r"[T ][0-9]{1,2}:[0-9].*$", "", regex=True)
    iso, russian = (pd.to_datetime(bare, format=form, errors="coerce") for form in ("%Y-%m-%d", "%d.%m.%Y"))
    days = iso.fillna(russian)
    within = days.dt.strftime("%Y-%m").between(launched.month, launched.reading)
    if (odd := cells[(cells != "") & ~within]).size:
        raise UserError(
            f'{path}, row {odd.index[0] + 2}, column {REACHED_ON}: "{odd.iloc[0]}" is no day from {launched.month} to '
            f"{launched.reading}, the campaign's months: write it as {launched.month}-28, or take the row out."
        )
    return days


def find_untouched(entries: Sequence[Entry], month: str, rest: bool, cooldown: Mapping[str, int]) -> pd.DataFrame:
    """Return who is not to get which offer in `month`, as `UNTOUCHED`.

    Parameters
    ----------
    entries : sequence of Entry
        The campaigns before `month`, which is empty where months have no date: then nothing is forbidden.
    rest : bool
        Whether all planned customers, those left alone too, rest until the result of their campaign is known.
    cooldown : mapping of str to int
        By offer, for how many days who got it does not get it again; a month counts as 30.
    """
    found = [pd.DataFrame({ID: [], OFFER: []}, dtype="str")]
    for entry in entries if month else ():
        launched, rows = entry.launched, entry.assigned
        if rest and month < launched.reading:
            found.append(rows[[ID]].assign(**{OFFER: ""}))
        cooling = [offer for offer, days in cooldown.items() if move_month(launched.month, -(-days // 30)) > month]
        found.append(rows.loc[(rows[ARM] == CONTACTED) & rows[OFFER].isin(cooling), [ID, OFFER]])
    return pd.concat(found).drop_duplicates().sort_values([ID, OFFER]).reset_index(drop=True)


def sum_spent(entries: Sequence[Entry], year: str) -> float:
    """Return what the campaigns of a calendar year cost."""
    rows = [entry.assigned for entry in entries if entry.launched.month.startswith(f"{year}-")]
    return float(sum(frame.loc[frame[ARM] == CONTACTED, COST].sum() for frame in rows))
