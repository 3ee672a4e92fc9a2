"""Artifacts on disk: written beside and renamed, so that a reader never meets half a file.

Floats are rounded to `DECIMALS` places: BLAS kernels differ in the last bits, and an artifact must not
(docs/decisions/001-settings-and-stages.md).
"""

import json
import math
import warnings
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from pydantic import BaseModel, ValidationError

from retention.errors import UserError, describe_fault, one_line
from retention.formulas import make_safe, undo_safe
from retention.strict import DIALECTS, Dialect
from retention.table_schema import TableSchema

if TYPE_CHECKING:
    import pandas as pd

DECIMALS = 9
REPRO = "run `dvc repro`"
_WHOLE = "0|-?[1-9][0-9]{0,17}"  # an id that is a number; one that begins with a zero is a text
Artifact = TypeVar("Artifact", bound=BaseModel)


@contextmanager
def hold(lock: Path, busy: str, patience: float = 0) -> Iterator[None]:
    """Hold a lock of the whole machine, waiting `patience` seconds for it.

    Raises
    ------
    UserError
        If another process still has it; it says `busy`.
    """
    from filelock import FileLock, Timeout

    lock.parent.mkdir(parents=True, exist_ok=True)
    with ExitStack() as held:
        try:
            held.enter_context(FileLock(lock, timeout=patience))
        except Timeout:
            raise UserError(busy) from None
        yield


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Yield a path beside `path` to write to; it takes the place of `path` only if the block succeeds.

    Raises
    ------
    UserError
        If the disk is full or the folder takes no file; `path` is then as it was.
    """
    beside = path.with_name(f".{path.name}.partial")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        yield beside
        beside.replace(path)
    except OSError as error:
        raise UserError(describe_fault(error, path)) from None
    finally:
        with suppress(OSError):
            beside.unlink(missing_ok=True)


def write_bytes(path: Path, content: bytes) -> None:
    """Write `content` to `path` atomically."""
    with replacing(path) as beside:
        beside.write_bytes(content)


def write_text(path: Path, content: str) -> None:
    """Write `content` to `path` atomically, in UTF-8 with the line ends that it has."""
    write_bytes(path, content.encode())


def rounded(value: Any) -> Any:
    """Return plain JSON data with every float rounded to `DECIMALS`; NaN and infinities become null."""
    if isinstance(value, BaseModel):
        value = value.model_dump()
    if isinstance(value, dict):
        return {str(key): rounded(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [rounded(item) for item in value]
    if hasattr(value, "item"):  # a numpy scalar
        value = value.item()
    if isinstance(value, float):
        return round(value, DECIMALS) + 0.0 if abs(value) < float("inf") else None
    return value


def write_json(path: Path, content: Any) -> None:
    """Write plain data as indented JSON, keys in the order given, floats rounded."""
    text = json.dumps(rounded(content), ensure_ascii=False, indent=2, allow_nan=False)
    write_text(path, text + "\n")


def _check_there(path: Path, remedy: str) -> None:
    if not path.exists():
        raise UserError(f"{path.name} is missing in {path.parent}: {remedy}.")


def write_artifact(path: Path, content: BaseModel) -> None:
    """Write an artifact's typed model as JSON, keys in the order of its fields, floats rounded."""
    write_json(path, content)


def read_artifact(path: Path, kind: type[Artifact], remedy: str = REPRO) -> Artifact:
    """Read a JSON artifact as the typed model that wrote it.

    Raises
    ------
    UserError
        If the file is missing, is not JSON, or is not what this version of the project writes; `remedy` is what to do.
    """
    _check_there(path, remedy)
    return parse_artifact(path.name, path.read_bytes(), kind, remedy)


def parse_artifact(name: str, content: bytes, kind: type[Artifact], remedy: str = REPRO) -> Artifact:
    """Return the content of a JSON artifact as the typed model that wrote it; what else it may be is a `UserError`."""
    try:
        return kind.model_validate_json(content)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or "the whole file"
        raise UserError(
            f"{name} is not what this version of the project writes ({where}: {first['msg']}): {remedy}."
        ) from None


