"""The champion over HTTP: the numbers of batch scoring, a sentence for what is no customer, and it stays up."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection
from typing import Any

import pandas as pd
import pytest

from retention.errors import UserError
from retention.registry.scoring import score
from retention.registry.service.predictor import load_predictor

pytestmark = pytest.mark.slow

SERVE = [sys.executable, "-m", "retention", "serve", "--port"]
JSON = {"Content-Type": "application/json"}


@pytest.fixture(scope="module")
def port(shop: Any) -> Iterator[int]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        number = int(free.getsockname()[1])
    process = subprocess.Popen([*SERVE, str(number)], cwd=shop.paths.root, start_new_session=True)
    for _ in range(600):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", number)) == 0:
                break
        assert process.poll() is None, "the server ended"
        time.sleep(0.2)
    yield number
    assert process.poll() is None, "the server ended"
    os.killpg(process.pid, signal.SIGINT)
    assert process.wait(10) == 130


def _ask(port: int, body: bytes, headers: dict[str, str] = JSON, path: str = "/invocations") -> tuple[int, str]:
    connection = HTTPConnection("127.0.0.1", port, timeout=60)
    connection.request("POST", path, body, headers)
    answer = connection.getresponse()
    said = answer.read().decode()
    connection.close()
    return answer.status, said


def _split(frame: pd.DataFrame) -> bytes:
    return json.dumps({"dataframe_split": json.loads(frame.to_json(orient="split", index=False))}).encode()


def _features(customers: pd.DataFrame) -> pd.DataFrame:
    return customers.drop(columns=["month", "customer_id", "declined", "monthly_profit", "unit", "stands_for"])


@pytest.fixture(scope="module")
def customers(shop: Any) -> pd.DataFrame:
    """Customers that the champion did not learn from."""
    known = pd.read_parquet(shop.paths.learnt_probabilities)
    table = pd.read_parquet(shop.paths.learnt)
    return table[(known["part"] == "test").to_numpy()].tail(40).reset_index(drop=True)


@pytest.mark.parametrize(
    ("column", "value", "sentence"),
    [
        ("favourite_category", None, "favourite_category is empty"),
        ("service_level", "golden", "service_level has no category 'golden'"),
        ("tenure_days", None, "tenure_days is empty"),
        ("promo_share", 7.0, "promo_share = 7.0 is outside"),
        ("revenue_current", 1e308, "revenue_current = 1e+308 is outside"),
    ],
)
def test_what_is_no_customer_is_refused(
    port: int, customers: pd.DataFrame, column: str, value: object, sentence: str
) -> None:
    status, said = _ask(port, _split(_features(customers).assign(**{column: value})))
    assert (status, sentence in said) == (400, True), said
    status, said = _ask(port, _split(_features(customers).drop(columns=column)))
    assert (status, f"{column} is missing" in said) == (400, True), said


def test_it_gives_the_numbers_and_the_details_of_batch_scoring(
    port: int, shop: Any, customers: pd.DataFrame, tmp_path: Any
) -> None:
    score(shop.paths.data, tmp_path / "out", shop.settings, shop.paths)
    listed = pd.read_csv(tmp_path / "out" / "segments.csv", keep_default_na=False).set_index("customer_id")
    expected = listed.loc[customers["customer_id"]]
    wanted = customers.drop(columns=["month", "declined", "unit", "stands_for"])
    status, said = _ask(port, _split(wanted), path="/invocations?details=true")
    assert status == 200, said
    answer = json.loads(said)
    assert answer["version"] == 1
    served = pd.DataFrame(answer["predictions"])
    for column in ("decline_probability", "segment", "best_offer"):
        assert served[column].tolist() == expected[column].tolist()
    assert served["customer_id"].tolist() == customers["customer_id"].tolist()
    assert served["reasons"].map(len).gt(0).any()
    whole = _features(customers).assign(tenure_days=600, revenue_current=5000)  # whole numbers are numbers
    assert _ask(port, json.dumps({"instances": whole.to_dict("records")}).encode())[0] == 200


def test_an_offer_does_what_the_campaigns_have_shown(shop: Any, customers: pd.DataFrame) -> None:
    before = shop.paths.effects.read_bytes()
    rows = customers.to_dict("records")
    assert any(one.best_offer for one in load_predictor(shop.settings, shop.paths).describe(rows, [0.9] * len(rows)))
    shown = json.loads(before)
    for known in shown["offers"].values():
        known |= {"status": "measured", "estimate": {"value": -0.1, "low": -0.2, "high": 0.0}}
    try:
        shop.paths.effects.write_text(json.dumps(shown))
        told = load_predictor(shop.settings, shop.paths).describe(rows, [0.9] * len(rows))
    finally:
        shop.paths.effects.write_bytes(before)
    assert not any(one.best_offer for one in told)


def test_what_is_no_request_is_told_in_a_short_sentence(port: int, customers: pd.DataFrame) -> None:
    good = _split(_features(customers).head(1))
    record = json.loads(_features(customers).head(1).to_json(orient="records"))[0]
    seven = json.dumps({"inputs": [{**record, "tenure_days": 7}]})
    odd = json.dumps({"inputs": [{**record, "customer_id": True}]}).encode()
    long = seven.replace('"tenure_days": 7', '"tenure_days": ' + "9" * 5000).encode()
    for status, body, headers in [
        (400, b"", JSON), (400, b"{", JSON), (400, b"[" * 200_000, JSON), (400, b"\xff", JSON), (400, long, JSON),
        (400, odd, JSON),
        (400, good, {}), (400, good, {"Content-Type": "text/csv"}), (400, b"x" * 900_000, JSON),
        (413, b"x" * 10_000_000, JSON), (403, good, {**JSON, "Host": "evil.example"}),
        (403, good, {**JSON, "Host": f"evil.example:{port}"}), (403, good, {**JSON, "Host": "["}),
        (200, good, {**JSON, "Host": "localhost"}),
    ]:  # fmt: skip
        found, said = _ask(port, body, headers)
        assert found == status, (body[:50], headers, said[:300])
        assert len(said) < 2000
        assert status == 200 or json.loads(said)["message"].endswith((".", ")")), said
    assert _ask(port, good, path="/nowhere")[0] == 404
    status, said = _ask(port, good, path="/invocations?details=" + "x" * 5000)
    assert (status, len(said) < 2000) == (400, True)


def test_a_connection_that_says_nothing_is_closed_and_a_slow_one_too(port: int) -> None:
    begun = b"POST /invocations HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
    for sent in (b"", b"POST /invoc", begun, begun + b"Content-Length: 100\r\n\r\n{"):
        with socket.create_connection(("127.0.0.1", port), timeout=20) as connection:
            connection.sendall(sent)
            while connection.recv(1000):  # an answer, then the end; a timeout fails the test
                pass


def test_many_at_once_get_their_own_numbers(port: int, customers: pd.DataFrame) -> None:
    rows = json.loads(
        customers.drop(columns=["month", "declined", "unit", "stands_for", "monthly_profit"]).to_json(orient="records")
    )
    together = json.loads(_ask(port, json.dumps({"dataframe_records": rows}).encode())[1])["predictions"]
    bodies = [json.dumps({"inputs": row}).encode() for row in rows] * 5
    with ThreadPoolExecutor(50) as pool:
        alone = list(pool.map(lambda body: _ask(port, body), bodies))
    assert {status for status, _ in alone} == {200}
    assert [json.loads(said)["predictions"][0] for _, said in alone] == together * 5


def test_the_pages_beside_it(port: int) -> None:
    connection = HTTPConnection("127.0.0.1", port, timeout=20)
    pages = {}
    for path in ("/ping", "/health", "/version", "/docs", "/openapi.json"):
        connection.request("GET", path)
        answer = connection.getresponse()
        assert answer.status == 200
        pages[path] = answer.read().decode()
    connection.close()
    assert json.loads(pages["/version"])["version"] == 1
    assert set(json.loads(pages["/openapi.json"])["paths"]) >= {"/invocations", "/health"}
    assert "https://" not in pages["/docs"]
    assert "<tr><td>monthly_profit</td><td>a number from -1,000,000,000,000 to 1,000,000; needed" in pages["/docs"]
    example = pages["/docs"].partition("-d &#x27;")[2] or pages["/docs"].partition("-d '")[2]
    body = example.partition("'</pre>")[0].replace("&quot;", '"').encode()
    assert _ask(port, body)[0] == 200


def test_a_port_that_is_taken_is_told(port: int, shop: Any) -> None:
    done = subprocess.run([*SERVE, str(port)], cwd=shop.paths.root, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "choose another with --port" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_tampered_champion_is_not_served(shop: Any) -> None:
    file = shop.find_model_file(1)
    content = file.read_bytes()
    file.write_bytes(content + b"x")
    with pytest.raises(UserError, match="sha256"):
        load_predictor(shop.settings, shop.paths)
    file.write_bytes(content)
