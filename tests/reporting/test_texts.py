"""Every sentence exists in both languages, is used, and never shows its key."""

import ast
import re
from collections.abc import Iterator
from importlib import resources
from pathlib import Path
from string import Formatter

import pytest

from retention.reporting.language.voice import Voice, load_nouns, load_texts

ROOM = Path(str(resources.files("retention.reporting")))
SOURCES = "\n".join(
    file.read_text(encoding="utf-8") for pattern in ("**/*.py", "**/*.j2") for file in sorted(ROOM.glob(pattern))
)
LITERAL = re.compile(r"""(?:\bt|\bsay)\(\s*["']([a-z0-9_.-]+)["']\s*[,)]""")
COMPUTED = re.compile(r"""\(\s*f?["'](?!retention\.)([a-z_]+\.[a-z_.]*?)(?:\{|["']\s*[~+])""")
HEADS = re.compile(r"""\bheads\(\s*"([a-z_]+)",((?:\s*"[a-z_]+",?)+)""")
GROUP = re.compile(r"""\bname\([a-z_."]+, ["']([a-z_.]+)["']\)""")
CONDITIONAL = re.compile(r"""["']([a-z]+(?:\.[a-z_]+)+)["'] (?:if|else)|else ["']([a-z]+(?:\.[a-z_]+)+)["']""")


def tabulated() -> Iterator[str]:
    """Yield the heads of each table whose columns are declared by key in the function that tabulates them."""
    functions = [
        node
        for file in sorted(ROOM.glob("chapters/*.py"))
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef)
    ]
    for function in functions:
        group = re.search(r"""tabulate\(\s*'([a-z_]+)', (\w+),""", ast.unparse(function))
        for node in ast.walk(function) if group else ():
            if isinstance(node, ast.Assign | ast.AnnAssign):
                target = node.targets[0] if isinstance(node, ast.Assign) else node.target
                value, keys = (target.value, [target.slice]) if isinstance(target, ast.Subscript) else (target, [])
                keys = keys or (node.value.keys if isinstance(node.value, ast.Dict) else [])
                if ast.unparse(value) == group[2]:
                    yield from (f"{group[1]}.head.{ast.literal_eval(key)}" for key in keys)


def used_keys() -> set[str]:
    found = {key for pair in CONDITIONAL.findall(SOURCES) for key in pair if key}
    heads = {f"{group}.head.{key}" for group, keys in HEADS.findall(SOURCES) for key in re.findall('"([a-z_]+)"', keys)}
    return found | heads | set(tabulated()) | set(LITERAL.findall(SOURCES))


def used_groups() -> set[str]:
    texts = [text.ru for text in load_texts().values()]
    named = {place for text in (*texts, SOURCES) for place in re.findall(r"\{[\w.]+:name ([a-z_.]+)\}", text)}
    return set(COMPUTED.findall(SOURCES)) | {f"{group}." for group in (*GROUP.findall(SOURCES), *named)}


def test_every_named_text_exists() -> None:
    assert used_keys() - set(load_texts()) == set()


def test_every_group_of_texts_exists() -> None:
    groups = {prefix for prefix in used_groups() if not any(key.startswith(prefix) for key in load_texts())}
    assert groups == set()


def test_every_text_is_used() -> None:
    prefixes = tuple(used_groups())
    keys = {key.removeprefix("without_money.") for key in load_texts()}
    assert keys <= set(load_texts())
    assert {key for key in keys if not key.startswith(prefixes)} - used_keys() == set()


@pytest.mark.parametrize("key", sorted(load_texts()))
def test_both_languages_say_the_same_things(key: str) -> None:
    text = load_texts()[key]
    assert text.ru.strip() == text.ru != ""
    assert text.en.strip() == text.en != ""
    ru, en = ({(name, how) for _, name, how, _ in Formatter().parse(side) if name} for side in (text.ru, text.en))
    assert ru == en
    assert all(hasattr(Voice, how.split()[0]) for _, how in ru if how)


def test_russian_is_russian_and_english_english() -> None:
    cyrillic = re.compile("[а-яё]", re.IGNORECASE)
    assert [key for key, text in load_texts().items() if cyrillic.search(text.en)] == []
    same = {key for key, text in load_texts().items() if text.ru == text.en}
    terms = ("roc_auc", "vif", "phik", "phik_legend", "quoted", "times", "interval", "vertical", "sides")
    assert {key for key in same if key.rsplit(".", 1)[-1] not in terms and "measure" not in key} == set()


def test_nouns_have_all_forms() -> None:
    for noun in load_nouns().values():
        assert (len(noun["ru"]), len(noun["en"])) == (3, 2)
