"""The search: trials, families of models, candidates, and the winner's parameters."""

import json

import pandas as pd

from retention.learning.model.choice import STEPS, Parameter
from retention.learning.search.best import Best, ChosenTrial
from retention.reporting.charts.figure import Table
from retention.reporting.language.voice import Cell, Voice


def tabulate_families(trials: pd.DataFrame, voice: Voice) -> Table:
    """Tabulate the trials of each family of models, the best family first."""
    complete = trials[trials["state"] == "complete"]
    best, tried, done = complete.groupby("model")["roc_auc"].max(), trials["model"], complete["model"]
    columns: dict[str, Cell] = {
        "family": "{0:name model.family}",
        "trials": lambda name: voice.number((tried == name[0]).sum()),
        "complete": lambda name: voice.number((done == name[0]).sum()),
        "best": lambda name: voice.number(best.get(name[0]), 4),
    }
    names = sorted(tried.unique(), key=lambda name: -best.get(name, -1.0))
    return Table(voice.say("search.families"), *voice.tabulate("search", columns, zip(names)), key="trials")


def describe_steps(choice: ChosenTrial, voice: Voice) -> str:
    """Name the scaler, encoder and added columns of a choice."""
    steps = [name for part in STEPS if (name := getattr(choice, part)) != "none"]
    return ", ".join(voice.name(step, "model.step") for step in steps or ["plain"])


def tell_failures(best: Best, voice: Voice) -> str:
    """Say of which families trials could not be fitted, and why the first of each; nothing if all could."""
    return " ".join(voice.say("search.failures", family) for family in best.failures)


def tell_scale(best: Best, voice: Voice) -> str:
    """Say what the search was spared on many training rows; nothing if it saw them all with every family."""
    if (scale := best.scale) is None:
        return ""
    told = [voice.say("search.sampled", scale)] if scale.searched < scale.training else []
    told += [voice.say("search.left_out", slow, training=scale.training) for slow in scale.left_out]
    return " ".join(["", *told])


def tell_choice(best: Best, voice: Voice) -> str:
    """Say why the winner won, from the numbers of the candidates."""
    winner = next(item for item in best.candidates if item.trial == best.trial)
    leader = max(best.candidates, key=lambda item: item.roc_auc)
    key = "search.reason_leader" if leader.roc_auc <= winner.roc_auc else "search.reason_simpler"
    counts = {"folds": len(best.roc_auc.folds), "count": len(best.candidates)}
    return voice.say(key, winner, leader=leader, best=best, **counts)


def tabulate_candidates(best: Best, voice: Voice) -> Table:
    """Tabulate the candidates that were compared once more."""
    columns: dict[str, Cell] = {
        "trial": "{trial}",
        "model": "{model:name model.family}",
        "steps": lambda one: describe_steps(one, voice),
        "roc_auc": "{roc_auc_search:number 4}",
        "confirmed": "{roc_auc:number 4}",
        "below": "{below_leader:number 4} ± {noise:number 4}",
        "kilobytes": "{kilobytes:number}",
    }
    table = voice.tabulate("search", columns, best.candidates)
    return Table(voice.say("search.candidates"), *table, frozenset({0, 1, 2}), "candidates")


def tabulate_parameters(best: Best, voice: Voice) -> Table:
    """Tabulate the winner's parameters."""
    columns: dict[str, Cell] = {"parameter": "{0}", "value": lambda one: _plain(one[1], voice)}
    return Table(voice.say("search.winner"), *voice.tabulate("search", columns, best.params.items()), key="parameters")


def _plain(value: Parameter, voice: Voice) -> str:
    if value is None:
        return voice.name("none", "model.step")
    if isinstance(value, float):
        return voice.measure(value)
    return value if isinstance(value, str) else json.dumps(value)
