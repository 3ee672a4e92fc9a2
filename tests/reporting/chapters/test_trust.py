from dataclasses import replace

from retention.estimate import Estimate
from retention.exploration.leaks import Leak
from retention.reporting.chapters.trust import find_leaks, judge_trust, list_assumed, tabulate_trust
from retention.reporting.language.voice import Voice
from retention.reporting.sources import Sources

NO_LEAK = Leak(column="pages_per_visit", roc_auc=0.8, verdict="none")


def grade(sources: Sources, what: str, *leaks: Leak) -> str:
    known = leaks if any(leak.column == NO_LEAK.column for leak in leaks) else (NO_LEAK, *leaks)
    looked = sources.exploration.model_copy(update={"leaks": known})
    return {item.what: item.grade for item in judge_trust(replace(sources, exploration=looked), 0.75)}[what]


def test_the_time_of_the_label_is_not_known(sources: Sources) -> None:
    assert grade(sources, "timing") == "open"


def test_assumed_effects_are_trusted_little_measured_ones_more(sources: Sources) -> None:
    assert grade(sources, "effects") == "low"
    assert grade(replace(sources, plan=sources.plan.model_copy(update={"effects": "measured"})), "effects") == "medium"


def test_a_wide_interval_lowers_trust_in_the_ranking(sources: Sources) -> None:
    for low, expected in ((0.8, "high"), (0.7, "medium")):
        test = sources.evaluation.test.model_copy(update={"roc_auc": Estimate(value=0.9, low=low, high=0.95)})
        evaluation = sources.evaluation.model_copy(update={"test": test})
        assert grade(replace(sources, evaluation=evaluation), "ranking") == expected


def test_calibration_is_graded_by_its_one_test(sources: Sources) -> None:
    for agrees, expected in ((True, "high"), (False, "medium")):
        agreement = sources.evaluation.agreement.model_copy(update={"agrees": agrees})
        evaluation = sources.evaluation.model_copy(update={"agreement": agreement})
        assert grade(replace(sources, evaluation=evaluation), "calibration") == expected


def test_a_leak_that_no_model_gets_is_told_apart_from_one_that_it_gets(sources: Sources) -> None:
    order, given = (Leak(column=name, roc_auc=0.99, verdict="leak") for name in ("row_order", "minutes_current"))
    ordered = find_leaks((order, NO_LEAK), ["pages_per_visit"])
    assert (ordered.others, ordered.features, ordered.strongest.column) == (["row_order"], [], "pages_per_visit")
    assert grade(sources, "leaks") == "high"
    assert grade(sources, "leaks", order) == "medium"
    assert grade(sources, "leaks", order, given) == "low"


def test_only_row_order_and_ids_say_that_the_export_is_sorted(sources: Sources, english: Voice) -> None:
    for column, is_sorted in (("row_order", True), ("customer_id", True), ("monthly_profit", False)):
        leaks = tuple(
            one.model_copy(update={"verdict": "leak"} if one.column == column else {"verdict": "none"})
            for one in sources.exploration.leaks
        )
        flagged = replace(sources, exploration=sources.exploration.model_copy(update={"leaks": leaks}))
        said = next(row for row in tabulate_trust(flagged, 0.75, english).rows if "does not get" in str(row[2]))
        assert ("sorted" in str(said[2])) == is_sorted and said[1] == "medium"


def test_columns_of_which_nothing_is_known_are_not_called_leaks(sources: Sources) -> None:
    leaks = [Leak(column=name, roc_auc=None, verdict="unknown") for name in ("row_order", "pages_per_visit")]
    found = find_leaks(leaks, ["pages_per_visit"])
    assert (found.features, found.others) == ([], [])
    assert grade(sources, "leaks", *leaks) == "open"


def test_effects_that_a_campaign_has_begun_to_measure_are_assumed_in_part(sources: Sources, english: Voice) -> None:
    sent = [
        one.model_copy(update={"customers": 1, "effect": one.effect.model_copy(update={"status": "partly_measured"})})
        for one in sources.plan.offers
    ]
    assert list_assumed(sources.plan, english).startswith("the offers’ effects, ")
    assert list_assumed(sources.plan.model_copy(update={"offers": tuple(sent)}), english).startswith(
        "the offers’ effects in part, "
    )
