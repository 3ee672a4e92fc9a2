"""The lines that close a run, against the numbers they were given."""

from retention.learning.evaluation.evaluation import Metrics
from retention.learning.search.best import Best
from retention.registry.listing import summarise_run
from retention.tables.quality import CustomerCounts, Quality


def test_it_says_what_was_made_and_what_is_next() -> None:
    text = summarise_run(
        quality=Quality.model_construct(customers=CustomerCounts(read=1300, kept=1296, excluded=3, quarantined=1)),
        best=Best.model_construct(model="knn", scaler="robust", encoder="onehot", features="ratios"),
        metrics=Metrics.model_construct(roc_auc=0.91449, roc_auc_low=0.88, roc_auc_high=0.94, out_of_time=0.91449),
        contacts=1234,
        model="retention",
        aliases={"champion": 7, "challenger": 8},
    )
    for said in (
        "1,300 read",
        "1,296 kept",
        "3 left out by the rules, 1 unusable",
        "knn (features ratios, scaler robust, encoder onehot)",
        "0.914 (interval 0.880 to 0.940), in later months",
        "retention: challenger is version 8, champion is version 7",
        "1,234 to contact",
        "data.dvc dvc.lock artifacts/*metrics.json",
    ):
        assert said in text
