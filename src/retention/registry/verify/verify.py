"""The chain of digests exports → settings → code → lock file → stages → model → lists → report → registry, checked."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path

from retention.audience.offers.reasons import REASONS
from retention.audience.plan.contact_list import HOLDOUT, OFFERS
from retention.campaigns.ledger import PLANNED
from retention.errors import UserError
from retention.files import read_artifact, read_table
from retention.learning.evaluation.evaluation import Evaluation, Metrics
from retention.learning.search.best import Best
from retention.paths import Paths
from retention.registry.verify import chain
from retention.registry.verify.again import check_again, repeating, replay
from retention.registry.verify.chain import Pipeline
from retention.registry.verify.link import Link, check_link, find_difference, need
from retention.registry.verify.plan import Claim, prove_bound, prove_control, read_claim
from retention.registry.verify.published import check_registry
from retention.settings import Settings
from retention.tables.columns import ID

_SLOW = "search, train, evaluate, explain, explore, segment and watch"


@dataclass(frozen=True)
class Chain:
    """A project, and what was handed over of it."""

    settings: Settings
    paths: Paths
    pipeline: Pipeline
    handed: Path | None  # a page or a list; None for those that lie in ``artifacts/``
    asked: str  # a run or a version; empty for that of these artifacts

    def list_checks(self) -> Iterator[tuple[str, Callable[[], str]]]:
        """Yield each link with its check, in the order of the chain."""
        settings, pipeline = self.settings, self.pipeline
        yield "exports", partial(chain.check_exports, pipeline)
        yield "settings", partial(chain.check_settings, pipeline, self.paths)
        yield "code", partial(chain.check_code, pipeline)
        yield "lock file", partial(chain.check_lock, pipeline)
        yield "stages", partial(chain.check_stages, pipeline)
        yield "cache", partial(chain.check_cache, pipeline)
        yield "tables", partial(check_again, settings, pipeline, "validate", "prepare", "measure", "split")
        yield "model", partial(check_again, settings, pipeline, "predict")
        yield "figures", self.check_figures
        yield "plan", lambda: prove_bound(self.claim)
        yield "control group", self.check_control
        yield "lists", partial(self.check_made, "plan")
        yield "report", partial(self.check_made, "report")
        yield "registry", partial(check_registry, settings, self.paths, self.asked)

    @cached_property
    def claim(self) -> Claim:
        """Return the plan as the artifacts tell it."""
        need(self.paths.planned)
        return read_claim(self.settings, self.paths, read_table(self.paths.planned, PLANNED))

    def check_figures(self) -> str:
        """Take the figures that runs are compared by out of all that was measured."""
        paths = self.paths
        need(paths.best, paths.evaluation, paths.metrics)
        best, told = read_artifact(paths.best, Best), read_artifact(paths.metrics, Metrics)
        for name, right in Metrics.of(read_artifact(paths.evaluation, Evaluation), best.model):
            if (said := getattr(told, name)) != right:
                raise UserError(f"{paths.metrics.name} has {name}: {said}, where {right} is right")
        return "metrics.json is of evaluation.json and best.json"

    def check_control(self) -> str:
        """Draw the control group again, and look at the list that was handed over, or at ``offers.csv``."""
        offers, holdout = self.find("offers.csv"), self.find("holdout.csv")
        need(offers, holdout)
        return prove_control(self.claim, read_table(offers, OFFERS)[ID], read_table(holdout, HOLDOUT)[ID])

    def check_made(self, stage: str) -> str:
        """Run the stage again, and compare what was handed over, if it is of this stage, with what it makes."""
        made_by = "plan" if self.handed and self.handed.suffix == ".csv" else "report"
        if self.handed is None or made_by != stage:
            return check_again(self.settings, self.pipeline, stage)
        with repeating(stage, self.settings, self.pipeline) as made:
            right = made.report if stage == "report" else made.artifacts / self.name
            if told := find_difference(right, self.handed):
                raise UserError(f"stage {stage} gives something else: {told}")
        return f"{self.handed.name} is what stage {stage} makes again, byte by byte"

    def find(self, name: str) -> Path:
        """Return the list of this name: the one that was handed over, or that of the artifacts."""
        return self.handed if self.handed and self.name == name else self.paths.artifacts / name

    @property
    def name(self) -> str:
        """Return which artifact was handed over, whatever the file is called now; nothing if it is no list of ours."""
        if self.handed is None or self.handed.suffix != ".csv":
            return "report.html"
        with self.handed.open("rb") as file:
            head = file.readline().replace(b"\0", b"")  # of UTF-16 too
        if all(name.encode() in head for name in REASONS):
            return "offers.csv"
        return "holdout.csv" if b"offer_code" in head else ""


def read_chain(settings: Settings, paths: Paths, what: str) -> Chain:
    """Return what is to be verified: a page, a list, the id of a run or the number of a version.

    An empty text stands for the artifacts that are here, and anything else is a `UserError`.
    """
    handed = Path(what) if what.endswith((".html", ".csv")) else None
    if handed and not handed.is_file():
        raise UserError(f"{what} is not here: name the file that was handed over.")
    if not (handed or re.fullmatch("[0-9a-f]*", what)):
        raise UserError(f"{what} is none of: the id of a run, the number of a version, report.html, offers.csv.")
    chain = Chain(settings, paths, Pipeline(paths.root), handed, "" if handed else what)
    if not chain.name:
        raise UserError(f"{what} has not the columns of offers.csv or holdout.csv, the lists that can be verified.")
    return chain


def verify(settings: Settings, paths: Paths, what: str, *, again: bool) -> Iterator[Link]:
    """Yield the links of the chain as they are checked; with `again` stages run in a clean folder too (`replay`)."""
    found = read_chain(settings, paths, what)
    for name, check in found.list_checks():
        yield check_link(name, check)
    if again:
        yield check_link("replay", partial(replay, found.pipeline))


def tell_unproven(links: Sequence[Link]) -> str:
    """Return one sentence about what stays unproven."""
    open_ = [link.name for link in links if link.verdict == "unproven"]
    told = [f"the links that say so ({', '.join(open_)})"] if open_ else []
    if not any(link.name == "replay" and link.verdict == "holds" for link in links):
        told.append(f"that {_SLOW} give these bytes (`--replay` runs them)")
    told.append("that the exports say what happened in the shop, and that the commit is by whom it names")
    return f"Unproven: {'; '.join(told)}."
