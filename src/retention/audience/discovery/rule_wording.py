"""What a found rule is called and how it is told, in both languages, made from its conditions."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import get_args

from retention.audience.declared import Noun, Wording
from retention.audience.segments.rules import Rule
from retention.numbers import HARD_SPACE, format_number
from retention.strict import Language, Text, load_texts
from retention.tables.columns import PROBABILITY, PROFIT

WORDS = load_texts("retention.audience.discovery", "words.yaml")
SIGNS = {"below": "<", "at_least": "≥"}
LEVELS = {"below": "low", "at_least": "high"}


@dataclass(frozen=True)
class Speech:
    """How columns and categories are said."""

    wordings: Mapping[str, Wording]  # of every column that a rule may be on
    categories: Mapping[str, Mapping[str, Text]]  # the labels of categorical values


def word_money(unit: Text) -> dict[str, Wording]:
    """Return how profit, in `unit`, and risk are said; features have their wordings in the settings."""
    return {
        PROFIT: Wording(
            says=WORDS["profit_says"],
            noun=Noun(ru=(unit.ru, unit.ru, unit.ru), en=(unit.en, unit.en)),
            short=WORDS["profit"],
            actionable=False,
        ),
        PROBABILITY: Wording(
            says=WORDS["probability_says"], short=WORDS["probability"], percent=True, actionable=False
        ),
    }


def name_key(rules: Sequence[Rule]) -> str:
    """Return the key of a found segment: columns and directions without the bounds.

    The bounds move a little with each month's data. The key stays the same, so that months can be compared.
    """
    parts = ([rule.column, *rule.keys] if rule.test == "any_of" else [LEVELS[rule.test], rule.column] for rule in rules)
    return "_".join(["found", *(name for part in parts for name in part)])


def name_rules(rules: Sequence[Rule], speech: Speech) -> Text:
    """Return a name such as «Страниц за визит < 8, минут в прошлом месяце < 11»."""
    said = {lang: ", ".join(_name_rule(rule, speech, lang) for rule in rules) for lang in get_args(Language)}
    return Text(**{lang: text[:1].upper() + text[1:] for lang, text in said.items()})


def _name_rule(rule: Rule, speech: Speech, language: Language) -> str:
    wording = speech.wordings[rule.column]
    if wording.short is None:
        return _tell_rule(rule, speech, language)
    if rule.test == "any_of":
        return f"{wording.short[language]}: {_label(rule, speech, language)}"
    bound = _show_bound(rule, wording, language)
    return f"{wording.short[language]} {SIGNS[rule.test]}{HARD_SPACE}{bound}"


def tell_rules(rules: Sequence[Rule], speech: Speech) -> Text:
    """Return the rule as a sentence about each of its customers."""
    said = {lang: "; ".join(_tell_rule(rule, speech, lang) for rule in rules) for lang in get_args(Language)}
    return Text(**{lang: f"{WORDS['start'][lang]}: {text}." for lang, text in said.items()})


def _tell_rule(rule: Rule, speech: Speech, language: Language) -> str:
    wording = speech.wordings[rule.column]
    if rule.test == "any_of":
        return wording.says[language].format(value=_label(rule, speech, language))
    shown = _show_bound(rule, wording, language)
    noun = f" {_bend(shown, wording.noun, language)}" if wording.noun else ""
    return wording.says[language].format(value=WORDS[rule.test][language].format(value=shown + noun))


def _bend(shown: str, noun: Noun, language: Language) -> str:
    """Return the noun as it stands after "under" or "at least" and a number; in Russian that is the genitive."""
    if language == "en":
        return noun.en[1]
    ends_with_one = shown.endswith("1") and not shown.endswith("11")
    return noun.ru[1] if ends_with_one or "," in shown else noun.ru[2]


def _show_bound(rule: Rule, wording: Wording, language: Language) -> str:
    """Return a bound with all its decimals: the rule says no more and no less."""
    bound = rule.bound
    exact = f"{bound * 100 if wording.percent else bound:.10g}"
    decimals = len(exact.partition(".")[2])
    return format_number(bound, decimals, language, percent=wording.percent)


def _label(rule: Rule, speech: Speech, language: Language) -> str:
    known = speech.categories.get(rule.column, {})
    return ", ".join(known[key][language] if key in known else key for key in rule.keys)
