"""The ``retention`` command: one verb each; a verb imports what it needs when it is called."""

import os
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from retention.errors import UserError
from retention.paths import Paths
from retention.terminal import champion, data, month
from retention.terminal.champion import Port
from retention.terminal.polite import PoliteGroup, choose, say, settings_here

if TYPE_CHECKING:
    from retention.tables.roles import Role


app = typer.Typer(
    cls=PoliteGroup,
    help="Who is about to buy less, who is worth acting for, what to offer each, and whether it worked.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


def _run_stage(name: str) -> None:
    settings, paths = settings_here(), Paths.here()
    began = time.perf_counter()
    import_module(f"retention.stages.{name}").run(settings, paths)
    if name != "publish":  # publishing again must find what it published before; DVC's outputs hold no durations
        from retention.files import read_numbers, write_json

        took = {name: round(time.perf_counter() - began, 3)}
        with suppress(UserError):  # the stage itself has done its work
            write_json(paths.durations, read_numbers(paths.durations) | took)
    elif settings.gate.automatic and not os.environ.get("DVC_EXP_NAME"):  # an experiment is no challenger
        from retention.registry.promotion import promote

        say(promote(settings, paths, reason="the gate, asked after publishing"))


def _build_verb(name: str) -> Callable[[], None]:
    return lambda: _run_stage(name)


STAGES = {
    "validate": "Check the exports; write the quality report and the quarantine.",
    "prepare": "Make the customer-months that are learnt from, and the customers acted on.",
    "explore": "Describe distributions, outliers, associations and leaks.",
    "measure": "Compare the campaigns' arms; learn what each offer does.",
    "split": "Set a test part of the customers aside, once for all months.",
    "search": "Search model × scaler × encoder × parameters for ROC-AUC.",
    "train": "Refit the winner, calibrate it, give out-of-fold probabilities.",
    "predict": "Give every customer acted on a probability.",
    "evaluate": "Measure on the test part, beside the five studies' recipes.",
    "explain": "Attribute every customer's probability to the source columns.",
    "segment": "Find the segments and say what such customers are like.",
    "plan": "Choose offers within the budget; write the offer list.",
    "watch": "Say what to expect of the month, what changed, and what became of what was said before.",
    "report": "Write the report as one offline page.",
    "publish": "Mirror everything into MLflow and its registry.",
}
app.add_typer(data.app)
app.add_typer(month.app)
app.add_typer(champion.app)
PIPELINE = "The pipeline (dvc repro runs it in order)"
for _name, _summary in STAGES.items():
    if _name != "explain":  # which takes a customer too
        app.command(_name, help=_summary, rich_help_panel=PIPELINE)(_build_verb(_name))


Customer = Annotated[str | None, typer.Argument(help="The id of a customer of the last run.")]


@app.command(rich_help_panel=PIPELINE, help=STAGES["explain"] + " With CUSTOMER: the card of one, by the champion.")
def explain(customer: Customer = None) -> None:
    """Run the stage, or show the card of one customer."""
    if customer is None:
        _run_stage("explain")
        return
    from retention.registry.card import build_card, draw_card

    settings = settings_here()
    language = settings.report.language
    labels = {name: column.label[language] for name, column in settings.tables.columns.items()}
    say(draw_card(build_card(customer, settings, Paths.here()), labels, language))


@app.command()
def params(
    overrides: Annotated[list[str] | None, typer.Argument(help="Hydra overrides, for example seed=7.")] = None,
    check: Annotated[bool, typer.Option("--check", help="Only say whether params.yaml is what conf/ gives.")] = False,
) -> None:
    """Compose params.yaml from conf/, as ``dvc exp run`` does, after trying the settings on made-up customers."""
    from retention.settings import check_params, compose_params

    paths = Paths.here()
    if check:
        check_params(paths.conf, paths.params)
        return
    from retention.rehearsal import rehearse

    compose_params(paths.conf, paths.params, overrides or [], rehearse)


Column = Annotated[str | None, typer.Option(metavar="COLUMN", help="Its header, or none; by default it is guessed.")]


@app.command()
def adopt(
    folder: Annotated[Path, typer.Argument(help="The folder with any exports (.csv, .txt, .tsv).")],
    name: Annotated[str, typer.Option(help="What to call the shop in conf/shop/: small letters, digits and _.")],
    label: Annotated[str | None, typer.Option(metavar="COLUMN=VALUE", help="The value that is a decline.")] = None,
    money: Column = None,
    consent: Column = None,
    favourite: Column = None,
    force: Annotated[bool, typer.Option("--force", help="Overwrite the settings of this name.")] = False,
) -> None:
    """Look at any exports and write a shop's settings for them, with what was seen and what was guessed."""
    from retention.adoption.adopt import adopt_shop
    from retention.adoption.writing import check_name, write_shop

    conf, ask = Paths.here().conf, choose if sys.stdin.isatty() else None
    check_name(conf, name, force)
    roles: dict[Role, str | None] = {"money": money, "consent": consent, "favourite_category": favourite}
    shop = adopt_shop(folder, name, label, roles, ask)
    write_shop(shop.files, conf, name)
    say(shop.told)
    typer.echo(f"Write `- shop: {name}` into conf/config.yaml, then: make params && make run DATA={folder}")


@app.command()
def summary() -> None:
    """Say what the last run made, where it lies and what to do next."""
    from retention.files import read_artifact
    from retention.learning.evaluation.evaluation import Metrics
    from retention.learning.search.best import Best
    from retention.registry.listing import summarise_run
    from retention.tables.quality import Quality
    from retention.tracking.models.ledger import open_registry
    from retention.tracking.models.registry import find_aliases

    paths, tracking = Paths.here(), settings_here().tracking
    for needed in (paths.quality, paths.best, paths.metrics, paths.offers, paths.receipt):
        if not needed.exists():
            raise UserError(f"{needed.relative_to(paths.root)} is missing: run `make run` first.")
    with open_registry(tracking, paths.mlruns) as (store, _):
        aliases = find_aliases(store, tracking.model)
    contacts = len(paths.offers.read_text(encoding="utf-8-sig").splitlines()) - 1
    quality, best = read_artifact(paths.quality, Quality), read_artifact(paths.best, Best)
    typer.echo(summarise_run(quality, best, read_artifact(paths.metrics, Metrics), contacts, tracking.model, aliases))


@app.command()
def ui(port: Port = 5000) -> None:
    """Open the MLflow UI on the runs of this project."""
    from retention.tracking.store.backend import check_database, find_experiment, find_store, is_server
    from retention.tracking.store.view import HOST, build_address, run_apart, set_server

    paths, tracking = Paths.here(), settings_here().tracking
    uri = find_store(tracking.backend, paths.mlruns, os.environ)
    if is_server(uri):
        typer.echo(f"The runs are on the server: {build_address(uri, None)}")
        return
    database = paths.mlruns / "mlflow.db"
    if not (paths.receipt.exists() and database.exists()):
        raise UserError("Nothing has been published yet: run `make run` first.")
    check_database(database)
    page = build_address(f"http://{HOST}:{port}", find_experiment(database, tracking.experiment))
    typer.echo(f"The runs are at {page} (end it with Ctrl-C).")
    typer.echo(f"If the browser does not know {HOST}, write 127.0.0.1 (there MLflow opens its Assistant: close it).")
    command = [sys.executable, "-m", "mlflow", "ui", "--backend-store-uri", uri, "--host", "127.0.0.1"]
    raise typer.Exit(run_apart([*command, "--port", str(port), "--workers", "1"], os.environ | set_server(port)))
