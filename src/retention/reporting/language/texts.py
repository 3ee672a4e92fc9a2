"""Every sentence and label of the report, in both languages, kept as YAML beside this file."""

from collections.abc import Mapping
from functools import cache
from importlib import resources
from typing import TypeAlias

import yaml

from retention.strict import Text

Node: TypeAlias = "str | Mapping[str, Node]"


@cache
def load_texts() -> Mapping[str, Text]:
    """Return every text by its dotted key, for example ``plan.title``."""
    found: dict[str, Text] = {}
    folder = resources.files(__package__) / "texts"
    for file in sorted(folder.iterdir(), key=lambda item: item.name):
        found |= _flatten(yaml.safe_load(file.read_text(encoding="utf-8")), "")
    return found


@cache
def load_nouns() -> Mapping[str, Mapping[str, tuple[str, ...]]]:
    """Return the forms of each counted noun by language."""
    file = resources.files(__package__) / "nouns.yaml"
    content = yaml.safe_load(file.read_text(encoding="utf-8"))
    return {name: {key: tuple(forms) for key, forms in noun.items()} for name, noun in content.items()}


def _flatten(node: Node, prefix: str) -> dict[str, Text]:
    if isinstance(node, str) or set(node) == {"ru", "en"}:
        return {prefix: Text.model_validate(node)}
    inner: dict[str, Text] = {}
    for key, item in node.items():
        inner |= _flatten(item, f"{prefix}.{key}" if prefix else str(key))
    return inner
