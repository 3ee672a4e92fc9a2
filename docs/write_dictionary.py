"""Writes docs/data-dictionary.md from the code: models, table schemas, findings and the declared exports."""

import ast
import inspect
import re
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel

from retention.audience.plan.contact_list import HOLDOUT, OFFERS
from retention.audience.plan.summary import PlanMetrics, PlanSummary
from retention.audience.plan.what_if import WHAT_IF
from retention.audience.segments.rules import MEMBERSHIP, SegmentRules
from retention.audience.segments.summary import SegmentsSummary
from retention.campaigns.effects import Effects
from retention.campaigns.ledger import ASSIGNED, PLANNED, UNTOUCHED
from retention.campaigns.summary import Campaigns
from retention.exploration.exploration import Exploration
from retention.history.figures import EARLIER, History, Reused, Since
from retention.learning.calibration.summary import LEARNT_PROBABILITIES, PROBABILITIES, Calibration
from retention.learning.evaluation.evaluation import CURVES, Evaluation, Metrics
from retention.learning.explanation.explanation import Reference
from retention.learning.explanation.summary import Explanation, build_attributions_schema
from retention.learning.folds import SPLIT
from retention.learning.search.best import TRIALS, Best
from retention.paths import Paths
from retention.settings import read_settings
from retention.strict import load_texts
from retention.table_schema import TableSchema
from retention.tables.columns import MONTH, TARGET, UNIT
from retention.tables.findings import QUARANTINE
from retention.tables.months.periods import Periods
from retention.tables.months.rows import TAUGHT
from retention.tables.quality import Quality
from retention.tables.roles import ColumnRoles, build_customers_schema, build_learnt_schema, list_roles
from retention.tables.schema import Column
from retention.tables.settings import MAIN, Handling, TableSettings
from retention.watch.summary import Watch

FILES: dict[str, type[BaseModel] | TableSchema] = {
    "quality": Quality,
    "quarantine": QUARANTINE,
    "columns": ColumnRoles,
    "exploration": Exploration,
    "periods": Periods,
    "history": History,
    "earlier": EARLIER,
    "reused": Reused,
    "split": SPLIT,
    "trials": TRIALS,
    "best": Best,
    "learnt_probabilities": LEARNT_PROBABILITIES,
    "probabilities": PROBABILITIES,
    "calibration": Calibration,
    "metrics": Metrics,
    "evaluation": Evaluation,
    "attributions": build_attributions_schema(["<feature>"]),
    "explanation": Explanation,
    "reference": Reference,
    "watch": Watch,
    "segment_rules": SegmentRules,
    "segments": SegmentsSummary,
    "membership": MEMBERSHIP,
    "campaigns": Campaigns,
    "effects": Effects,
    "taught": TAUGHT,
    "untouched": UNTOUCHED,
    "launched": ASSIGNED,
    "planned": PLANNED,
    "plan": PlanSummary,
    "plan_metrics": PlanMetrics,
    "what_if": WHAT_IF,
    "offers": OFFERS,
    "holdout": HOLDOUT,
    "since": Since,
}
HEAD = """# Data dictionary

What the columns and the files of a run mean. `make dictionary` writes this page from the code and from `conf/shop/`;
mend a meaning there. Numbers are float64 though some count things: a model's signature then accepts a later 2.5.
`declined` is 1 where purchasing activity dropped; the exports do not say when it was observed. They name no currency
either, and profit is about a thousandth of revenue: a shop that knows its currencies writes them into `unit`."""
TAIL = """## Other files

`artifacts/report/tables/*.csv` are the tables of the report: UTF-8 with a mark, plain numbers, headings in the report's
language. `artifacts/model.skops` and `artifacts/fold_models.skops` hold the models
([decision 7](decisions/007-canonical-model-file.md)), the folders `explanation` and `curves`
pictures."""
_WORDS = {str: "text", int: "integer", float: "number", bool: "flag", NoneType: "null", Any: "any"}


def render_dictionary(root: Path) -> str:
    """Return the page for the project in `root`."""
    paths = Paths(root, root)
    tables = read_settings(paths.params).tables
    here = {name: getattr(paths, name).relative_to(root).as_posix() for name in FILES}
    parts = [HEAD, *_render_customers(tables), *_render_codes()]
    told: set[type[BaseModel]] = set()
    for name, holds in FILES.items():
        parts.append(f"## `{here[name]}`")
        parts += _render_table(holds) if isinstance(holds, TableSchema) else _render_models(holds, told)
    for name, schema in CURVES.items():
        parts += [f"## `artifacts/curves/{name}.csv`", *_render_table(schema)]
    return "\n\n".join([*parts, TAIL]).replace("``", "`") + "\n"


