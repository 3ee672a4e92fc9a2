"""A sealed file that was changed, or has no seal, is refused."""

from pathlib import Path

import pytest

from retention.errors import UserError
from retention.tracking.store.digest import check_seal, seal
from retention.tracking.store.records import File


def test_only_the_very_bytes_that_were_published_are_taken(tmp_path: Path) -> None:
    contents = {"segment_rules.json": b"{}", "best.json": b"[]", "roc.csv": b""}
    for name, content in contents.items():
        (tmp_path / name).write_bytes(content)
    tags = seal(File("", tmp_path / name) for name in contents)
    check_seal(tags, "segment_rules.json", b"{}", "version 1")
    check_seal(tags, "best.json", b"[]", "version 1")
    for path, content, found in (("best.json", b"[0]", tags), ("roc.csv", b"", tags), ("best.json", b"[]", {})):
        with pytest.raises(UserError, match=f"{path} of version 1 is not the one that was published"):
            check_seal(found, path, content, "version 1")
