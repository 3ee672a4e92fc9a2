"""What attributions compare customers with: chosen once, from the training customers, and kept for later ones."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Reference:
    """What a customer's output is compared with.

    A linear model is compared with a centre, a model without formula or trees with a background; trees bring what
    they need.

    Parameters
    ----------
    seed : int
        Of the order in which columns are switched.
    centre : ndarray of shape (n_model_columns,), optional
        The mean training customer, in the columns that the model sees.
    background : DataFrame, optional
        Feature values of some training customers.
    """

    seed: int
    centre: Floats | None = None
    background: pd.DataFrame | None = None

    def tell(self) -> dict[str, Any]:
        """Return the reference as plain data."""
        return {
            "seed": self.seed,
            "centre": None if self.centre is None else self.centre.tolist(),
            "background": None if self.background is None else self.background.to_dict("list"),
        }

    @classmethod
    def read(cls, told: Mapping[str, Any]) -> Self:
        """Return the reference that `tell` told."""
        centre, background = told["centre"], told["background"]
        return cls(
            int(told["seed"]),
            None if centre is None else np.array(centre, dtype=np.float64),
            None if background is None else pd.DataFrame(background),
        )
