"""The verbs about the champion and what is done by it: promotion, scoring, serving, campaigns, the chain of proofs."""

from pathlib import Path
from typing import Annotated

import typer

from retention.errors import UserError
from retention.paths import Paths
from retention.terminal.polite import say, settings_here

REGISTRY = "The registry and its champion"
CAMPAIGNS = "Campaigns: what was sent, and whether it worked"
Port = Annotated[int, typer.Option(min=1, max=65535, help="The port on this machine.")]
Reason = Annotated[str, typer.Option(help="Why; it is written into the ledger.")]

app = typer.Typer()


@app.command("promote", rich_help_panel=REGISTRY)
def promote_challenger(
    force: Annotated[bool, typer.Option("--force", help="Promote whatever the gate says; needs a reason.")] = False,
    reason: Reason = "",
    version: Annotated[int | None, typer.Option(min=1, help="Any version; by default the challenger.")] = None,
) -> None:
    """Ask the gate whether the challenger, or any version, becomes champion, and do what it says."""
    from retention.registry.promotion import promote

    say(promote(settings_here(), Paths.here(), number=version, force=force, reason=reason))


@app.command(rich_help_panel=REGISTRY)
def rollback(reason: Reason = "") -> None:
    """Return to the former champion."""
    from retention.registry.promotion import roll_back

    typer.echo(roll_back(settings_here(), Paths.here(), reason))


@app.command(rich_help_panel=REGISTRY)
def history() -> None:
    """List every move of the champion."""
    from retention.registry.listing import list_history

    say(list_history(settings_here(), Paths.here()))


@app.command(rich_help_panel=REGISTRY)
def models() -> None:
    """List the registered versions with aliases, data and measures."""
    from retention.registry.listing import list_models

    say(list_models(settings_here(), Paths.here()))


@app.command(rich_help_panel=REGISTRY)
def score(
    exports: Annotated[Path, typer.Argument(help="The folder with new exports; labels are not needed.")],
    out: Annotated[Path, typer.Option(help="The folder to write the lists to.")],
) -> None:
    """Score new customers with the champion: probabilities, segments, offers."""
    from retention.registry.scoring import score as score_exports

    say(score_exports(exports, out, settings_here(), Paths.here()))


@app.command(rich_help_panel=REGISTRY)
def serve(
    port: Port = 5001,
    host: Annotated[
        str, typer.Option(help="The address to bind to; others than 127.0.0.1 are open to the net.")
    ] = "127.0.0.1",
) -> None:
    """Serve the champion over HTTP."""
    from retention.registry.service.app import build_app, name_hosts, run
    from retention.registry.service.predictor import load_predictor

    predictor = load_predictor(settings_here(), Paths.here())
    typer.echo(f"Version {predictor.version} answers at http://{host}:{port}/invocations (end it with Ctrl-C).")
    run(build_app(predictor, name_hosts(host)), host, port)


@app.command(rich_help_panel=CAMPAIGNS)
def launch(
    month: Annotated[str, typer.Option(metavar="YYYY-MM", help="By default that of the plan.")] = "",
    scored: Annotated[Path | None, typer.Option(help="A folder that `score` wrote, instead of artifacts/.")] = None,
    force: Annotated[bool, typer.Option("--force", help="By another model than the champion; needs a reason.")] = False,
    reason: Reason = "",
) -> None:
    """Freeze the plan that is sent, so that its result can be measured."""
    from retention.registry.launching import launch_plan

    say(launch_plan(settings_here(), Paths.here(), month=month, folder=scored, force=force, reason=reason))


@app.command(rich_help_panel=CAMPAIGNS)
def campaigns() -> None:
    """List the campaigns: what was sent, what was promised, what happened."""
    from retention.registry.launching import list_campaigns

    say(list_campaigns(Paths.here()))


@app.command(rich_help_panel=REGISTRY)
def verify(
    what: Annotated[
        str, typer.Argument(metavar="[RUN | VERSION | report.html | offers.csv]", help="By default what is here.")
    ] = "",
    replay: Annotated[bool, typer.Option("--replay", help="Run all stages again in a clean folder.")] = False,
) -> None:
    """Check the chain from the exports to the lists, the report and the registry, each link computed again."""
    from retention.registry.verify.verify import tell_unproven, verify

    links = []
    for link in verify(settings_here(), Paths.here(), what, again=replay):
        links.append(link)
        typer.echo(f"{link.name:<15}{link.verdict:<10}{link.what}")
    typer.echo(tell_unproven(links))
    if broken := [link.name for link in links if link.verdict == "broken"]:
        raise UserError(f"The chain is broken at: {', '.join(broken)}.")
