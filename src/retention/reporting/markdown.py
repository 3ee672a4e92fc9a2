"""The summary for a chat: short Markdown in the report's language."""

from collections.abc import Sequence

from retention.reporting.narrative import Narrative


def render_markdown(title: str, parts: Sequence[Narrative]) -> str:
    """Return the summary as Markdown.

    Parameters
    ----------
    title : str
        The heading.
    parts : sequence of Narrative
        A bold lead-in and sentences each.
    """
    lines = [f"**{_escape(title)}**"]
    lines += [f"- **{_escape(part.title)}.** {_escape(' '.join(part.sentences))}" for part in parts]
    return "\n".join(lines) + "\n"


def _escape(text: str) -> str:
    """Keep names that come from settings from turning into formatting."""
    for sign in "\\*_`[]<>":
        text = text.replace(sign, f"\\{sign}")
    return text
