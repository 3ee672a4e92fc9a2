"""A run of the whole pipeline, told from the content of its artifacts."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from retention.tracking.describe.provenance import Provenance
from retention.tracking.describe.summaries import Summaries
from retention.tracking.describe.trial import describe_choice
from retention.tracking.store.records import (
    RULES,
    SHA256,
    STUDY,
    Content,
    Dataset,
    File,
    Metric,
    Param,
    Run,
    Tag,
)
from retention.tracking.store.seal import seal

_PLAN = ("expected_net_profit", "contacts", "spent")


@dataclass(frozen=True)
class Digests:
    """What a run of the pipeline and its model are found again by.

    Parameters
    ----------
    artifacts : str
        Of all the artifacts.
    model : str
        Of the model file.
    rules : str
        Of the segments and offers as set.
    """

    artifacts: str
    model: str
    rules: str


def describe_pipeline(
    digests: Digests,
    content: Summaries,
    settings: Mapping[str, str],
    provenance: Provenance,
    attachments: Sequence[Dataset | File | Content],
    seconds: Mapping[str, float],
    search: Run,
) -> Run:
    """Return the run of the pipeline.

    Parameters
    ----------
    digests : Digests
        What it is found again by.
    content : Summaries
        What the stages found.
    settings : mapping of str to str
        What runs are compared by beside the model.
    provenance : Provenance
        Data, person, commit and experiment.
    attachments : sequence of Dataset, File or Content
        What it was made from; curves, report, settings and what else shall be looked at.
    seconds : mapping of str to float
        How long each stage took, as far as it is known.
    search : Run
        Where the model was found.
    """
    best = content.best
    tags = {STUDY: best.study, SHA256: digests.model, RULES: digests.rules, "mlflow.note.content": _tell(content)}
    return Run(
        kind="pipeline",
        digest=digests.artifacts,
        name=_name(content, provenance),
        records=(
            *describe_choice(best.choice),
            *(Param(key, value) for key, value in settings.items()),
            *list_metrics(content),
            *(Tag(key, value) for key, value in tags.items()),
            *(Tag(f"seconds.{stage}", f"{taken:.1f}") for stage, taken in seconds.items()),
            *provenance.tags(),
            seal([one for one in attachments if not isinstance(one, Dataset)]),
            *attachments,
        ),
        seconds=sum(seconds.values()) or None,
        children=(search,),
    )


def list_metrics(content: Summaries) -> Iterator[Metric]:
    """Yield the numbers that runs are compared by; hundreds would hide the few that matter, and are in the files."""
    yield from (Metric(key, value) for key, value in content.metrics)
    yield Metric("cv_roc_auc", content.best.roc_auc.value)
    yield from (Metric(key, getattr(content.plan, key)) for key in _PLAN)


def _name(content: Summaries, provenance: Provenance) -> str:
    """Return data, model and test ROC-AUC, and the experiment if it is one."""
    parts = [provenance.tell_data(), content.best.model, f"{content.metrics.roc_auc:.3f}", provenance.experiment]
    return " · ".join(part for part in parts if part)


def _tell(content: Summaries) -> str:
    best = content.best
    return (
        f"{content.tell()}; scaler {best.scaler}, encoder {best.encoder}, features {best.features}. "
        f"Its trials are in `search {best.study[:8]}`, which lies in the first run that used it."
    )
