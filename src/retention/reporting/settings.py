"""The section ``report``."""

from typing import Annotated, Literal

from pydantic import Field, field_validator

from retention.strict import Dialect, Language, Strict, Text

Check = Literal[
    "behind", "ahead", "leading", "no_vif", "auc", "best", "share", "favourite", "consent", "drivers", "more"
]


class Finding(Strict):
    """Something that a study said of these tables, and how it is checked."""

    study: str
    text: Text
    """Which study said it, and what."""
    theirs: Text | None = None  # their figure, where they gave one
    check: Check
    """``behind``, ``ahead``: a `category` against the rest in the first measure by month; ``leading``: `columns` lead
    the importance; ``drivers``: that of a `segment`; ``no_vif``: no multicollinearity; ``auc``: of `recipe`,
    `value` or more; ``best``: ours is no better than `recipe`; ``share``: of the customers `at_least` these, `value`;
    ``favourite``, ``consent``, ``more``: in a `segment` `category` is the most frequent, most accept messages, the
    mean of `column` is above the rest's."""
    category: str = ""
    segment: str = ""
    recipe: str = ""
    column: str = ""
    columns: tuple[str, ...] = ()
    at_least: dict[str, float] = Field(default_factory=dict)
    value: float = 0.0


class ReportSettings(Strict):
    """The section ``report``."""

    shop: Text | None = None  # its name, which the page and the summary begin with
    language: Language  # of the report, the lists, a customer's card and shap's pictures
    dialect: Dialect
    """Of lists and tables: cells apart by commas with decimal points, or by semicolons with decimal commas."""
    good_roc_auc: float = Field(ge=0.5, le=1)
    """The report calls the ranking highly trustworthy if the whole interval of its ROC-AUC lies above this."""
    bands: tuple[Annotated[float, Field(gt=0, lt=1)], ...]
    """Bounds of the probability between which customers are counted from month to month."""
    studies: tuple[Finding, ...] = ()
    """What the studies of this shop's tables found. If there are any, the recipes that the model is compared with are
    called by them, and the page says which findings hold."""
    customers: int = Field(ge=1)  # the page carries at most so many customers, those planned first

    @field_validator("bands")
    @classmethod
    def _ascends(cls, bands: tuple[float, ...]) -> tuple[float, ...]:
        if list(bands) != sorted(set(bands)):
            raise ValueError(f"bounds ascend, {list(bands)} do not")
        return bands
