"""The few lines that close a run: what was made, where it lies, what to do next."""

from collections.abc import Mapping

from retention.learning.evaluation.evaluation import Metrics
from retention.learning.search.best import Best
from retention.tables.quality import Quality


def summarise_run(
    quality: Quality, best: Best, metrics: Metrics, contacts: int, model: str, aliases: Mapping[str, int]
) -> str:
    """Return the closing summary of a run.

    Parameters
    ----------
    quality : Quality
    best : Best
    metrics : Metrics
        The artifacts of these names.
    contacts : int
        Rows of the offer list.
    model : str
        The name of the registered model.
    aliases : mapping of str to int
        Its aliases and the version that each names.
    """
    customers = quality.customers
    named = ", ".join(f"{alias} is version {version}" for alias, version in sorted(aliases.items()))
    steps = ", ".join(f"{part} {getattr(best, part)}" for part in ("features", "scaler", "encoder"))
    lines = [
        (
            "Customers",
            f"{customers.read:,} read, {customers.kept:,} kept, "
            f"{customers.read - customers.kept:,} set aside (artifacts/quarantine.csv)",
        ),
        ("Winner", f"{best.model} ({steps})"),
        (
            "Test ROC-AUC",
            f"{metrics.roc_auc:.3f} (95 % interval {metrics.roc_auc_low:.3f} to {metrics.roc_auc_high:.3f})",
        ),
        ("Registered", f"{model}: {named or 'no alias yet'}"),
        ("Report", "artifacts/report/report.html"),
        ("Offer list", f"artifacts/offers.csv, {contacts:,} customers to contact"),
        ("To commit", "git add params.yaml data.dvc dvc.lock artifacts/*metrics.json"),
        ("Next", "make ui, or: dvc exp run -S search=thorough"),
    ]
    return "\n".join(f"{name + ':':<14}{text}" for name, text in lines)
