"""Settings as a person would write them, with comments; put under ``conf/shop/``, all or nothing."""

import re
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from shutil import rmtree
from tempfile import TemporaryDirectory

import yaml
from pydantic import JsonValue

from retention.errors import UserError

Comments = Mapping[tuple[str, ...], str]  # what is said beside a key, by its path
_WIDE = 130


def write_yaml(content: Mapping[str, JsonValue], comments: Comments, path: tuple[str, ...] = ()) -> str:
    """Return `content` as YAML; what fits on a line and holds neither comments nor mappings of mappings stands on one.

    Comments are by path of keys, one on the empty path stands above everything; `path` is where the content lies in the
    whole.
    """
    lines = [f"# {line}" for line in comments.get((), "").splitlines()] if not path else []
    indent = "  " * len(path)
    for key, value in content.items():
        here = (*path, key)
        said = f"   # {' '.join(comments[here].split())}" if here in comments else ""
        start = f"{indent}{_dump(key)}:"
        flat = f"{start} {_dump(value)}"
        within = any(other[: len(here)] == here and other != here for other in comments)
        deep = isinstance(value, dict) and any(isinstance(item, dict) for item in value.values())
        if isinstance(value, dict) and value and (within or not path or len(flat) > _WIDE or deep):
            lines += [start + said, write_yaml(value, comments, here).rstrip("\n")]
        else:
            lines.append(flat + said)
    return "\n".join(lines) + "\n"


def _dump(value: JsonValue) -> str:
    dumped: str = yaml.safe_dump([value], default_flow_style=True, width=1 << 30, allow_unicode=True, sort_keys=False)
    return dumped.strip()[1:-1].replace("${", "\\${")  # interpolation is the composer's; a text with its sign is a text


def check_name(conf: Path, name: str, force: bool) -> None:
    """Refuse a name that no settings can have, or that other settings have, unless they may be overwritten.

    Raises
    ------
    UserError
        With what to do.
    """
    if not re.fullmatch(r"[a-z][a-z0-9_]*", name):
        raise UserError(f'--name "{name}" must be small Latin letters, digits and _, a letter first, such as my_shop.')
    taken = [path for path in (conf / "shop" / name, conf / "shop" / f"{name}.yaml") if path.exists()]
    if taken and not force:
        raise UserError(f"{taken[0]} is there already: choose another --name, or overwrite it by --force.")


def write_shop(files: Mapping[str, str], conf: Path, name: str) -> None:
    """Write the files of a shop under ``conf/shop/``, all or nothing; if that fails, what stood there is put back."""
    shops = conf / "shop"
    shops.mkdir(parents=True, exist_ok=True)
    for killed in shops.glob(f".{name}.*/"):
        rmtree(killed)
    with TemporaryDirectory(prefix=f".{name}.", dir=shops) as room, ExitStack() as undo:
        made, former = Path(room, "made"), Path(room, "former")
        former.mkdir()
        (made / name).mkdir(parents=True)
        for file, text in files.items():
            (made / file).write_text(text, encoding="utf-8")
        for item in (name, f"{name}.yaml"):
            if (shops / item).exists():
                (shops / item).rename(former / item)
                undo.callback((former / item).rename, shops / item)
            (made / item).rename(shops / item)
            undo.callback((shops / item).rename, made / item)
        undo.pop_all()
