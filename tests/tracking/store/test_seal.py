"""A sealed file that was changed, or has no seal, is refused."""

from pathlib import Path

import pytest

from retention.errors import UserError
from retention.tracking.store.records import Content, File
from retention.tracking.store.seal import check_seal, seal


def test_only_the_very_bytes_that_were_published_are_taken(tmp_path: Path) -> None:
    (tmp_path / "segment_rules.json").write_bytes(b"{}")
    tag = seal(
        [
            File("segment_rules.json", tmp_path / "segment_rules.json"),
            Content("best.json", b"[]"),
            Content("roc.csv", b""),
        ]
    )
    tags = {tag.key: tag.value}
    check_seal(tags, "segment_rules.json", b"{}", "version 1")
    check_seal(tags, "best.json", b"[]", "version 1")
    for path, content, found in (("best.json", b"[0]", tags), ("roc.csv", b"", tags), ("best.json", b"[]", {})):
        with pytest.raises(UserError, match=f"{path} of version 1 is not the one that was published"):
            check_seal(found, path, content, "version 1")
