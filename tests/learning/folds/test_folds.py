import numpy as np
import pytest

from retention.learning.folds import repeated_folds, stratified_group_folds


@pytest.fixture
def shop() -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    groups = rng.permutation(np.r_[np.arange(200), np.arange(30), np.arange(10)])  # twins and triplets
    target = (rng.random(200) < 0.4).astype(int)[groups]
    target[np.flatnonzero(groups == 3)[0]] = 1 - target[groups == 3][0]  # twins whose labels differ
    return target, groups


def test_twins_stand_on_one_side_and_everyone_is_held_out_once(shop: tuple[np.ndarray, np.ndarray]) -> None:
    target, groups = shop
    folds = stratified_group_folds(target, groups, 5, seed=1)
    for train, valid in folds:
        assert not set(groups[train]) & set(groups[valid])
        assert sorted([*train, *valid]) == list(range(len(target)))
    assert sorted(np.concatenate([valid for _, valid in folds])) == list(range(len(target)))


def test_folds_are_alike_in_size_and_share_of_decliners(shop: tuple[np.ndarray, np.ndarray]) -> None:
    target, groups = shop
    for _, valid in stratified_group_folds(target, groups, 5, seed=1):
        assert abs(len(valid) - len(target) / 5) <= 3
        assert abs(target[valid].sum() - target.sum() / 5) <= 3


def test_no_fold_lacks_a_class_where_every_class_has_enough_customers() -> None:
    rng = np.random.default_rng(0)
    for seed in range(40):
        groups = np.repeat(np.arange(100), rng.integers(1, 5, 100))  # months of customers
        first = np.unique(groups, return_index=True)[1]
        few = np.isin(groups, rng.choice(100, 6, replace=False))
        few &= np.isin(np.arange(len(groups)), first) | (rng.random(len(groups)) < 0.5)  # some months of these six
        for target in (few.astype(int), (~few).astype(int)):
            folds = stratified_group_folds(target, groups, 5, seed)
            for label in (0, 1):
                held = [len(np.unique(groups[valid][target[valid] == label])) for _, valid in folds]
                assert 1 <= min(held) >= max(held) - 1


def test_a_repeat_depends_on_its_number_and_the_seed_alone(shop: tuple[np.ndarray, np.ndarray]) -> None:
    target, groups = shop
    long = repeated_folds(target, groups, 3, range(4), seed=7)
    late = repeated_folds(target, groups, 3, range(2, 4), seed=7)
    assert all(np.array_equal(a[1], b[1]) for a, b in zip(long[6:], late, strict=True))
    partitions = {tuple(tuple(valid) for _, valid in long[start : start + 3]) for start in range(0, 12, 3)}
    assert len(partitions) == 4
    assert not np.array_equal(long[0][1], repeated_folds(target, groups, 3, range(1), seed=8)[0][1])
