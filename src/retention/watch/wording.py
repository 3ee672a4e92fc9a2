"""The sentences of the watch, in both languages."""

from retention.numbers import format_number
from retention.strict import Language, Text, load_texts


def say(key: str, **values: float) -> Text:
    """Return the sentence of `key`; whole numbers are shown as such, others with three decimals."""

    def fill(language: Language) -> str:
        shown = {
            name: format_number(value, 0 if isinstance(value, int) else 3, language, padded=True)
            for name, value in values.items()
        }
        return load_texts("retention.watch", "sentences.yaml")[key][language].format(**shown)

    return Text(ru=fill("ru"), en=fill("en"))
