"""What counts as a request and as a customer, table by table, without a server."""

import json
from typing import Any

import pytest

from retention.errors import UserError
from retention.registry.service.app import name_hosts
from retention.registry.service.messages import read_invocation
from retention.tracking.models.columns import ColumnRule, find_problems

ROWS = [{"a": 1, "b": "x"}, {"a": 2.5, "b": "y"}]
SPLIT = {"columns": ["a", "b"], "data": [[1, "x"], [2.5, "y"]], "index": [7, 9]}
COLUMNS = {"a": [1, 2.5], "b": ["x", "y"]}


@pytest.mark.parametrize(
    "asked",
    [{"dataframe_split": SPLIT}, {"dataframe_records": ROWS}]
    + [{key: shape} for key in ("instances", "inputs") for shape in (ROWS, COLUMNS)],
)
def test_every_shape_gives_the_same_customers(asked: dict[str, Any]) -> None:
    rows, params = read_invocation(json.dumps({**asked, "params": {"details": True}}).encode())
    assert (rows, params.details) == (ROWS, True)


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"", "not understood"),
        (b"{", "not understood"),
        (b"[]", "not understood"),
        (b'{"rows": []}', "not understood"),
        (b"{}", "just one of"),
        (b'{"inputs": [], "instances": []}', "just one of"),
        (b'{"inputs": []}', "no customer"),
        (b'{"dataframe_records": null}', "no customer"),
        (b'{"dataframe_records": [1]}', "not understood"),
        (b'{"inputs": {"a": [1], "b": []}}', "equally many"),
        (b'{"inputs": {"a": [1], "b": 2}}', "list"),
        (b'{"dataframe_split": {"columns": ["a"], "data": [[1, 2]]}}', "more or fewer"),
        (b'{"dataframe_split": {"columns": ["a", "a"], "data": [[1, 2]]}}', "twice"),
        (b'{"inputs": [{}], "params": {"detail": true}}', "detail"),
        (b'{"inputs": [{"a": ' + b"9" * 5000 + b"}]}", ""),
        (b'{"inputs": [{"a": ' + b"[" * 100_000, "not understood"),
        (b'{"inputs": [{"a": 1}], "' + b"x" * 100_000 + b'": 1}', "not understood"),
        (b"\xff\xfe", "not understood"),
    ],
)
def test_what_is_no_request_is_told_in_a_short_sentence(body: bytes, said: str) -> None:
    try:
        rows, _ = read_invocation(body)
        told = " ".join(find_problems(rows, {"a": ColumnRule(low=0)}))  # a long number is one, and impossible
    except UserError as error:
        told = str(error)
    assert said in told
    assert 10 < len(told) < 1000


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (0, ""), (5, ""), (7.5, ""), (10, ""),
        (None, "is empty"), (float("nan"), "is empty"), (-1, "outside"), (10.1, "outside"), (1e308, "outside"),
        (float("inf"), "outside"), (10**400, "outside"), (True, "no number"), ("5", "no number"), ([5], "no number"),
        ({"a": 1}, "no number"),
    ],
)  # fmt: skip
def test_a_number_is_one_and_possible(value: object, said: str) -> None:
    told = find_problems([{"a": value}], {"a": ColumnRule(low=0, high=10)})
    assert [said in one for one in told] == ([True] if said else [])


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("x", ""),
        ("X", "no category"),
        ("", "no category"),
        (1, "no category"),
        (None, "is empty"),
        (["x"], "no category"),
    ],
)
def test_a_category_is_a_known_one(value: object, said: str) -> None:
    told = find_problems([{"a": value}], {"a": ColumnRule(categories=("x", "y"))})
    assert [said in one for one in told] == ([True] if said else [])


def test_a_column_without_limits_is_limited_all_the_same() -> None:
    assert "(0.05 to 1,000,000,000,000)" in find_problems([{"a": 1e308}], {"a": ColumnRule(low=0.05)})[0]
    assert "is missing" in find_problems([{}], {"a": ColumnRule()})[0]


def test_a_cell_may_be_empty_where_the_column_says_so() -> None:
    rules = {"age": ColumnRule(low=0, missing=True), "city": ColumnRule(categories=("north",), missing=True)}
    assert find_problems([{"age": None, "city": None}, {"age": float("nan"), "city": "north"}], rules) == []
    assert find_problems([{"age": -1, "city": "south"}], rules) != []
    assert find_problems([{"age": 5}], rules) == ["Row 1: city is missing."]


def test_a_host_is_known_however_it_is_written() -> None:
    assert "myserver" in name_hosts("MyServer")
