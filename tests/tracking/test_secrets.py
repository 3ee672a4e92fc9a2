"""Credentials of a server: they reach the server and nothing else, whatever they hold and whatever it answers."""

import base64
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
from typer.main import get_command
from typer.testing import CliRunner

from retention.cli import STAGES, app
from retention.paths import Paths
from retention.simulate import write_shop

from .answering import ECHO, Answer, answering

USER, LEFT, RIGHT, TOKEN = "tellnobody", "sesame", "zbarley", "a-very-secret-token"
PASSWORDS = [f"{LEFT}{mark}{RIGHT}" for mark in ("", "/", "@", ":", "%", "?", "[", "//u:p@h/", "ü ")]
HIDDEN = "/?["  # what ends the user's part of an address, or makes it none
NAMES = ("URI", "USERNAME", "PASSWORD", "TOKEN")
OF_STORE = {
    "publish": [],
    "summary": [],
    "promote": ["--force", "--reason", "because"],
    "rollback": [],
    "history": [],
    "models": [],
    "launch": ["--month", "2026-01"],
    "score": ["data", "--out", "out"],
    "serve": [],
    "ui": [],
}
OTHERS = {
    "params": ["search=quick", "search.n_trials=4", "model=[logistic]", "tracking=server", "explain.resamples=100"],
    "simulate": ["--out", "data", "--customers", "300"],
    "check": ["data"],
    "adopt": ["data", "--name", "one_click"],  # which it refuses: these settings are there
    "campaigns": [],
    "use": ["--sample"],
    "outcomes": ["data/market_file.csv", "--month", "2026-01"],  # which there is no such month for
    "month": ["--month", "2026-01"],  # of which there are no exports
    "forget": ["0"],  # whom nobody knows
    "verify": [],
    **{stage: [] for stage in STAGES if stage != "publish"},
}
REFUSES, FOREIGN, ASKED, STOPPED = "refuses: set MLFLOW", "does not answer as MLflow", "refuses what was", "stopped"
JSON = "application/json"
ANSWERS = {
    "400 of MLflow": (Answer(400, JSON, f'{{"error_code": "BAD_REQUEST", "message": "{ECHO}"}}'), ASKED),
    "400 page": (Answer(400), FOREIGN),
    "401 of MLflow": (Answer(401, JSON, f'{{"error_code": "UNAUTHENTICATED", "message": "{ECHO}"}}'), REFUSES),
    "401 page": (Answer(401, headers={"WWW-Authenticate": "Basic"}), REFUSES),
    "403 page": (Answer(403), REFUSES),
    "404 of MLflow": (Answer(404, JSON, f'{{"error_code": "RESOURCE_DOES_NOT_EXIST", "message": "{ECHO}"}}'), ASKED),
    "404 page": (Answer(404), FOREIGN),
    "404 of another service": (Answer(404, JSON, f'{{"detail": "{ECHO}"}}'), FOREIGN),
    "500 page": (Answer(500), STOPPED),
    "a page": (Answer(200), FOREIGN),
    "another service": (Answer(200, JSON, '{"status": "ok"}'), FOREIGN),
    "other types": (Answer(200, JSON, '{"experiment": 5}'), FOREIGN),
    "redirects for ever": (Answer(302, headers={"Location": "/again"}), FOREIGN),
    "redirect to nowhere": (Answer(302, headers={"Location": "http://127.0.0.1:9/"}), STOPPED),
    "silence": (Answer(200, seconds=3), STOPPED),
}  # fmt: skip
Say = Callable[..., str]


def _address(password: str, host: str = "127.0.0.1:9") -> str:
    return f"http://{USER}:{password}@{host}"


def _list_secrets(password: str) -> list[str]:
    """Return what nobody may see, as it is and as it travels."""
    pairs = [f"{USER}:{password}", USER, password, TOKEN]
    coded = [base64.b64encode(text.encode()).decode().rstrip("=")[:-1] for text in pairs]
    return [USER, LEFT, RIGHT, TOKEN, *coded]


@pytest.fixture
def paths(make: Callable[..., Paths], tmp_path: Path) -> Paths:
    """A project that keeps its runs on a server, with exports to score."""
    made = make(tmp_path / "project", tracking="server")
    write_shop(made.data, customers=100, seed=1, truth=None)
    made.receipt.parent.mkdir()
    made.receipt.write_text("{}")
    return made


