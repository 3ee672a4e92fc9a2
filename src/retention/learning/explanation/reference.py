"""What attributions compare customers with: chosen once, from the training customers, and kept for later ones."""

from retention.strict import Strict


class Reference(Strict):
    """What a customer's output is compared with.

    A linear model is compared with a centre, a model without formula or trees with a background; trees bring what
    they need.

    Parameters
    ----------
    seed : int
        Of the order in which columns are switched.
    centre : tuple of float or None
        The mean training customer, in the columns that the model sees.
    background : dict or None
        Column → its values for some training customers.
    """

    seed: int
    centre: tuple[float, ...] | None = None
    background: dict[str, tuple[float | str, ...]] | None = None