def _render_customers(tables: TableSettings) -> Iterator[str]:
    roles = list_roles(tables.columns)
    schema = build_learnt_schema(roles)
    yield f"## `artifacts/learnt.parquet`\n\nA row is {schema.rows}."
    sources = {
        column: f"`{export.file}`: {header}"
        for name, export in tables.exports.items()
        for column, header in export.headers.items()
        if name == MAIN or column in export.columns
    } | {
        column: f"`{export.file}`: {export.headers['value']}, {month.spellings[0]}"
        for export in tables.exports.values()
        for column, month in export.months.items()
    }
    rows = [
        [f"`{name}`", schema.columns[name].kind, *_describe(column), sources[name]]
        for name, column in tables.columns.items()
    ]
    rows.insert(0, [f"`{MONTH}`", "text", schema.columns[MONTH].meaning, "", "", "", "the exports' folder"])
    rows.append([f"`{UNIT}`", "integer", schema.columns[UNIT].meaning, "", "", "0 or more", "computed"])
    yield _tabulate(["column", "cells", "English", "Russian", "unit", "range", "from"], rows)
    values = [
        [f"`{name}`", "; ".join(f"`{key}` {value.en} / {value.ru}" for key, value in column.values.items())]
        for name, column in tables.columns.items()
        if column.values
    ]
    yield _tabulate(["column", "values: English / Russian"], values)
    yield (
        f"## `artifacts/customers.parquet`\n\nA row is {build_customers_schema(roles).rows}. "
        f"Columns as in `learnt.parquet`, without `{MONTH}` and `{TARGET}`."
    )


def _describe(column: Column) -> Iterator[str]:
    yield column.label.en
    yield column.label.ru
    yield f"{column.unit.en} / {column.unit.ru}" if column.unit else ""
    yield _range(column)


def _range(column: Column) -> str:
    if column.low is None and column.high is None:
        return ""
    if column.high is None:
        return f"{column.low:,.15g} or more"
    return f"{column.high:,.15g} or less" if column.low is None else f"{column.low:,.15g} to {column.high:,.15g}"


def _render_codes() -> Iterator[str]:
    yield (
        "## Findings\n\nWhat the checks look for, and which setting of `tables.handling` decides what is done.\n"
        "What depends on who else is in the file, `outlier` and `twins`, leaves nobody out when new ones are scored."
    )
    decided = {"empty_id": "empty_value"} | {name: name for name in Handling.model_fields}
    rows = [
        [f"`{code}`", text.en, text.ru, f"`{decided[code]}`" if code in decided else ""]
        for code, text in load_texts("retention.tables", "messages.yaml").items()
    ]
    yield _tabulate(["code", "English", "Russian", "setting"], rows)


def _render_table(schema: TableSchema) -> Iterator[str]:
    yield f"A row is {schema.rows}."
    columns = {**schema.columns, **schema.more}
    yield _tabulate(
        ["column", "cells", "meaning"], [[f"`{name}`", item.kind, item.meaning] for name, item in columns.items()]
    )


def _render_models(model: type[BaseModel], told: set[type[BaseModel]]) -> Iterator[str]:
    """Yield a model and the models within it, each once on the page."""
    waiting = [model]
    while waiting:
        here = waiting.pop(0)
        if here in told:
            continue
        told.add(here)
        summary = re.sub(r"^``\S+``: ", "", (inspect.getdoc(here) or "").split("\n\n")[0])
        summary = f"{summary[0].upper()}{summary[1:]}"
        yield summary if here is model else f"**{here.__name__}**: {summary}"
        meanings = read_meanings(here)
        fields = {name: field.annotation for name, field in here.model_fields.items()}
        if fields:
            rows = [[f"`{name}`", _name(kind), meanings.get(name, "")] for name, kind in fields.items()]
            yield _tabulate(["key", "holds", "meaning"], rows)
        waiting += [inner for kind in fields.values() for inner in _models_in(kind)]


def read_meanings(model: type[BaseModel]) -> dict[str, str]:
    """Return what a model, or one that it is made of, says of each field behind it, or else below it."""
    meanings: dict[str, str] = {}
    for part in reversed(model.__mro__[: model.__mro__.index(BaseModel)]):
        source, field = textwrap.dedent(inspect.getsource(part)), ""
        (tree,) = ast.parse(source).body
        for node in tree.body if isinstance(tree, ast.ClassDef) else []:
            if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
                field, behind = node.target.id, source.splitlines()[node.lineno - 1].partition("  # ")[2]
                meanings[field] = f"{behind[0].upper()}{behind[1:]}." if behind else ""
            elif isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and field:
                meanings[field] = " ".join(str(node.value.value).split())
    return meanings


def _models_in(kind: Any) -> list[type[BaseModel]]:
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        return [kind]
    return [model for part in get_args(kind) for model in _models_in(part)]


def _name(kind: Any) -> str:
    """Return a type in words."""
    origin, parts = get_origin(kind), [part for part in get_args(kind) if part is not Ellipsis]
    if origin is Annotated:
        return _name(parts[0])
    if origin in (UnionType, Union):
        return " or ".join(map(_name, parts))
    if origin is Literal:
        return ", ".join(f"`{part}`" for part in parts)
    if origin in (list, tuple, Sequence):
        return "list of " + " and ".join(dict.fromkeys(map(_name, parts)))
    if origin in (dict, Mapping):
        return f"{_name(parts[1])} by {_name(parts[0])}"
    return _WORDS.get(kind) or str(getattr(kind, "__name__", kind))


def _tabulate(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in line)} |" for line in lines)


if __name__ == "__main__":
    project = Path(__file__).parents[1]
    (Path(__file__).parent / "data-dictionary.md").write_text(render_dictionary(project), encoding="utf-8")
