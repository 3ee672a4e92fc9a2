"""The monthly job: exports in, the chain run, the gate asked, the month recorded; the exit code says how it stands.

It may be killed and run again: every step finds what is done already.
"""

import fcntl
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from types import FrameType
from typing import TYPE_CHECKING, Annotated

import typer

from retention.errors import UserError
from retention.paths import Paths
from retention.terminal.data import use_checked
from retention.terminal.polite import say, settings_here

if TYPE_CHECKING:
    from retention.history.figures import Foreseen, MonthFigures
    from retention.settings import Settings

EXIT_CODES = {"fine": 0, "cannot_tell": 0, "look": 10, "retrain": 11}
"""By the verdict of the watch; 1 is a mistake, 3 means that no labels have matured yet. No champion is worth a look."""

app = typer.Typer()


@app.command()
def month(
    month: Annotated[str, typer.Option(metavar="YYYY-MM", help="The month to act on.")],
    folder: Annotated[Path | None, typer.Argument(help="Its exports; leave out what is under data/ already.")] = None,
) -> None:
    """Do what a month needs: use the exports, run the chain, ask the gate, record; 10 means look, 11 train anew."""
    from retention.files import read_artifact
    from retention.history.figures import Since
    from retention.settings import check_params
    from retention.tables.months.periods import check_month

    signal.signal(signal.SIGTERM, _end_all)
    name, paths, settings = check_month(month), Paths.here(), settings_here()
    with _alone(paths) as held:
        try:
            check_params(paths.conf, paths.params)
        except UserError as error:  # what is committed runs, and whoever has forgotten `make params` reads of it
            typer.echo(str(error), err=True)
        _check_last(name, settings.as_of, paths, folder)
        if folder:
            use_checked(folder, name, settings, paths)
        _reproduce(settings, paths, held)
        from retention.registry.promotion import promote

        say(promote(settings, paths, reason=f"the monthly run of {name}", dry=not settings.gate.automatic))
        now = read_artifact(paths.since, Since).now
        if _record(now, paths):
            _reproduce(settings, paths, held, "--quiet")  # the record changes data/, but nothing that is made from it
        planned = _tell_next(now, settings, paths)
    raise typer.Exit(_tell_watch(now.watch) or (0 if planned else EXIT_CODES["look"]))


def _end_all(number: int, _frame: FrameType | None) -> None:
    """End what the job has started, which would go on and hold its lock, and then the job."""
    import psutil

    for process in psutil.Process().children(recursive=True):
        with suppress(psutil.NoSuchProcess):
            process.terminate()
    raise SystemExit(128 + number)


@contextmanager
def _alone(paths: Paths) -> Iterator[int]:
    """Hold the job's lock; whoever inherits the descriptor that is yielded holds it too, even when this is killed."""
    path = paths.root / ".retention" / "month.lock"
    path.parent.mkdir(exist_ok=True)
    with path.open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise UserError("Another monthly run works in this folder: wait until it ends, and run again.") from None
        yield file.fileno()


def _check_last(name: str, as_of: str | None, paths: Paths, folder: Path | None) -> None:
    """Refuse a month that the chain would not act on."""
    from retention.tables.months.periods import list_dated

    months = list_dated(paths.data)
    if not name:
        raise UserError("Say which month it is, as --month 2026-09.")
    if as_of not in (None, name):
        raise UserError(f"as_of is {as_of} in the settings, so that month is acted on: set as_of=null for {name}.")
    if as_of is None and months and months[-1] > name:
        raise UserError(
            f"{months[-1]} is there already, so {name} is not acted on: `retention use FOLDER --month {name}` adds it, "
            f"and as_of={name} repeats what its run knew."
        )
    if folder is None and name not in months:
        raise UserError(f"{paths.data.name}/ has no exports of {name}: name the folder with them.")


