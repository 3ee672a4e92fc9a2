"""A link of the chain from exports to registry, and what was found of it."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from retention.errors import UserError


class UnprovenError(Exception):
    """What a link would be checked against is not here; it proves nothing either way."""


@dataclass(frozen=True)
class Link:
    """A link and what was found."""

    name: str
    verdict: Literal["holds", "broken", "unproven"]
    what: str


def check_link(name: str, check: Callable[[], str]) -> Link:
    """Return what a check says: a sentence if the link holds, a `UserError` if it is broken."""
    try:
        return Link(name, "holds", check())
    except UnprovenError as error:
        return Link(name, "unproven", str(error))
    except UserError as error:
        return Link(name, "broken", str(error))


def need(*files: Path) -> None:
    """Raise `UnprovenError` if one of the files is not here."""
    if missing := [file.name for file in files if not file.exists()]:
        raise UnprovenError(
            f"{', '.join(missing)} is not here: `dvc pull` or `dvc checkout` brings it where it is kept"
        )
