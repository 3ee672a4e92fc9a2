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
    """

    language: Language
    good_roc_auc: float = Field(ge=0.5, le=1)
