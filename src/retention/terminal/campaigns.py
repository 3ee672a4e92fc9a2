"""The verbs about campaigns: launch, campaigns."""

from pathlib import Path
from typing import Annotated

import typer

from retention.determinism import pin_kernels
from retention.paths import Paths
from retention.terminal.polite import say, settings_here

PANEL = "Campaigns: what was sent, and whether it worked"

app = typer.Typer()


@app.command(rich_help_panel=PANEL)
def launch(
    month: Annotated[str, typer.Option(metavar="YYYY-MM", help="The month; by default the one acted on.")] = "",
    scored: Annotated[Path | None, typer.Option(help="A folder that `score` wrote, instead of artifacts/.")] = None,
    force: Annotated[bool, typer.Option("--force", help="By another model than the champion; needs a reason.")] = False,
    reason: Annotated[str, typer.Option(help="Why; it is written into the ledger.")] = "",
) -> None:
    """Freeze the plan that is sent, so that its result can be measured."""
    pin_kernels()
    from retention.registry.launching import launch_plan

    say(launch_plan(settings_here(), Paths.here(), month=month, folder=scored, force=force, reason=reason))


@app.command(rich_help_panel=PANEL)
def campaigns() -> None:
    """List the campaigns: what was sent, what was promised, what happened."""
    pin_kernels()
    from retention.registry.launching import list_campaigns

    say(list_campaigns(Paths.here()))
