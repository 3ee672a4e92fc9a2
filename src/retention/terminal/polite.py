"""One sentence for a mistake, a number for an answer."""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

import typer

from retention.determinism import pin_kernels
from retention.errors import UserError, describe_fault
from retention.paths import Paths

if TYPE_CHECKING:
    from retention.settings import Settings


class PoliteGroup(typer.core.TyperGroup):
    """Turns a mistake of the user, and a disk that cannot be used, into one sentence and an exit code."""

    def invoke(self, ctx: typer.Context) -> object:  # type: ignore[override]
        """Run the verb by pinned kernels; say what the user can mend and end with its code, most often 1."""
        pin_kernels()
        try:
            return super().invoke(ctx)
        except UserError as error:
            said, code = str(error), error.exit_code
        except BrokenPipeError:  # whoever read what is printed has gone
            raise
        except OSError as error:
            said, code = describe_fault(error), 1
        typer.echo(f"retention: {' '.join(said.splitlines())}", err=True)
        raise typer.Exit(code)


def say(lines: Iterable[str]) -> None:
    """Print a line each."""
    for line in lines:
        typer.echo(line)


def settings_here() -> "Settings":
    """Return the settings of the project in the current folder."""
    from retention.settings import read_settings

    return read_settings(Paths.here().params)


def choose(question: str, answers: Sequence[str]) -> str:
    """Ask a person for one of several answers by its number."""
    say([question, *(f"  {number}. {answer}" for number, answer in enumerate(answers, 1))])
    while True:
        number = str(typer.prompt("Number")).strip()
        if number.isdecimal() and 1 <= int(number) <= len(answers):
            return answers[int(number) - 1]
        typer.echo(f"Give a number from 1 to {len(answers)}.")
