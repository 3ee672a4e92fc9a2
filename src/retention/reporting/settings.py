"""The section ``report``."""

from pydantic import Field

from retention.strict import Language, Strict


class ReportSettings(Strict):
    """The section ``report``.

    Parameters
    ----------
    language : {"ru", "en"}
        The language of the report and of the reasons in the offer list.
    good_roc_auc : float
        The report calls the ranking highly trustworthy if the whole interval of its ROC-AUC lies above this.
    studies : bool
        Whether the recipes that the model is compared with are called by the studies that they come from, which
        were made on this shop's tables.
    """

    language: Language
    good_roc_auc: float = Field(ge=0.5, le=1)
    studies: bool = False
