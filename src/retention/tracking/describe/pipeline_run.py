"""A run of the whole pipeline, its model and the model's card, told from what the stages found."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from string import Template

from retention.audience.plan.summary import PlanMetrics
from retention.audience.segments.summary import SegmentsSummary
from retention.estimate import Estimate
from retention.history.figures import History, Since
from retention.learning.evaluation.evaluation import Evaluation, Group, Measures
from retention.learning.model.choice import STEPS
from retention.learning.search.best import Best
from retention.strict import Language, Text
from retention.tables.months.periods import Periods
from retention.tables.quality import Quality
from retention.tables.roles import ColumnRoles
from retention.tracking.describe.search_run import describe_choice
from retention.tracking.provenance import Provenance
from retention.tracking.store import records
from retention.tracking.store.digest import seal
from retention.tracking.store.records import Dataset, File, Metric, Model, Run, list_metrics, spread

CARDS: dict[Language, str] = {"en": "model_card.md", "ru": "model_card.ru.md"}
_TOO_FEW = Text(ru="слишком мало", en="too few")


@dataclass(frozen=True)
class Summaries:
    """What a run is told from: what the stages found, and what the run and its model are found again by."""

    best: Best  # this, and what follows, are the artifacts of these names
    evaluation: Evaluation
    quality: Quality
    segments: SegmentsSummary
    plan: PlanMetrics  # what plans are compared by
    roles: ColumnRoles  # what the columns are
    history: History
    since: Since
    periods: Periods  # the months that were learnt from, and the one acted on
    digest: str  # of all the artifacts
    sha256: str  # of the model file
    rules: str  # the digest of the segments and offers as set

    def tell(self) -> str:
        """Return model and test ROC-AUC in a phrase."""
        roc_auc = self.evaluation.test.roc_auc
        return f"{self.best.model}, test ROC-AUC {roc_auc.value:.3f} ({roc_auc.low:.3f} to {roc_auc.high:.3f})"

    def tag_months(self) -> dict[str, str]:
        """Return the months as tags; an undated shop has none."""
        tags = {records.MONTHS: self.periods.tell_learnt(), records.ACTED_ON: self.periods.acted_on}
        return {key: value for key, value in tags.items() if value}

    def measure(self) -> list[Metric]:
        """Return the numbers that models are compared by, test ROC-AUC first."""
        found = self.evaluation
        test, parts = found.test, {"out_of_fold": found.out_of_fold, "out_of_time": found.out_of_time}
        told = spread("roc_auc", test.roc_auc) | {name: getattr(test, name).value for name in Measures.model_fields}
        told |= {f"{name}_roc_auc": part.roc_auc.value for name, part in parts.items() if part}
        return list_metrics(told | {f"test_{name}": count for name, count in test.support})


def describe_pipeline(
    content: Summaries,
    provenance: Provenance,
    settings: Mapping[str, str],
    files: Sequence[File],
    dataset: Dataset,
    seconds: Mapping[str, float],
    search: Run,
) -> Run:
    """Return the run of the pipeline.

    `settings` are what runs are compared by beside the model, `files` what shall be looked at; `seconds` say how long
    each stage took, as far as it is known; `search` is where the model was found.
    """
    best, plan = content.best, content.plan
    roc_auc = f"{content.evaluation.test.roc_auc.value:.3f}"
    name = [content.since.now.month, provenance.tell_data(), best.model, roc_auc, provenance.experiment]
    # Hundreds of numbers would hide the few that plans are compared by, and are in the files.
    planned = {"expected_net_profit": plan.net_profit, "contacts": plan.contacts, "spent": plan.spent}
    compared = list_metrics({"cv_roc_auc": best.roc_auc.value, **planned})
    note = (
        f"{content.tell()}; scaler {best.scaler}, encoder {best.encoder}, features {best.features}. "
        f"Its trials are in `search {best.study[:8]}`, which lies in the first run that used it."
    )
    return Run(
        kind="pipeline",
        digest=content.digest,
        name=" · ".join(part for part in name if part),
        params={**describe_choice(best.choice), **settings},
        metrics=[*content.measure(), *compared, *follow_months(content.history, content.since)],
        tags={
            **{records.STUDY: best.study, records.SHA256: content.sha256, records.RULES: content.rules},
            "mlflow.note.content": note,
            **{f"seconds.{stage}": f"{taken:.3g}" for stage, taken in seconds.items()},
            **provenance.tags(),
            **content.tag_months(),
            **seal(files),
        },
        files=files,
        datasets=[dataset],
        seconds=sum(seconds.values()) or None,
        children=(search,),
    )


def follow_months(history: History, since: Since) -> Iterator[Metric]:
    """Yield what was said of each month and what its labels showed; the step is the month, 2609 for 2026-09.

    MLflow's charts would write 202609 as 202.609k.
    """
    for one in [*history.months, since.now] if since.now.month else []:
        figures = {
            "customers": one.customers,
            "expected_declines": one.expected_declines,
            "profit_at_risk": one.profit_at_risk,
            "contacts": one.plan.contacts,
            "expected_net_profit": one.plan.net_profit,
            "expected_roc_auc": one.watch.roc_auc if one.watch else None,
        }
        yield from _at(one.month, figures)
    for seen in since.happened:
        roc_auc = seen.roc_auc.value if seen.roc_auc else None
        found = {"declined": seen.declined, "declined_over_expected": seen.excess.value, "roc_auc": roc_auc}
        yield from _at(seen.month, {f"happened_{key}": value for key, value in found.items()})


def _at(month: str, figures: Mapping[str, float | None]) -> list[Metric]:
    return list_metrics({f"months/{key}": value for key, value in figures.items()}, int(month[2:].replace("-", "")))


def describe_model(content: Summaries, provenance: Provenance, package: Path) -> Model:
    """Return the model, which lies in MLflow's format in `package`, with its choices, origin and how good it is."""
    best = content.best
    tags = {
        records.STUDY: best.study,
        records.DATA_MD5: provenance.data_md5 or "unknown",
        records.SHOP: provenance.shop,
        records.CUSTOMERS_MD5: provenance.customers_md5,
        **content.tag_months(),
    }
    steps = {name: str(getattr(best, name)) for name in ("model", *STEPS)}
    return Model(content.sha256, package, steps, tags, content.measure(), content.tell())


