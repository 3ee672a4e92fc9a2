"""A small shop whose verbs are killed at random moments, and what must be there after each kill."""

import random
import shutil
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import yaml

from retention.cli import STAGES
from retention.paths import Paths

from ...forked import Verb

VERBS = [*STAGES, "score", "launch"]
WORDS = {"score": ["score", "data", "--out", "lists"], "launch": ["launch", "--month", "2026-01"]}
PRELOAD = [f"retention.stages.{name}" for name in STAGES]
PRELOAD += ["retention.registry.scoring", "retention.registry.launching", "shap"]
CACHES = ".retention/"  # unfinished batches and how long they took: the seconds differ
UNCOUNTED = (".dvc", "mlruns")
TABLES = ("runs", "model_versions", "logged_models", "registered_model_aliases", "metrics")


class Shop:
    """A finished, published shop in a folder of its own.

    Parameters
    ----------
    finished : Paths
        The shop to copy.
    folder : Path
    stages : mapping
        Of ``dvc.yaml``.
    """

    def __init__(self, finished: Paths, folder: Path, dvc_yaml: Path) -> None:
        shutil.copytree(finished.root, folder)
        self.paths = Paths(folder, folder)
        stages = yaml.safe_load(dvc_yaml.read_text(encoding="utf-8"))["stages"]
        self._outs = {
            name: [next(iter(one)) for one in (*stage["outs"], *stage.get("metrics", []))]
            for name, stage in stages.items()
        }
        for words in (["init", "--no-scm", "-q"], ["add", "-q", "data"]):
            subprocess.run([sys.executable, "-m", "dvc", *words], cwd=folder, check=True)
        for verb in ("publish", "score"):
            self._start(verb).finish()
        self._whole, self._published = self._read_files(), self._count()
        self._seconds = {verb: self._time(verb) for verb in STAGES if verb != "publish"}
        self._seconds |= {"publish": 3.0, "score": self._time("score")}
        assert self._read_files() == self._whole
        self._seconds["launch"] = self._time("launch")
        self._launched = self._read_files()
        self._take_back()

    def kill(self, verbs: Sequence[str], kills: int, seed: int) -> Counter[str]:
        """Kill the verbs in turn until there were so many kills; return how often each was.

        After each kill every file is whole, the former or the new one; after the verb has run again all are as if
        nothing had been, nothing is there twice, and nothing is left over.
        """
        draw, killed = random.Random(seed), Counter[str]()
        while killed.total() < kills:
            for verb in draw.sample(verbs, min(len(verbs), kills - killed.total())):
                self._empty(verb, draw)
                after, process = draw.uniform(0, self._seconds[verb]), self._start(verb)
                time.sleep(after)
                killed[verb] += process.kill()
                self._check(verb, f"{verb}, killed after {after:.2f} s")
        return killed

    def _empty(self, verb: str, draw: random.Random) -> None:
        """Half the time, take away what the verb is to write."""
        if draw.random() < 0.5:
            made = self._outs.get(verb, []) + {"search": [".retention/studies"], "score": ["lists"]}.get(verb, [])
            for name in ["mlruns"] if verb == "publish" else made:
                path = self.paths.root / name
                shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)

    def _check(self, verb: str, when: str) -> None:
        expected = self._launched if verb == "launch" else self._whole
        found = self._read_files()
        if ".data.dvc.former" in found:  # DVC was writing the pointer: the copy is the one that counts
            found["data.dvc"] = found[".data.dvc.former"]
        torn = {
            name
            for name in found.keys() & expected.keys()
            if found[name] not in (expected[name], self._whole.get(name)) and not name.startswith(CACHES)
        }
        assert not torn, f"{when}: {torn}"
        self._start(verb).finish((0, 1) if verb == "launch" else (0,))  # it may have been launched already
        found = self._read_files()
        assert found.keys() == expected.keys(), f"{when}: {found.keys() ^ expected.keys()}"
        differing = [name for name in found if found[name] != expected[name] and not name.startswith(CACHES)]
        assert not differing, f"{when}: {differing}"
        assert self._count() == self._published, when
        if verb == "launch":
            self._take_back()

    def _take_back(self) -> None:
        shutil.rmtree(self.paths.data / "campaigns")
        self.paths.data_dvc.write_bytes(self._whole["data.dvc"])
        (self.paths.root / ".retention" / "data.lock").unlink()

    def _start(self, verb: str) -> Verb:
        return Verb(self.paths, *WORDS.get(verb, [verb]), preload=PRELOAD)

    def _time(self, verb: str) -> float:
        began = time.monotonic()
        self._start(verb).finish()
        return time.monotonic() - began

    def _read_files(self) -> dict[str, bytes]:
        files = [path for path in self.paths.root.rglob("*") if path.is_file()]
        named = {path.relative_to(self.paths.root).as_posix(): path for path in files}
        return {
            name: path.read_bytes()
            for name, path in named.items()
            if not name.startswith(UNCOUNTED) and not name.endswith("durations.json")
        }

    def _count(self) -> tuple[int, ...]:
        with closing(sqlite3.connect(self.paths.mlruns / "mlflow.db")) as store:
            rows = [store.execute(f"select count(*) from {table}").fetchone()[0] for table in TABLES]
        return *rows, sum(path.is_file() for path in (self.paths.mlruns / "artifacts").rglob("*"))
