"""The champion over HTTP: the numbers of batch scoring, a sentence for what is no customer, and it stays up."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from typing import Any

import pandas as pd
import pytest

from retention.errors import UserError
from retention.registry.service import describe_columns, prepare_service
from retention.tables.columns import FEATURES

pytestmark = pytest.mark.slow

SERVE = [sys.executable, "-m", "retention", "serve", "--port"]


@pytest.fixture(scope="module")
def shop(make_shop: Callable[..., Any], recipes: dict[str, Any]) -> Any:
    made = make_shop()
    made.fit(recipes["good"])
    made.register()
    return made


@pytest.fixture(scope="module")
def address(shop: Any) -> Iterator[str]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    process = subprocess.Popen([*SERVE, str(port)], cwd=shop.paths.root, start_new_session=True)
    url = f"http://127.0.0.1:{port}"
    try:
        for _ in range(240):
            try:
                urllib.request.urlopen(f"{url}/ping", timeout=2)
                break
            except OSError:
                assert process.poll() is None, "the server ended"
                time.sleep(0.5)
        yield f"{url}/invocations"
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(30)


def _post(address: str, body: bytes) -> tuple[int, str]:
    request = urllib.request.Request(address, body, {"Content-Type": "application/json"})
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def _body(frame: pd.DataFrame) -> bytes:
    return json.dumps({"dataframe_split": json.loads(frame.to_json(orient="split", index=False))}).encode()


def test_it_gives_the_numbers_of_batch_scoring_and_survives_bad_requests(shop: Any, address: str) -> None:
    customers = pd.read_parquet(shop.paths.customers).tail(40)
    known = pd.read_parquet(shop.paths.probabilities).set_index("customer_id").loc[customers["customer_id"]]
    customers, known = customers[(known["part"] == "test").to_numpy()], known[known["part"] == "test"]
    assert len(known) > 5
    frame = customers[list(FEATURES)]
    bad = {
        "favourite_category is empty": frame.assign(favourite_category=None),
        "service_level has no category 'golden'": frame.assign(service_level="golden"),
        "tenure_days is empty": frame.assign(tenure_days=None),
        "promo_share = 7 is outside": frame.assign(promo_share=7.0),
        "missing": frame.drop(columns="tenure_days"),
    }
    for sentence, wrong in bad.items():
        status, said = _post(address, _body(wrong))
        assert (status, sentence in said) == (400, True), said
    for body in (b"{", b'{"rows": []}', b""):
        assert _post(address, body)[0] == 400
    status, said = _post(address, _body(frame))
    assert status == 200, said
    served = [row["decline_probability"] for row in json.loads(said)["predictions"]]
    assert served == known["decline_probability"].tolist()


def test_a_tampered_champion_is_not_served(shop: Any) -> None:
    file = shop.find_model_file(1)
    content = file.read_bytes()
    file.write_bytes(content + b"x")
    with pytest.raises(UserError, match="sha256"):
        prepare_service(shop.settings, shop.paths)
    file.write_bytes(content)


def test_every_column_has_its_rule(shop: Any) -> None:
    columns = describe_columns(shop.settings.tables)
    assert list(columns) == list(FEATURES)
    assert columns["service_level"]["categories"] == ["standard", "premium"]
    assert columns["promo_share"]["high"] == 1
