"""Building blocks of every settings section: strict, frozen models and text in two languages."""

from collections.abc import Mapping
from functools import cache
from importlib import resources
from typing import Literal

import yaml
from pydantic import BaseModel, ConfigDict

Language = Literal["ru", "en"]
Dialect = Literal["comma", "semicolon"]
"""Of a CSV: cells apart by commas with decimal points, or by semicolons with decimal commas."""
DIALECTS: dict[Dialect, tuple[str, str]] = {"comma": (",", "."), "semicolon": (";", ",")}
"""What stands between cells, and before decimals: spreadsheets of some countries open only the second."""


class Strict(BaseModel):
    """A frozen section of the settings that refuses unknown keys."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Text(Strict):
    """A sentence or a label in both languages."""

    ru: str  # the Russian wording
    en: str  # the English one

    def __getitem__(self, language: Language) -> str:
        """Return the wording in ``language``."""
        return self.ru if language == "ru" else self.en


@cache
def load_texts(package: str, file: str) -> Mapping[str, Text]:
    """Return the texts that lie as YAML in a package, by their keys."""
    content = yaml.safe_load(resources.files(package).joinpath(file).read_text(encoding="utf-8"))
    return {str(key): Text.model_validate(text) for key, text in content.items()}
