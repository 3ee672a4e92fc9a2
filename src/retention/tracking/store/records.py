"""What shall stand in MLflow, as plain data: made by pure functions, performed by `fill` and `registry` alone."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Literal, Self

if TYPE_CHECKING:
    from retention.estimate import Estimate

# The tags that runs, models and versions are found again by. None of them contains the git commit.
KIND = "retention.kind"  # search, trial, pipeline or campaign
DIGEST = "retention.digest"  # a search's study, a trial's study:number, a pipeline run's artifacts, shop:campaign
STUDY = "retention.study"
TRIAL = "retention.trial"
USER = "mlflow.user"  # who ran it
SHA256 = "retention.sha256"  # of model.skops
SHOP = "retention.shop"  # of a run and a version, whose customers it was made from
DATA_MD5 = "retention.data_md5"  # of a run and a version, by which DVC knows the exports
CUSTOMERS_MD5 = "retention.customers_md5"  # of a version, by which DVC knows the customers it was made from
MONTHS = "retention.months"  # of a run and a version, the first and last month that it was made from
ACTED_ON = "retention.acted_on"  # the month whose customers it was first made for
COLUMNS = "retention.columns"  # of a package, what is valid in each column that its model takes
RULES = "retention.rules"  # of the segments and offers as set, by which new customers find their run
COMPLETE = "retention.complete"  # set last: how much it covers (a search's trials, 2 with a campaign's result, else 1)


@dataclass(frozen=True)
class Metric:
    """A number; a metric with steps is a curve."""

    key: str
    value: float
    step: int = 0


def list_metrics(numbers: Mapping[str, float | None], step: int = 0) -> list[Metric]:
    """Return a metric for each number that there is."""
    return [Metric(key, float(value), step) for key, value in numbers.items() if value is not None]


def spread(key: str, estimate: "Estimate") -> dict[str, float | None]:
    """Return an estimate and the ends of its interval as numbers of their own."""
    return {key: estimate.value, f"{key}_low": estimate.low, f"{key}_high": estimate.high}


@dataclass(frozen=True)
class File:
    """A file on disk, to stand in `folder` (of the artifacts; empty is the top) under its own name."""

    folder: str
    source: Path

    @classmethod
    def within(cls, base: Path, source: Path) -> Self:
        """Return a file that stands where it lies below `base`."""
        folder = source.parent.relative_to(base)
        return cls(folder.as_posix() if folder.parts else "", source)

    @property
    def path(self) -> str:
        """Where it stands."""
        return f"{self.folder}/{self.source.name}".lstrip("/")


@dataclass(frozen=True)
class Dataset:
    """What a run was made from."""

    name: str
    digest: str  # its version, at most 36 characters
    source: str  # where it lies, relative to the project
    columns: Mapping[str, str]  # column → MLflow type
    rows: int  # how many customers


@dataclass(frozen=True)
class Run:
    """A run and its children."""

    kind: Literal["search", "trial", "pipeline", "campaign"]  # what it is a projection of
    digest: str  # what it is found again by
    name: str  # what the UI lists it under
    params: Mapping[str, str] = field(default_factory=dict)  # what runs are compared by
    metrics: Sequence[Metric] = ()
    tags: Mapping[str, str] = field(default_factory=dict)
    files: Sequence[File] = ()
    datasets: Sequence[Dataset] = ()  # what it was made from
    extent: int = 1  # how much it covers; of two versions of a run the larger one stands
    failed: bool = False  # whether what it describes failed
    seconds: float | None = None  # how long that took, if known
    children: tuple["Run", ...] = ()  # the search of a pipeline run, the trials of a search


@dataclass(frozen=True)
class Model:
    """A model for the registry."""

    sha256: str  # of the file; what the version is found again by
    package: Path  # a folder in MLflow's model format that holds the very bytes of the file
    params: Mapping[str, str]  # what the model is
    tags: Mapping[str, str]  # where it comes from
    metrics: Sequence[Metric]  # how good it is, as in the run it belongs to
    description: str  # one sentence for the list of versions
