"""Files of a run that later work relies on: their sha256 is a tag of the run, and is compared when they are read.

The tags lie in the store's database, the files beside it or in another store: whoever can change only the files is
found out.
"""

import hashlib
from collections.abc import Iterator, Mapping, Sequence

from retention.errors import UserError
from retention.tracking.digest import hash_file
from retention.tracking.records import Content, File, Tag

SEALED = ("best.json", "probabilities.parquet", "reference.json", "segments.json")
_PREFIX = "retention.sha256."


def seal(files: Sequence[File | Content]) -> Iterator[Tag]:
    """Yield the seal of each file that is to be sealed."""
    for one in files:
        if one.path in SEALED:
            own = hash_file(one.source) if isinstance(one, File) else hashlib.sha256(one.content).hexdigest()
            yield Tag(f"{_PREFIX}{one.path}", own)


def check_seal(tags: Mapping[str, str], path: str, content: bytes, owner: str) -> None:
    """Compare a file with its seal.

    Parameters
    ----------
    tags : mapping of str to str
        Of the run it belongs to.
    path, content, owner : str, bytes, str
        Its name, what was read, and what to call the run.

    Raises
    ------
    UserError
        If there is no seal or it does not fit.
    """
    if tags.get(f"{_PREFIX}{path}") != hashlib.sha256(content).hexdigest():
        raise UserError(
            f"{path} of {owner} is not the one that was published (its sha256 differs): it was not used; "
            "`retention rollback` returns to the former champion, and publishing into an emptied store writes it again."
        )
