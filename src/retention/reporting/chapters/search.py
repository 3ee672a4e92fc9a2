"""The search: trials, families of models, candidates, and the winner's parameters."""

import json

import pandas as pd

from retention.learning.model.choice import STEPS, Parameter
from retention.learning.search.best import Best, ChosenTrial
from retention.reporting.charts.figure import Table
from retention.reporting.language.voice import Voice


def tabulate_families(trials: pd.DataFrame, voice: Voice) -> Table:
    """Tabulate the trials of each family of models, the best family first."""
    complete = trials[trials["state"] == "complete"]
    best = complete.groupby("model")["roc_auc"].max()
    names = sorted(trials["model"].unique(), key=lambda name: -best.get(name, -1.0))
    rows = [
        [
            voice.name("model.family", name),
            voice.number(int((trials["model"] == name).sum())),
            voice.number(int((complete["model"] == name).sum())),
            voice.number(best.get(name), 4),
        ]
        for name in names
    ]
    head = voice.heads("search", "family", "trials", "complete", "best")
    return Table(voice.say("search.families"), head, rows, key="trials")


def describe_steps(choice: ChosenTrial, voice: Voice) -> str:
    """Name the scaler, encoder and added columns of a choice."""
    steps = [name for part in STEPS if (name := getattr(choice, part)) != "none"]
    return ", ".join(voice.name("model.step", step) for step in steps or ["plain"])


def tell_failures(best: Best, voice: Voice) -> str:
    """Say of which families trials could not be fitted, and why the first of each; nothing if all could."""
    told = [
        voice.say(
            "search.failures",
            model=voice.name("model.family", family.model),
            failed=voice.number(family.failed),
            trials=voice.number(family.trials),
            first=family.first,
        )
        for family in best.failures
    ]
    return " ".join(told)


def tell_scale(best: Best, voice: Voice) -> str:
    """Say what the search was spared on many training rows; nothing if it saw them all with every family."""
    if (scale := best.scale) is None:
        return ""
    numbers = {"searched": voice.number(scale.searched), "training": voice.number(scale.training)}
    told = [voice.say("search.sampled", **numbers)] if scale.searched < scale.training else []
    for slow in scale.left_out:
        named = {"model": voice.name("model.family", slow.model), "at_most": voice.number(slow.at_most)}
        told.append(voice.say("search.left_out", **named, **numbers))
    return " ".join(["", *told])


def tell_choice(best: Best, voice: Voice) -> str:
    """Say why the winner won, from the numbers of the candidates."""
    winner = next(item for item in best.candidates if item.trial == best.trial)
    leader = max(best.candidates, key=lambda item: item.roc_auc)
    common = {
        "trial": str(winner.trial),
        "model": voice.name("model.family", winner.model),
        "folds": voice.number(len(best.roc_auc.folds)),
        "tolerance": voice.number(best.tolerance, 3),
    }
    if leader.roc_auc <= winner.roc_auc:
        count = voice.number(len(best.candidates))
        return voice.say("search.reason_leader", auc=voice.number(winner.roc_auc, 4), count=count, **common)
    return voice.say(
        "search.reason_simpler",
        size=voice.number(winner.kilobytes),
        leader=str(leader.trial),
        leading=voice.name("model.family", leader.model),
        larger=voice.number(leader.kilobytes),
        price=voice.number(best.price, 4),
        noise=voice.number(winner.noise, 4),
        **common,
    )


def tabulate_candidates(best: Best, voice: Voice) -> Table:
    """Tabulate the candidates that were compared once more."""
    rows = [
        [
            str(item.trial),
            voice.name("model.family", item.model),
            describe_steps(item, voice),
            voice.number(item.roc_auc_search, 4),
            voice.number(item.roc_auc, 4),
            f"{voice.number(item.below_leader, 4)} ± {voice.number(item.noise, 4)}",
            voice.number(item.kilobytes),
        ]
        for item in best.candidates
    ]
    head = voice.heads("search", "trial", "model", "steps", "roc_auc", "confirmed", "below", "kilobytes")
    return Table(voice.say("search.candidates"), head, rows, frozenset({0, 1, 2}), "candidates")


def tabulate_parameters(best: Best, voice: Voice) -> Table:
    """Tabulate the winner's parameters."""
    rows = [[name, _plain(value, voice)] for name, value in best.params.items()]
    head = voice.heads("search", "parameter", "value")
    return Table(voice.say("search.winner"), head, rows, key="parameters")


def _plain(value: Parameter, voice: Voice) -> str:
    if value is None:
        return voice.name("model.step", "none")
    if isinstance(value, float):
        return voice.measure(value)
    return value if isinstance(value, str) else json.dumps(value)
