"""The model of a run as a version of the registry tells it."""

from pathlib import Path

from retention.tracking.describe.provenance import Provenance
from retention.tracking.describe.summaries import Summaries
from retention.tracking.store.records import CUSTOMERS_MD5, SHOP, STUDY, Metric, Model


def describe_model(content: Summaries, provenance: Provenance, sha256: str, package: Path) -> Model:
    """Return the model with its choices, its origin and how good it is.

    Parameters
    ----------
    content : Summaries
        What the stages found.
    provenance : Provenance
        Of it the data and the shop.
    sha256 : str
        Of the model file.
    package : Path
        The folder in MLflow's format that holds the file.
    """
    best = content.best
    steps = {"model": best.model, "scaler": best.scaler, "encoder": best.encoder, "features": best.features}
    tags = {
        STUDY: best.study,
        "retention.data_md5": provenance.data_md5 or "unknown",
        SHOP: provenance.shop,
        CUSTOMERS_MD5: provenance.customers_md5,
    }
    metrics = tuple(Metric(key, value) for key, value in content.metrics)
    return Model(sha256, package, steps, tags, metrics, content.tell())
