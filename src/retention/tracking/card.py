"""The model card: what the model is for, what it was made from, how good it is and what it is not good for."""

from collections.abc import Mapping, Sequence
from typing import Any

from retention.tracking.pipeline_run import Summaries
from retention.tracking.provenance import Provenance

_LIMITS = """\
- The exports do not say when the label was observed relative to the features; if a feature was measured after the
  label, the figures above flatter the model.
- Learned from one shop's regular customers in one month; another shop, or another season, needs its own training.
- What drives a prediction is an association, not a cause.
- The probability is meant for choosing whom to approach, together with consent; not for decisions against a customer.
"""


def render_card(content: Summaries, features: Sequence[str], provenance: Provenance, sha256: str) -> str:
    """Return the model card as Markdown.

    Parameters
    ----------
    content : Summaries
        What the stages found.
    features : sequence of str
        The columns the model takes.
    provenance : Provenance
        Data, commit and experiment; the commit is not told, since the same model may come from several.
    sha256 : str
        Of the model file.
    """
    best = content.best
    return "\n".join(
        [
            "# retention: the probability that a customer's activity drops",
            "",
            f"`model.skops` sha256 `{sha256}`  ",
            f"data md5 `{provenance.data_md5 or 'unknown'}`, {content.quality['customers']['kept']} customers  ",
            f"model {best['model']}, scaler {best['scaler']}, encoder {best['encoder']}, features {best['features']}",
            "",
            "## Takes and gives",
            f"Takes one row per customer with {', '.join(f'`{name}`' for name in features)}; gives "
            "`decline_probability`, calibrated on the training customers.",
            "",
            "## How good it is",
            *_tabulate(content.metrics["test"]),
            "",
            "## Limits",
            _LIMITS,
        ]
    )


def _tabulate(measures: Mapping[str, Any]) -> list[str]:
    rows = [
        f"| {name} | {one['value']:.4f} | {one['low']:.4f} | {one['high']:.4f} |"
        for name, one in measures.items()
        if isinstance(one, Mapping) and {"value", "low", "high"} <= one.keys()
    ]
    return [
        "On the test customers, with bootstrap intervals:",
        "",
        "| | value | low | high |",
        "|---|---|---|---|",
        *rows,
    ]
