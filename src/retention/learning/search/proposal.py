"""What to try next, from what has been tried: Optuna's tree-structured Parzen estimator."""

import warnings
from collections.abc import Mapping, Sequence
from itertools import zip_longest

import numpy as np
import optuna
from optuna.distributions import BaseDistribution, CategoricalDistribution
from optuna.trial import FrozenTrial, TrialState

from retention.learning.model.choice import STEPS, Choice, Parameter
from retention.learning.model.space import Space
from retention.learning.search.trial import Trial


def propose(space: Space, finished: Sequence[Trial], count: int, batch: int, seed: int, startup: int) -> list[Choice]:
    """Propose the next `count` choices.

    The study is built anew from `finished`, every trial of the batches before, and the sampler is seeded by (`seed`,
    `batch`), so the proposals depend on nothing else: a resumed search proposes what an unbroken one would have, and
    the first of `count` proposals are those of a smaller count. Until `startup` trials are there the sampler draws at
    random, after the families' starting points.

    Watanabe (2023), Tree-structured Parzen estimator, arXiv:2304.11127; the estimator is multivariate within the
    parameters of one family, and takes running trials for bad ones.
    """
    study = _rebuild_study(space, finished, batch, seed, startup)
    for start in list_starts(space)[len(finished) : len(finished) + count]:
        study.enqueue_trial(start)
    return [_draw(study.ask(), space) for _ in range(count)]


def list_starts(space: Space) -> list[dict[str, Parameter]]:
    """Return the starting points of all families in Optuna's names: first one of each family, then the second."""
    rounds = zip_longest(*([(name, one) for one in family.declared.start] for name, family in space.families.items()))
    return [_name_start(name, start, space) for starts in rounds for name, start in filter(None, starts)]


def _name_start(model: str, start: Mapping[str, Parameter], space: Space) -> dict[str, Parameter]:
    """Prefix a starting point's names, leaving out steps that are not selected: those are drawn."""
    steps = space.families[model].steps
    usable = {name: value for name, value in start.items() if name not in steps or value in steps[name]}
    return {"model": model} | {f"{model}.{name}": value for name, value in usable.items()}


def _rebuild_study(space: Space, finished: Sequence[Trial], batch: int, seed: int, startup: int) -> optuna.Study:
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    state = int(np.random.SeedSequence([seed, batch]).generate_state(1)[0])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)  # `group`
        sampler = optuna.samplers.TPESampler(seed=state, n_startup_trials=startup, multivariate=True, group=True)
    study = optuna.create_study(direction="maximize", sampler=sampler)
    study.add_trials([_freeze(trial, space, finished) for trial in finished])
    return study


def _freeze(trial: Trial, space: Space, finished: Sequence[Trial]) -> FrozenTrial:
    """Return a trial as Optuna's record; a repeated one counts like the one that it repeats."""
    first = trial if trial.repeat_of is None else finished[trial.repeat_of]
    params, distributions = _name_choice(trial.choice, space)
    state = {"complete": TrialState.COMPLETE, "pruned": TrialState.PRUNED}.get(first.state, TrialState.FAIL)
    return optuna.trial.create_trial(
        state=state,
        value=first.mean if state is TrialState.COMPLETE else None,
        intermediate_values={len(first.folds): first.mean} if state is TrialState.PRUNED else None,
        params=params,
        distributions=distributions,
    )


def _name_choice(choice: Choice, space: Space) -> tuple[dict[str, Parameter], dict[str, BaseDistribution]]:
    """Return a choice as Optuna's parameters, each family's under its own name, and what they were drawn from."""
    family = space.families[choice.model]
    drawn = {kind: CategoricalDistribution(family.steps[kind]) for kind in STEPS} | dict(family.distributions)
    made = {name: getattr(choice, name) if name in STEPS else choice.params[name] for name in drawn}
    params, distributions = ({f"{choice.model}.{name}": one for name, one in of.items()} for of in (made, drawn))
    families = CategoricalDistribution(list(space.families))
    return {"model": choice.model} | params, {"model": families} | distributions


def _draw(trial: optuna.Trial, space: Space) -> Choice:
    """Draw the family, then only what belongs to it, so that no impossible combination can come out."""
    model = trial.suggest_categorical("model", list(space.families))
    family = space.families[model]
    steps = {kind: trial.suggest_categorical(f"{model}.{kind}", family.steps[kind]) for kind in STEPS}
    params = {name: trial._suggest(f"{model}.{name}", drawn) for name, drawn in family.distributions.items()}
    return Choice(model=model, params=params, **steps)
