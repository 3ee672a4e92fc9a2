"""The section ``report``."""

from typing import Annotated

from pydantic import Field, field_validator

from retention.strict import Dialect, Language, Strict


class ReportSettings(Strict):
    """The section ``report``.

    Parameters
    ----------
    language : {"ru", "en"}
        The language of the report and of the reasons in the offer list.
    dialect : {"comma", "semicolon"}
        Of the lists: cells apart by commas with decimal points, or by semicolons with decimal commas.
    good_roc_auc : float
        The report calls the ranking highly trustworthy if the whole interval of its ROC-AUC lies above this.
    bands : tuple of float
        Bounds of the probability between which customers are counted from month to month.
    studies : bool
        Whether the recipes that the model is compared with are called by the studies that they come from, which
        were made on this shop's tables.
    """

    language: Language
    dialect: Dialect = "comma"
    good_roc_auc: float = Field(ge=0.5, le=1)
    bands: tuple[Annotated[float, Field(gt=0, lt=1)], ...] = (0.25, 0.5, 0.75)
    studies: bool = False

    @field_validator("bands")
    @classmethod
    def _ascends(cls, bands: tuple[float, ...]) -> tuple[float, ...]:
        if list(bands) != sorted(set(bands)):
            raise ValueError(f"bounds ascend, {list(bands)} do not")
        return bands
