"""A matplotlib figure as canonical PNG bytes."""

import io
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matplotlib.figure import Figure

DPI = 110


def encode_png(figure: "Figure", dpi: int = DPI) -> bytes:
    """Return the figure as PNG, the same bytes every time: neither a clock nor a version is in them.

    Figures are made by `matplotlib.figure.Figure`, never by pyplot, so that no window system and no global state is
    involved.
    """
    target = io.BytesIO()
    figure.savefig(target, format="png", dpi=dpi, metadata={"Software": None})
    return target.getvalue()
