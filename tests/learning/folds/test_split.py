import numpy as np
import pytest

from retention.errors import UserError
from retention.learning.folds import class_quotas, split_customers


def shop(n: int, twins: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Labels of n customers, the first `twins` of whom are repeated at the end."""
    rng = np.random.default_rng(seed)
    single = (rng.random(n) < 0.38).astype(int)
    return np.concatenate([single, single[:twins]]), np.concatenate([np.arange(n), np.arange(twins)])


@pytest.mark.parametrize("share", [0.1, 0.25, 0.3, 0.37, 0.5, 0.8])
@pytest.mark.parametrize("n", [60, 301, 1285])
def test_both_classes_get_their_share_to_the_customer(n: int, share: float) -> None:
    target, groups = shop(n, 11)
    is_test = split_customers(target, groups, share, seed=1)
    assert is_test.sum() == round(share * len(target))
    for label in (0, 1):
        assert abs(is_test[target == label].sum() - share * (target == label).sum()) < 1


def test_twins_stay_together_even_with_different_labels() -> None:
    target, groups = shop(200, 60)
    target[-60:] = 1 - target[-60:]
    is_test = split_customers(target, groups, 0.25, seed=3)
    assert np.array_equal(is_test[:60], is_test[-60:])
    assert 0 < is_test[:60].sum() < 60
    assert is_test.sum() == 65


def test_the_seed_decides_and_nothing_else() -> None:
    target, groups = shop(300, 5)
    first, again, other = (split_customers(target, groups, 0.25, seed) for seed in (7, 7, 8))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)
    assert np.array_equal(first, split_customers(target, groups + 1000, 0.25, 7))


def test_every_customer_is_as_likely_to_be_tested() -> None:
    target, groups = shop(80, 8)
    often = np.mean([split_customers(target, groups, 0.25, seed) for seed in range(2000)], axis=0)
    assert np.abs(often - 0.25).max() < 0.06


def test_quotas_add_up() -> None:
    assert class_quotas(np.array([5, 5]), 0.25).sum() == 2
    assert class_quotas(np.array([601, 371]), 0.25).tolist() == [150, 93]


def test_a_part_without_a_class_is_refused() -> None:
    target = np.array([0] * 30 + [1])
    with pytest.raises(UserError, match=r"split\.test_share"):
        split_customers(target, np.arange(31), 0.25, seed=0)