def _reproduce(settings: "Settings", paths: Paths, held: int, *words: str) -> None:
    """Run the chain; what it ends with is told by its own sentence and exit code where it has one."""
    home = str(Path(sys.executable).parent)  # cron does not know it
    done = subprocess.run(
        [sys.executable, "-m", "dvc", "repro", *words],
        cwd=paths.root,
        env={**os.environ, "PATH": os.pathsep.join([home, os.environ.get("PATH", os.defpath)])},
        stdin=subprocess.DEVNULL,
        pass_fds=(held,),
        check=False,
    )
    if done.returncode:
        from retention.tables.months.shop import read_shop

        backend = settings.runtime.backend
        shop = read_shop(paths.data, settings.tables, settings.label, settings.as_of, backend, check=False)
        shop.join_learnt(settings.tables)
        raise UserError("`dvc repro` failed by what it says above: mend that and run the same command again.")


def _record(now: "MonthFigures", paths: Paths) -> bool:
    """Record the month; tell whether ``data/`` has changed by it."""
    from retention.audience.segments.rules import MEMBERSHIP
    from retention.files import read_table, write_artifact, write_table
    from retention.history.figures import CUSTOMERS, FIGURES, SAID
    from retention.intake.additions import record_month
    from retention.learning.calibration.summary import PROBABILITIES
    from retention.tables.columns import ID, PROBABILITY

    name = now.month
    given, members = read_table(paths.probabilities, PROBABILITIES), read_table(paths.membership, MEMBERSHIP)
    with TemporaryDirectory() as folder:
        made = Path(folder)
        write_artifact(made / FIGURES, now)
        write_table(made / CUSTOMERS, given[[ID, PROBABILITY]].merge(members, on=ID, validate="one_to_one"), SAID)
        recorded = record_month(made, name, paths)
    told = {
        True: f"{name} is recorded in data/history/{name}/.",
        False: f"{name} was recorded already, as it is.",
        None: f"{name} was recorded already with other figures, as they are after a correction or once a person is "
        f"forgotten: what was said first stays in data/history/{name}/. Only to say it anew, if nobody has acted on it "
        "yet, delete that folder and run again.",
    }
    typer.echo(told[recorded])
    return bool(recorded)


def _tell_next(now: "MonthFigures", settings: "Settings", paths: Paths) -> bool:
    """Say which model plans and what to do; return whether one does."""
    from retention.tracking.models.ledger import open_registry
    from retention.tracking.models.registry import CHAMPION, find_by_alias, find_version

    name, ours, model = now.month, now.model, settings.tracking.model
    with open_registry(settings.tracking, paths.mlruns) as (store, _):
        champion, version = find_by_alias(store, model, CHAMPION), find_version(store, model, ours)
    number = version.version if version else "?"
    if champion and champion.sha256 == ours:
        typer.echo(
            f"Version {number}, the champion, plans: `retention launch` freezes its plan, then load "
            "artifacts/offers.csv; artifacts/holdout.csv is left alone."
        )
    elif champion is None:
        typer.echo(
            f"There is no champion, so no plan is to be sent: `retention promote` makes version {number} champion if "
            f'the gate lets it pass (told above), with `--version {number} --force --reason "…"` in any case.'
        )
    else:
        lists = f"lists/{name}"
        typer.echo(
            f"Version {champion.number} stays champion and plans: `retention score data/{name} --out {lists}` writes "
            f"its lists, `retention launch --scored {lists}` freezes them. The report and artifacts/ are by version "
            f"{number}; `retention promote` asks the gate about it."
        )
    typer.echo("To commit: git add params.yaml data.dvc dvc.lock artifacts/*metrics.json")
    return champion is not None


def _tell_watch(watch: "Foreseen | None") -> int:
    """Say what the watch found; return the exit code."""
    if watch is None:
        return 0
    advice = {
        "fine": "no change that matters",
        "cannot_tell": "nothing that can be told",
        "look": "look at the report's chapter on the month before its lists are used",
        "retrain": "bring labels sooner (`retention outcomes`) or search anew (search.reuse=false, more trials)",
    }
    typer.echo(f"Watch: {watch.verdict.replace('_', ' ')}: {advice[watch.verdict]}.")
    say(f"- {reason.en}" for reason in watch.reasons)
    return EXIT_CODES[watch.verdict]
