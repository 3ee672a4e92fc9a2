"""Pollutes a sample shop in every way and counts what became of it: ``python -m tests.tables.pollution.run --help``."""

import argparse
import os
import random
import resource
import sys
import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from . import byte_kinds, cell_kinds, column_kinds, structure_kinds
from .judging import BAD, GOOD, Clean, judge, make_clean
from .sheets import Kind, Sheet, read_sheets

KINDS: list[Kind] = [*byte_kinds.KINDS, *structure_kinds.KINDS, *cell_kinds.KINDS, *column_kinds.KINDS]
MEMORY = 6 << 30
"""Bytes of address space that a process of the big run may have."""
_BATCH = 50
_HEAD = """# What becomes of polluted exports

```sh
{command}
```

The command writes this page. It takes a sample shop, pollutes one of its four files in one of {kinds} ways at a random
row, column or byte (seeded), reads the shop and compares what was read with what the clean files say by a second, plain
reader (columns on a shop of 600 customers, all else on one of 100):

- **refused**: an error in one sentence that names the file, the row and column where there is one, and a remedy.
- **counted**: `quality.json` says what was mended or left out, and every customer who is kept is read as is true.
- **equal**: the customers are read as is true, and there is nothing to say.
- **told**: the file can be read and is not true; a finding names the column that is implausible.
- **unknowable**: the file plainly says something else that is as plausible, and that is what was read. It may happen to
  kinds with † only, listed before: a digit for a digit, cells of a column swapped, a column shuffled.
- **silent** (read otherwise than the file says, or a customer lost without a word), **vague** (a refusal without place
  or remedy), **traceback** and **hang** (20 s) must be 0; a process may use 6 GB of address space.

A column that was shifted is told if it goes with others so clearly that chance cannot be the reason: among the 600
customers of the sample that is seldom so, among the 7,000 of another shop nearly always. One that was
shuffled goes with nothing, which may be true. Digits appended to a number make another number, however many they are.
"""


@dataclass(frozen=True)
class Fault:
    """A variant that ended badly."""

    number: int
    kind: str
    file: str
    outcome: str
    said: str


@cache
def make_shop(customers: int) -> tuple[Clean, dict[str, Sheet]]:
    """Return the clean shop and its sheets, read as the project's settings say."""
    from retention.simulate import write_shop

    declared: dict[str, Any] = yaml.safe_load(Path("params.yaml").read_text(encoding="utf-8"))["tables"]
    with tempfile.TemporaryDirectory() as place:
        write_shop(Path(place), customers=customers, seed=5, truth=None)
        return make_clean(Path(place), declared, "polars"), read_sheets(Path(place), declared["exports"])


def run_variant(number: int, seed: int) -> tuple[Kind, str, str, str]:
    """Return the kind of a variant, its file, its outcome and what was said."""
    kind, rng = KINDS[number % len(KINDS)], random.Random(f"{seed} {number}")
    clean, sheets = make_shop(600 if kind.level == "columns" else 100)
    sheet = rng.choice([one for one in sheets.values() if one.name in kind.tables or not kind.tables])
    spoilt = kind.pollute(sheet, rng)
    backend = "pandas" if rng.random() < 0.1 else "polars"
    return kind, sheet.name, *judge(kind, sheet.name, spoilt, clean, backend)


def run(first: int, last: int, seed: int) -> tuple[Counter[tuple[str, str, str]], list[Fault]]:
    """Count the outcomes of some variants by level, kind and outcome, and list the bad ones."""
    counts: Counter[tuple[str, str, str]] = Counter()
    faults = []
    for number in range(first, last):
        kind, file, outcome, said = run_variant(number, seed)
        counts[kind.level, kind.name, outcome] += 1
        if outcome in BAD:
            faults.append(Fault(number, kind.name, file, outcome, said[:600]))
    return counts, faults


def _limit() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    os.nice(10)


def _run_all(variants: int, seed: int, workers: int) -> Iterator[tuple[Counter[tuple[str, str, str]], list[Fault]]]:
    from multiprocessing import get_context

    with ProcessPoolExecutor(workers, get_context("spawn"), _limit) as pool:
        starts = range(0, variants, _BATCH)
        yield from pool.map(run, starts, [min(start + _BATCH, variants) for start in starts], [seed] * len(starts))


def tabulate(counts: Mapping[tuple[str, str, str], int]) -> Iterator[str]:
    """Yield the lines of a Markdown table: kinds × outcomes, and their sums."""
    names = (*GOOD, *BAD)
    yield "| level | kind | variants | " + " | ".join(names) + " |"
    yield "|---|---|" + "--:|" * (len(names) + 1)
    total: dict[str, int] = defaultdict(int)
    for kind in KINDS:
        own = [counts[kind.level, kind.name, name] for name in names]
        for name, count in zip(names, own, strict=True):
            total[name] += count
        listed = " †" if kind.unknowable else ""
        yield (
            f"| {kind.level} | {kind.name}{listed} | {sum(own):,} | "
            + " | ".join(f"{n:,}" if n else "" for n in own)
            + " |"
        )
    yield f"| | all | {sum(total.values()):,} | " + " | ".join(f"{total[name]:,}" for name in names) + " |"


def render_page(counts: Mapping[tuple[str, str, str], int], command: str) -> str:
    """Return docs/pollution.md."""
    return "\n".join([_HEAD.format(command=command, kinds=len(KINDS)), *tabulate(counts), ""])


def _name_command(variants: int, seed: int) -> str:
    """Return the command that gives the same page; make's own where it is that."""
    if (variants, seed) == (100_000, 1):
        return "make pollution"
    return (
        f"python -m tests.tables.pollution.run --workers 2 --variants {variants} --seed {seed} --out docs/pollution.md"
    )


def main() -> int:
    """Run the variants; 1 if one ended badly."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--variants", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--only", default="", help="kinds with this in their name")
    parser.add_argument("--out", type=Path)
    given = parser.parse_args()
    if given.only:
        KINDS[:] = [kind for kind in KINDS if given.only in kind.name]
    if given.workers == 1:
        parts: Iterator[Any] = iter([run(0, given.variants, given.seed)])
    else:
        parts = _run_all(given.variants, given.seed, given.workers)
    counts: Counter[tuple[str, str, str]] = Counter()
    faults: list[Fault] = []
    for part, found in parts:
        counts += part
        faults += found
    if given.out and not faults:
        given.out.write_text(render_page(counts, _name_command(given.variants, given.seed)), encoding="utf-8")
    sys.stdout.write("\n".join(tabulate(counts)) + "\n")
    for fault in faults[:200]:
        sys.stdout.write(f"{fault}\n")
    return int(bool(faults))


if __name__ == "__main__":
    sys.exit(main())
