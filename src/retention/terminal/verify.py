"""The verb ``verify``: whether what was handed over is what the exports, the settings and the code give."""

from typing import Annotated

import typer

from retention.determinism import pin_kernels
from retention.errors import UserError
from retention.paths import Paths
from retention.terminal.polite import settings_here

app = typer.Typer()


@app.command(rich_help_panel="The registry and its champion")
def verify(
    what: Annotated[
        str, typer.Argument(metavar="[RUN | VERSION | report.html | offers.csv]", help="By default what is here.")
    ] = "",
    replay: Annotated[bool, typer.Option("--replay", help="Run all stages again in a clean folder.")] = False,
) -> None:
    """Check the chain from the exports to the lists, the report and the registry, each link computed again."""
    pin_kernels()
    from retention.registry.verify.verify import tell_unproven, verify

    links = []
    for link in verify(settings_here(), Paths.here(), what, again=replay):
        links.append(link)
        typer.echo(f"{link.name:<15}{link.verdict:<10}{link.what}")
    typer.echo(tell_unproven(links))
    if broken := [link.name for link in links if link.verdict == "broken"]:
        raise UserError(f"The chain is broken at: {', '.join(broken)}.")
