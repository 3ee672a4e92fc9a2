"""Since last time: then and now, who moved, what the watch says, and what became of what was said."""

from collections.abc import Sequence

from retention.history.figures import Foreseen, Happened, MonthFigures, Move, Moves, Since
from retention.reporting.charts.figure import Figure, Table
from retention.reporting.charts.lines import Point, draw_steps
from retention.reporting.language.voice import Voice
from retention.watch.summary import ColumnShift

NAMED = 3  # of the columns that changed


def tell_watch(watch: Foreseen | None, columns: Sequence[ColumnShift], voice: Voice) -> list[str]:
    """Say what the watch found, why, which columns changed, and what it cannot see; nothing where nobody watched."""
    if watch is None:
        return []
    said = [voice.say(f"since.watch.{watch.verdict}"), *(voice.pick(reason) for reason in watch.reasons)]
    shifted = [one for one in columns if one.shifted]
    named, more = ", ".join(_tell_shift(one, voice) for one in shifted[:NAMED]), len(shifted) - NAMED
    said += [voice.say(f"since.shifted.{'some' if more > 0 else 'all'}", columns=named, more=more)] if named else []
    return [*said, voice.pick(watch.blind)] if watch.verdict != "cannot_tell" else said


def _tell_shift(one: ColumnShift, voice: Voice) -> str:
    """Name a column, with its mean or the share of a value then and now, if these tell the change."""
    name, known = voice.quote(voice.column(one.column)), voice.columns.get(one.column)
    if one.key is None:
        value, (then, now) = "", (voice.amount(one.column, side) for side in (one.then, one.now))
    else:
        value = f"{voice.value(one.column, one.key) or voice.missing()}: "
        then, now = (voice.percent(side, 0) for side in (one.then, one.now))
    is_ordered = known is not None and known.kind == "ordered"  # the mean place of its values tells nobody anything
    return name if is_ordered or then == now else f"{name} ({value}{then} → {now})"


def tabulate_months(then: MonthFigures, now: MonthFigures, voice: Voice) -> Table:
    """Tabulate the figures of both months and how they changed."""
    rows = [
        _set_beside("customers", then.customers, now.customers, voice),
        _set_beside("expected", then.expected_declines, now.expected_declines, voice),
        _set_beside("contacts", then.plan.contacts, now.plan.contacts, voice),
    ]
    if then.risk_a_month is not None and now.risk_a_month is not None:
        before, today = (risk * now.loss_share for risk in (then.risk_a_month, now.risk_a_month))  # on today's terms
        rows.insert(2, _set_beside("risk", before, today, voice, unit=voice.unit_of_cost))
    head = [voice.say("since.head.figure"), voice.date(then.month), voice.date(now.month), voice.say("since.head.net")]
    return Table(voice.say("since.months"), head, rows, key="since_months")


def _set_beside(key: str, then: float, now: float, voice: Voice, unit: str = "") -> list[str]:
    share = voice.signed_percent(now / then - 1) if then else voice.missing()
    return [voice.with_unit(voice.say(f"since.row.{key}"), unit), voice.measure(then), voice.measure(now), share]


def tabulate_moves(moves: Moves, voice: Voice) -> list[Table]:
    """Tabulate who entered and left each band of risk, and each segment that both months have."""
    bands = [(voice.say("since.band", one), one) for one in moves.bands]
    segments = [(voice.pick(one.name), one) for one in moves.segments]
    groups: dict[str, Sequence[tuple[str, Move]]] = {"bands": bands, "segments": segments}
    counts = ("then", "entered", "came", "left", "gone", "now")
    head = [voice.say("common.head.group"), *voice.heads("since", *counts, "net")]
    cells = ["{0}", *(f"{{1.{count}:number}}" for count in counts), "{1.net:signed_number}"]
    tables = []
    for key, named in groups.items():
        if rows := [[voice.fill(cell, one) for cell in cells] for one in named]:
            tables.append(Table(voice.say(f"since.{key}"), head, rows, key=f"since_{key}"))
    return tables


def tell_segments(moves: Moves, voice: Voice) -> list[str]:
    """Say which segments only one of the months has."""
    found = {"appeared": moves.appeared, "vanished": moves.vanished}
    names = {key: ", ".join(voice.quote(voice.pick(name)) for name in texts) for key, texts in found.items() if texts}
    return [voice.say(f"since.only.{key}", names=named) for key, named in names.items()]


def tell_happened(happened: Sequence[Happened], voice: Voice) -> list[str]:
    """Say what became of what was said of the last month whose labels are known."""
    if not happened:
        return [voice.say("since.not_yet")]
    last = happened[-1]
    said = [voice.say(f"since.happened.{last.excess.side()}", last)]
    if last.roc_auc and last.seen:
        sides = last.seen.side(last.roc_auc.value), last.roc_auc.side(last.seen.value)
        said.append(voice.say(f"since.ranking.{'across' if 'across' in sides else sides[0]}"))
    return said


def tabulate_happened(happened: Sequence[Happened], voice: Voice) -> Table:
    """Tabulate for each month with labels what was expected and what happened."""
    columns = {
        "month": "{month:date}",
        "labelled": "{customers:number}",
        "expected": "{expected:number}",
        "declined": "{declined:number}",
        "excess": "{excess:estimate signed_number 0}",
        "foreseen": "{seen:estimate number 2}",
        "roc_auc": "{roc_auc:estimate number 2}",
    }
    return Table(voice.say("since.happened_title"), *voice.tabulate("since", columns, happened), key="since_happened")


def show_year(months: Sequence[MonthFigures], since: Since, voice: Voice) -> Figure | None:
    """Show the share that was expected to decline month by month, and that which did; None with fewer than three."""
    said = {one.month: one.expected_declines / one.customers for one in (*months, since.now) if one.customers}
    seen = {one.month: one.share for one in since.happened}
    if len(said) < 3:
        return None
    expected, happened = voice.say("since.row.expected"), voice.say("since.head.declined")
    points = [
        Point(voice.date(month), share, f"{name}, {voice.date(month)}", voice.percent(share), name)
        for name, shares in ((expected, said), (happened, seen))
        for month, share in shares.items()
    ]
    rows = [[voice.date(month), voice.percent(said[month]), voice.percent(seen.get(month))] for month in said]
    title, told = voice.say("since.year_title"), voice.say("since.year_description", first=rows[0][1], last=rows[-1][1])
    drawn = draw_steps(points, [*map(voice.date, said)], voice.say("since.year_axis"))
    return Figure("months", title, told, drawn, Table(title, [voice.say("since.head.month"), expected, happened], rows))
