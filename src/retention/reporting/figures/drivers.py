"""What goes with the probability of decline."""

from collections.abc import Mapping, Sequence
from typing import Any

from retention.reporting.charts.figure import Figure, Table
from retention.reporting.charts.lines import draw_band
from retention.reporting.charts.palette import DECLINED, KEPT, NEUTRAL
from retention.reporting.charts.ranked import draw_bars, draw_intervals
from retention.reporting.language.voice import Voice

_COLOURS = {"up": DECLINED, "down": KEPT}
_DIRECTIONS = {1: "up", -1: "down", 0: "mixed", None: "by_category"}
SHAPES = 6  # the most important columns; the weaker ones have hardly any shape


def show_importance(explanation: Mapping[str, Any], voice: Voice) -> Figure:
    """Show each column's share of the whole contribution with its interval, the largest first."""
    items = explanation["importance"]
    directions = [_DIRECTIONS[item["direction"]] for item in items]
    shares = [{"value": item["share"], "low": item["share_low"], "high": item["share_high"]} for item in items]
    said = [voice.say(f"drivers.direction.{direction}") for direction in directions]
    rows = [
        {
            "label": voice.column(item["column"]),
            **share,
            "colour": _COLOURS.get(direction, NEUTRAL),
            "text": f"{voice.estimate(share)}; {words}",
        }
        for item, share, direction, words in zip(items, shares, directions, said, strict=True)
    ]
    head = [voice.say(f"drivers.head.{key}", scale=_say_scale(explanation, voice)) for key in _HEAD]
    table = [
        [
            voice.column(item["column"]),
            voice.estimate(share),
            voice.number(item["mean_abs"], 3),
            _ranks(item, ""),
            _ranks(item, "refit_"),
            words,
        ]
        for item, share, words in zip(items, shares, said, strict=True)
    ]
    return Figure(
        "importance",
        voice.say("drivers.title"),
        voice.say(
            "drivers.description",
            first=rows[0]["label"],
            share=voice.percent(items[0]["share"], 0),
            second=rows[1]["label"],
            refits=voice.number(explanation["refits"]),
            agreement=voice.number(explanation["agreement"], 2),
        ),
        draw_bars(rows, voice.say("drivers.axis"), format=".0%"),
        Table(voice.say("drivers.title"), head, table, frozenset({0, 3, 4, 5})),
    )


_HEAD = ("column", "share", "mean", "rank", "refits", "direction")


def _say_scale(explanation: Mapping[str, Any], voice: Voice) -> str:
    return voice.say(f"drivers.scale.{explanation['explained']}")


def _ranks(item: Mapping[str, Any], of: str) -> str:
    first, last = item[f"{of}first_rank"], item[f"{of}last_rank"]
    return str(first) if first == last else f"{first}–{last}"


def show_shapes(explanation: Mapping[str, Any], voice: Voice) -> list[Figure]:
    """Show how the contribution of the most important columns depends on their value."""
    names = [item["column"] for item in explanation["importance"][:SHAPES]]
    scale = _say_scale(explanation, voice)
    return [_show_shape(name, explanation["shapes"][name], scale, voice) for name in names]


def _show_shape(name: str, groups: Sequence[Mapping[str, Any]], scale: str, voice: Voice) -> Figure:
    is_categorical = "value" in groups[0]
    rows = [
        {
            "label": _say_group(name, group, voice),
            "value": group["mean"],
            "low": group["low"],
            "high": group["high"],
            "colour": DECLINED if group["mean"] > 0 else KEPT,
            "text": f"{voice.number(group['mean'], 2)}; {voice.count(group['customers'], 'customer')}",
        }
        for group in groups
    ]
    y = voice.say("drivers.shape_axis", scale=scale)
    if is_categorical:
        spec = draw_intervals(rows, y, format=".2~f", rule=0)
    else:
        points = [
            {**row, "x": (group["start"] + group["end"]) / 2, "y": row["value"]}
            for row, group in zip(rows, groups, strict=True)
        ]
        spec = draw_band(points, voice.column_with_unit(name), y, format=(",~r", ".2~f"), height=190)
    table = [
        [row["label"], voice.number(group["mean"], 3), voice.number(group["customers"])]
        for row, group in zip(rows, groups, strict=True)
    ]
    top = max(rows, key=lambda row: row["value"])
    return Figure(
        f"shape-{name.replace('_', '-')}",
        voice.column(name),
        voice.say("drivers.shape_description", group=top["label"]),
        spec,
        Table(voice.column(name), [voice.column_with_unit(name), y, voice.say("common.head.customers")], table),
    )


def _say_group(name: str, group: Mapping[str, Any], voice: Voice) -> str:
    if "value" in group:
        return voice.value(name, group["value"])
    return voice.span(group["start"], group["end"])
