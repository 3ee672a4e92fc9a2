"""Building blocks of every settings section: strict, frozen models and text in two languages."""

from typing import Literal

from pydantic import BaseModel, ConfigDict

Language = Literal["ru", "en"]


class Strict(BaseModel):
    """A frozen section of the settings that refuses unknown keys."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Text(Strict):
    """A sentence or a label in both languages."""

    ru: str
    en: str
    """The Russian and the English wording."""

    def __getitem__(self, language: Language) -> str:
        """Return the wording in ``language``."""
        return self.ru if language == "ru" else self.en
