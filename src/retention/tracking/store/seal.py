"""Files of a run that later work relies on: their sha256 stand in a tag of the run and are compared on reading.

The tag lies in the store's database, the files beside it or in another store: whoever can change only the files is
found out.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence

from retention.errors import UserError
from retention.tracking.store.digest import hash_file
from retention.tracking.store.records import Content, File, Tag

SEALED = ("best.json", "fold_models.skops", "probabilities.parquet", "reference.json", "segment_rules.json")
_KEY = "retention.sealed"


def seal(files: Sequence[File | Content]) -> Tag:
    """Return the seal of those files that are to be sealed."""
    own = {one.path: _hash(one) for one in files if one.path in SEALED}
    return Tag(_KEY, json.dumps(own, sort_keys=True))


def _hash(one: File | Content) -> str:
    return hash_file(one.source) if isinstance(one, File) else hashlib.sha256(one.content).hexdigest()


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
    if json.loads(tags.get(_KEY, "{}")).get(path) != hashlib.sha256(content).hexdigest():
        raise UserError(
            f"{path} of {owner} is not the one that was published (its sha256 differs): it was not used; "
            "`retention rollback` returns to the former champion, and publishing into an emptied store writes it again."
        )