@pytest.fixture
def say(
    paths: Paths, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> Iterator[Say]:
    """Run a verb with credentials in the environment; return all that it prints, logs and leaves in files."""
    monkeypatch.chdir(paths.root)
    for name in ("HTTP_REQUEST_MAX_RETRIES", "HTTP_REQUEST_BACKOFF_FACTOR"):
        monkeypatch.setenv(f"MLFLOW_{name}", "0")
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_TIMEOUT", "1")

    def run(verb: str, *words: str, **credentials: str) -> str:
        for name in NAMES:
            monkeypatch.setenv(f"MLFLOW_TRACKING_{name}", "")  # so that it is restored afterwards
            monkeypatch.delenv(f"MLFLOW_TRACKING_{name}")
        for name, value in credentials.items():
            monkeypatch.setenv(f"MLFLOW_TRACKING_{name}", value)
        caplog.clear()
        done = CliRunner().invoke(app, [verb, *words])
        raised = done.exception if done.exception and not isinstance(done.exception, SystemExit) else None
        fault = "".join(traceback.format_exception(raised)) if raised else ""
        return "".join([done.output, fault, caplog.text, *capfd.readouterr()])

    yield run
    capfd.readouterr()


def _read_all(folder: Path) -> bytes:
    return b"".join(str(path).encode() + path.read_bytes() for path in folder.rglob("*") if path.is_file())


def _check(said: str, paths: Paths, password: str) -> None:
    stored = _read_all(paths.root)
    assert not [secret for secret in _list_secrets(password) if secret in said or secret.encode() in stored], said


@pytest.mark.parametrize("password", PASSWORDS)
def test_no_password_is_told_or_stored_however_it_is_given(say: Say, paths: Paths, password: str) -> None:
    given = [
        {"URI": _address(quote(password, safe=""))},
        {"URI": _address(password)},
        {"URI": _address(password).replace("//", "/", 1)},
        {"URI": _address(password), "TOKEN": TOKEN},
        {"URI": "http://127.0.0.1:9", "USERNAME": USER, "PASSWORD": password, "TOKEN": f"{TOKEN}\n"},
        {"URI": "http://127.0.0.1:9", "USERNAME": USER, "PASSWORD": password, "TOKEN": TOKEN},
    ]
    for credentials in given:
        for verb in ("ui", "history"):
            said = say(verb, **credentials)
            _check(said, paths, password)
            assert said.count("\n") == 1, said
    said = say("ui", URI=_address(quote(password, safe="")))
    assert said.startswith("The runs are on the server: http://127.0.0.1:9/#/experiments?")
    refused = any(mark in password for mark in HIDDEN)
    assert ("in a password write" in say("ui", URI=_address(password))) == refused


@pytest.mark.parametrize("address", ["", "sqlite:///x.db", f"http://{USER}@h", f"http://:{LEFT}@h", "http://h:99999"])
def test_an_address_that_is_none_is_one_sentence(say: Say, paths: Paths, address: str) -> None:
    said = say("ui", URI=address)
    _check(said, paths, LEFT)
    assert said.startswith("retention: ")
    assert "MLFLOW_TRACKING_U" in said


@pytest.mark.parametrize("name", ANSWERS)
def test_whatever_a_server_answers_every_verb_says_one_sentence(say: Say, paths: Paths, name: str) -> None:
    answer, sentence = ANSWERS[name]
    password = f"{LEFT}/@{RIGHT}"
    verbs = ("history", "publish") if answer.seconds else OF_STORE.keys() - {"ui"}
    with answering(answer) as host:
        for verb in verbs:
            said = say(verb, *OF_STORE[verb], URI=_address(quote(password, safe=""), host))
            _check(said, paths, password)
            assert said.count("\n") == 1, said
            assert said.startswith("retention: "), said
            assert sentence in said
            assert f"http://{host}" in said
    assert answer.seen <= {f"{USER}:{password}", ""}  # MLflow takes none along to another path of a redirect
    assert f"{USER}:{password}" in answer.seen


def test_a_token_reaches_the_server_and_nobody_else(say: Say, paths: Paths) -> None:
    answer = Answer(404)
    with answering(answer) as host:
        _check(say("models", URI=f"http://{host}", TOKEN=TOKEN), paths, LEFT)
    assert answer.seen == {f"Bearer {TOKEN}"}


@pytest.mark.slow
def test_no_verb_tells_or_stores_credentials(say: Say, paths: Paths, project: Path) -> None:
    paths.conf.symlink_to(project / "conf")
    assert set(getattr(get_command(app), "commands", ())) == {*OF_STORE, *OTHERS}
    answer, password = Answer(500), f"{LEFT}/@{RIGHT}"
    with answering(answer) as host:
        for verb, words in (OTHERS | OF_STORE).items():
            said = say(verb, *words, URI=_address(quote(password, safe=""), host), TOKEN=TOKEN)
            _check(said, paths, password)
            assert "Traceback" not in said, (verb, said)