def read_numbers(path: Path) -> dict[str, float]:
    """Read a JSON file of names and numbers that only informs; one that is missing or damaged holds nothing."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        known = content.items() if isinstance(content, dict) else ()
        return {name: value for name, value in known if type(value) in (int, float) and math.isfinite(value)}
    except (OSError, ValueError, OverflowError, RecursionError):
        return {}


def write_parquet(path: Path, frame: "pd.DataFrame") -> None:
    """Write a frame without its index, its float columns rounded to `DECIMALS`."""
    with replacing(path) as beside:
        frame.round(DECIMALS).to_parquet(beside, index=False)


def render_csv(frame: "pd.DataFrame", dialect: Dialect = "comma", *, header: bool = True) -> str:
    """Return a frame as CSV with Unix line ends: floats rounded, no cell or header a formula (`make_safe`)."""
    from pandas.api.types import is_numeric_dtype

    texts = [name for name in frame.columns if not is_numeric_dtype(frame[name])]
    safe = frame.assign(**{str(name): _make_safe(frame[name]) for name in texts})
    named = safe.rename(columns=lambda name: make_safe(str(name)))
    separator, point = DIALECTS[dialect]
    return named.round(DECIMALS).to_csv(index=False, lineterminator="\n", sep=separator, decimal=point, header=header)


def _make_safe(cells: "pd.Series") -> "pd.Series":
    """Return cells as safe texts; each that occurs is looked at once."""
    made = {cell: make_safe(str(cell)) for cell in cells.dropna().unique()}
    return cells.map(made, na_action="ignore")


def write_csv(path: Path, frame: "pd.DataFrame", dialect: Dialect | None = None) -> None:
    """Write a frame as `render_csv` renders it; with a dialect for a spreadsheet, which needs a mark to see UTF-8."""
    write_bytes(path, render_csv(frame, dialect or "comma").encode("utf-8-sig" if dialect else "utf-8"))


def write_table(path: Path, frame: "pd.DataFrame", schema: TableSchema, dialect: Dialect | None = None) -> None:
    """Write a table that another stage reads, as Parquet or CSV by the ending of `path`; the dialect as `write_csv`.

    Columns that are not what `schema` declares are a ValueError, a mistake in the code, and nothing is written.
    """
    if problem := schema.find_problem(frame):
        raise ValueError(f"{path.name}: {problem}")
    if path.suffix == ".csv":
        write_csv(path, frame, dialect)
    else:
        write_parquet(path, frame)


def read_table(path: Path, schema: TableSchema, remedy: str = REPRO) -> "pd.DataFrame":
    """Read a table that `write_table` wrote.

    Raises
    ------
    UserError
        If it is missing, damaged, or its columns are not what `schema` declares; `remedy` is what to do.
    """
    import pandas as pd

    _check_there(path, remedy)
    try:
        frame = _read_csv(path, schema) if path.suffix == ".csv" else pd.read_parquet(path)
        problem = schema.find_problem(frame)
    except (ValueError, OSError, pd.errors.ParserWarning) as error:  # those of Arrow and of the parsers too
        problem = one_line(error)
    if problem:
        raise UserError(f"{path.name} is not what this version of the project writes ({problem}): {remedy}.")
    return frame


def _read_csv(path: Path, schema: TableSchema) -> "pd.DataFrame":
    """Return what `write_csv` wrote: a text that says NA is a text, and ids are numbers if all are whole ones."""
    import pandas as pd

    with path.open(encoding="utf-8-sig") as file:  # names are of letters, digits and _
        dialect: Dialect = "semicolon" if ";" in file.readline() else "comma"
    separator, point = DIALECTS[dialect]
    names = [str(name) for name in pd.read_csv(path, nrows=0, sep=separator).columns]
    kinds = schema.kinds(names)
    texts = [name for name, kind in kinds.items() if kind in ("text", "id")]
    with warnings.catch_warnings():
        warnings.simplefilter("error", pd.errors.ParserWarning)  # of rows that are wider than the header
        frame = pd.read_csv(
            path,
            sep=separator,
            decimal=point,
            dtype=dict.fromkeys(texts, "str"),
            index_col=False,
            keep_default_na=False,
            na_values={name: [""] for name in names if name not in texts},
        )
    for name in texts:
        frame[name] = frame[name].map(undo_safe)
        if kinds[name] == "id" and len(frame) and frame[name].str.fullmatch(_WHOLE).all():
            frame[name] = frame[name].astype("int64")
    return frame
