"""The settings of an adopted shop: its tables, with what was seen beside every line; segments, an offer, reasons."""

from collections.abc import Sequence

from pydantic import JsonValue

from retention.adoption.features import OTHER, Found, key_yes_no
from retention.adoption.keys import MOST_MONTHS, KeyedFile
from retention.adoption.labels import Label
from retention.adoption.lexicon import Value, join_values, make_name, make_title, read_starters, read_words
from retention.adoption.periods import Months
from retention.adoption.roles import Adopted
from retention.adoption.writing import write_yaml
from retention.tables.columns import ID, TARGET
from retention.tables.months.dates import find_order
from retention.tables.settings import MAIN, MONTH, VALUE

Section = dict[str, JsonValue]
Said = dict[tuple[str, ...], str]
_MOST_CATEGORIES, _SHORT = 3, 28
_SAID = {"yes": ("да", "yes"), "no": ("нет", "no"), OTHER: ("прочее", "other")}
_HEAD = """\
# @package _global_
# Written by `retention adopt`; what it guessed is marked `confirm` in the files of the folder beside.
defaults:
  - {name}/tables@tables
  - {name}/segments@segment
  - {name}/offers@offer
  - {name}/reasons@reason
  - _self_

"""


def build_files(
    name: str, keyed: Sequence[KeyedFile], columns: Sequence[Adopted], label: Label, aside: Sequence[tuple[str, Found]]
) -> tuple[dict[str, str], Section]:
    """Return the files of settings for ``conf/shop/`` by name, and what the one of the section ``tables`` holds.

    The main file comes first; `aside` are files and their columns that nothing is made of.
    """
    tables, said = _build_tables(keyed, columns, label, aside)
    money = next((column for column in columns if column.role == "money"), None)
    cost = _choose_cost(money)
    unit: Section = _name_unit(money.found) if money else {"ru": "контактов", "en": "contacts"}
    plan: Section = {"budget": float(f"{cost * len(keyed[0].ids) * 0.1:.2g}"), "money": {"unit": unit}}
    budget = "enough to contact a tenth of the customers, in the unit of the offers' costs # confirm"
    offers: Said = {
        ("personal_offer", "cost"): "of a contact: a fiftieth of the usual profit, or 1 without money # confirm",
        ("personal_offer", "effect"): "an assumption # confirm",
    }
    reasons = {column.name: _word(column) for column in columns if column.role != "money"}
    actionable = "How a customer's value is said. `actionable`: whether the shop can do something about it. # confirm"
    return {
        f"{name}.yaml": _HEAD.format(name=name) + write_yaml({"plan": plan}, {("plan", "budget"): budget}),
        f"{name}/tables.yaml": write_yaml(tables, {(): "How the exports are read; beside it what was seen.", **said}),
        f"{name}/segments.yaml": write_yaml(_build_segments(columns), {(): "A beginning: groups by risk and role."}),
        f"{name}/offers.yaml": write_yaml(_build_offers(cost, money), {(): "A beginning: one example.", **offers}),
        f"{name}/reasons.yaml": write_yaml(reasons, {(): actionable}),
    }, tables


def _choose_cost(money: Adopted | None) -> float:
    """Return a fiftieth of the usual profit as the cost of a contact; 1 where customers are counted."""
    if money is None:
        return 1.0
    usual = money.keyed.file.cells[money.found.header].map(money.keyed.file.numerals.parse).abs().median()
    return float(f"{usual / 50:.1g}") or 0.01


def _build_tables(
    keyed: Sequence[KeyedFile], columns: Sequence[Adopted], label: Label, aside: Sequence[tuple[str, Found]]
) -> tuple[Section, Said]:
    """Return the section ``tables`` and its comments."""
    said: Said = {}
    exports = _build_exports(keyed, columns, label, said)
    for file, found in aside:
        key = next((key for key, export in exports.items() if export["file"] == file), MAIN)
        told = f'"{found.header}" ({"; ".join(found.evidence)})'
        said["exports", key, "headers"] = f"{said.get(('exports', key, 'headers'), 'left out:')} {told};"
    described: Section = {
        ID: {"role": "id", "label": {"ru": "Номер клиента", "en": "Customer id"}},
        TARGET: _describe_label(label, said),
    }
    for column in columns:
        described[column.name] = _describe(column)
        found, place = column.found, f'"{column.found.header}" of {column.keyed.file.name}'
        seen = "; ".join([place, *found.evidence, *([f"{found.empty} empty"] if found.empty else []), *column.notes])
        once = seen.replace(" # confirm", "")
        said["columns", column.name] = f"{once} # confirm" if found.confirm or once != seen else seen
        for key, value in found.spelled.items():
            said["columns", column.name, "values", key] = str(value.count)
    handling = _choose_handling(keyed, said)
    return {"ids": _choose_ids(keyed), "exports": {**exports}, "handling": handling, "columns": described}, said