def render_card(
    content: Summaries, provenance: Provenance, groups: Sequence[tuple[Text, Group]], language: Language
) -> str:
    """Return the model card as Markdown.

    Of the provenance the data are told, and not the commit, since the same model may come from several. `groups` are
    what groups of the test customers are called, and how good the model is in them.
    """
    best, test = content.best, content.evaluation.test
    measures = [
        f"| {name} | {one.value:.4f} | {one.low:.4f} | {one.high:.4f} |"
        for name, one in test
        if isinstance(one, Estimate)
    ]
    file = resources.files("retention.tracking.describe").joinpath(CARDS[language])
    dated = ("- dated: ", "- undated: ") if content.periods.acted_on else ("- undated: ", "- dated: ")
    lines = [line for line in file.read_text(encoding="utf-8").splitlines() if not line.startswith(dated[1])]
    return Template("\n".join(lines).replace(dated[0], "- ") + "\n").substitute(
        content.quality.customers.model_dump() | {name: getattr(best, name) for name in ("model", *STEPS)},
        params=", ".join(f"{key}={value}" for key, value in best.params.items()) or "–",
        n_trials=best.n_trials,
        md5=provenance.data_md5 or "unknown",
        test=test.support.customers,
        months=content.periods.tell_learnt(),
        sha256=content.sha256,
        columns=_list(content.roles.names),
        missing=_list(content.roles.missing) or "–",
        measures="\n".join(measures),
        groups="\n".join(_tell_group(name, group, language) for name, group in groups),
    )


def _list(columns: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in columns)


def _tell_group(name: Text, group: Group, language: Language) -> str:
    few = _TOO_FEW[language]
    rate, roc_auc = (
        few if one is None else f"{one.value:.3f} ({one.low:.3f}–{one.high:.3f})"
        for one in (group.observed, group.roc_auc)
    )
    mean = few if group.predicted is None else f"{group.predicted:.3f}"
    return f"| {name[language]} | {group.support} | {rate} | {mean} | {roc_auc} |"