def _choose_ids(keyed: Sequence[KeyedFile]) -> str:
    """Return ``integer`` if every id is a whole number and leading zeros mean nothing, else ``text``."""
    cells = [item.ids[item.ids.ne("")] for item in keyed]
    whole = all(ids.str.fullmatch(r"\d{1,18}").all() for ids in cells)
    zeros = all(ids.str.match(r"0\d").any() for ids in cells)
    return "integer" if whole and not zeros and not any(item.file.has_totals for item in keyed) else "text"


def _build_exports(
    keyed: Sequence[KeyedFile], columns: Sequence[Adopted], label: Label, said: Said
) -> dict[str, Section]:
    exports: dict[str, Section] = {}
    for item in keyed:
        own = [column for column in columns if column.keyed is item]
        names = [column.measure for column in own] if item.months else [item.file.name.rpartition(".")[0]]
        for name in dict.fromkeys(names):
            mine = [column for column in own if not item.months or column.measure == name]
            key = make_name(name, exports, "export") if exports else MAIN
            headers = {TARGET: label.found.header} if label.keyed is item else {}
            if item.months:
                headers = {MONTH: item.months.header, VALUE: mine[0].found.header}
            else:
                headers |= {column.name: column.found.header for column in mine}
            blanks = dict.fromkeys(text for column in mine for text in column.found.blanks)
            exports[key] = _compact(
                file=item.file.name,
                separator=item.file.separator,
                decimal=item.file.numerals.decimal,
                encoding=item.file.encoding,
                thousands=item.file.numerals.thousands,
                signs=[*dict.fromkeys(sign for column in mine for sign in column.found.signs)],
                empty=[*read_words().no_value, *blanks],
                headers={ID: item.id_header, **headers},
            )
            size = f"{len(item.ids)} rows, {item.ids.nunique()} customers"
            said["exports", key] = "; ".join([size, *item.file.notes])
            if item.months:
                exports[key] |= _spell_months(item.months, mine, keyed)
                if item.months.is_log:
                    said["exports", key, "dates"] = "the latest month counts as whole # confirm"
                if not item.months.sure:
                    said["exports", key, "months"] = "the order of the months is a guess # confirm"
            elif order := find_order([column.found.header for column in mine]):
                exports[key]["dates"] = order
                said["exports", key, "dates"] = "columns of dates are counted back from the latest"
    return exports


def _compact(**items: JsonValue) -> Section:
    """Return the items that are neither None nor empty."""
    return {key: value for key, value in items.items() if value not in (None, "", [], {})}


def _spell_months(told: Months, mine: Sequence[Adopted], keyed: Sequence[KeyedFile]) -> Section:
    """Return how the months of a measure are spelled; where all are slips, what another file has is right."""
    months: Section = {}
    if told.dates:
        months = {column.name: {"spellings": [str(ago)]} for column, ago in zip(mine, told.back, strict=False)}
        return {"dates": told.dates, "months": months}
    known = [item.months for item in keyed if item.months and not item.months.dates]
    slips = frozenset[str]().union(*(months.slips for months in known))
    for at, column in enumerate(mine):
        own = told.spellings[at]
        others = [text for months in known if at < len(months.spellings) for text in months.spellings[at]]
        right = [text for text in own if text not in slips]
        right = right or [text for text in others if text not in slips][:1] or own
        months[column.name] = _compact(spellings=[*right], repairs=[text for text in own if text not in right])
    return _compact(months=months, ignored_months=[text for older in told.spellings[MOST_MONTHS:] for text in older])


def _describe(column: Adopted) -> Section:
    found = column.found
    is_money, months = column.role == "money", column.keyed.months
    is_month, bounded = column.months_ago is not None, found.kind == "number" and not is_money
    return _compact(
        role=column.role,
        kind=None if is_money else found.kind,
        series={"measure": column.measure, "months_ago": column.months_ago} if is_month else None,
        missing=True if found.empty and column.role == "feature" and not months else None,
        label={"ru": column.title[0], "en": column.title[1]},
        unit=_name_unit(found) if found.signs or is_money else None,
        low=found.low if bounded else None,
        high=found.high if bounded else None,
        whole=True if bounded and found.whole else None,
        typical=None if months and months.is_log else found.typical,
        values={key: _spell(key, value) for key, value in found.spelled.items()},
    )


def _name_unit(found: Found) -> Section:
    """Return what a number counts, Russian and English: its sign, or money."""
    sign = next(iter(found.signs), "")
    return {"ru": sign or "ден. ед.", "en": sign or "money units"}


def _spell(key: str, value: Value) -> Section:
    ru, en = _SAID.get(key, (value.spellings[0], value.spellings[0]))
    return _compact(ru=ru, en=en, spellings=[*value.spellings], repairs=[*value.slips])


def _describe_label(label: Label, said: Said) -> Section:
    said["columns", TARGET] = f'"{label.found.header}" of {label.keyed.file.name}; {label.evidence}'
    title, described = make_title(label.found.header), Section()
    answers = {text: key for key, text in key_yes_no(label.values).items()}
    for key in ("1", "0"):
        value = join_values([item for text, item in label.values.items() if (text == label.value) == (key == "1")])
        described[key] = _spell(OTHER if len(value.spellings) > 1 else answers.get(value.spellings[0], ""), value)
        said["columns", TARGET, "values", key] = str(value.count)
    return {"role": "label", "label": {"ru": title, "en": title}, "values": described}


def _choose_handling(keyed: Sequence[KeyedFile], said: Said) -> Section:
    """Return what is done with defects: a log of orders is added up, and its absent months are zero."""
    chosen: Section = {}
    monthly = [(item, item.months) for item in keyed if item.months]
    logs = any(months.is_log for _, months in monthly)
    lacking = any(len(item.ids) < 0.98 * item.ids.nunique() * len(months.spellings) for item, months in monthly)
    reasons = {
        ("missing_month", "zero"): (logs or lacking, "a customer without a row in a month brought nothing in it"),
        ("duplicate_month", "sum"): (logs, "the rows of a customer and month are added up"),
        ("unknown_label", "quarantine"): (any(item.file.has_totals for item in keyed), "for the rows of totals"),
        ("cut_short", "keep"): (any(not item.file.is_ended for item in keyed), "a last line has no end: is it whole?"),
    }
    for (key, value), (holds, why) in reasons.items():
        if holds:
            chosen[key] = value
            said["handling", key] = f"{why} # confirm"
    main = keyed[0].ids
    absent = {item.file.name: int((~main.isin(set(item.ids))).sum()) for item in keyed[1:]}
    told = [f"{file} lacks {count} of {len(main)} customers" for file, count in absent.items() if count]
    if told:
        said["handling", "missing_from_export"] = f"{'; '.join(told)} # confirm"
    return read_starters().handling | chosen


def _build_segments(columns: Sequence[Adopted]) -> Section:
    """Return segments by risk, by money and by favourite category, as far as the shop has them."""
    by_role = {column.role: column for column in columns}
    segments: Section = {}
    for key, starter in read_starters().segments.items():
        needs = starter.pop("needs", None)
        if needs == "favourite_category" and needs in by_role:
            values = sorted(by_role[needs].found.spelled.items(), key=lambda item: -item[1].count)
            for at, (value, found) in enumerate(values[:_MOST_CATEGORIES]):
                where: JsonValue = [{"column": by_role[needs].name, "equals": value}]
                named = {part: _fill(said, found.spellings[0]) for part, said in starter.items()}
                segments[f"{key}_{value}"] = {**named, "where": where, "priority": 30 + at}
        elif needs is None or needs in by_role:
            segments[key] = {**starter}
    return segments


def _fill(said: JsonValue, category: str) -> JsonValue:
    if not isinstance(said, dict):
        return said
    return {language: str(text).replace("{category}", category) for language, text in said.items()}


def _build_offers(cost: float, money: Adopted | None) -> Section:
    """Return one offer as an example, for those at risk; `cost` is what a contact costs, in the unit of money."""
    segments: JsonValue = ["likely_decliners", *(["valuable_decliners"] if money else [])]
    return {
        key: {**offer, "segments": segments, "cost": {"fixed": cost}} for key, offer in read_starters().offers.items()
    }


def _word(column: Adopted) -> Section:
    """Return how a customer's value in a feature is said."""
    ru, en = (title if title[1:2].isupper() else title[:1].lower() + title[1:] for title in column.title)
    said: Section = {"says": {"ru": f"{ru} — {{value}}", "en": f"{en}: {{value}}"}}
    if column.found.high == 1.0:
        said["percent"] = True
    elif column.found.decimals:
        said["decimals"] = column.found.decimals
    return said | {"short": {"ru": _cut(ru), "en": _cut(en)}, "actionable": column.found.kind == "number"}


def _cut(title: str) -> str:
    return title if len(title) <= _SHORT else title[: _SHORT - 1].rstrip(" ,.") + "…"
