"""The model card: what the model is for, what it was made from, how good it is and what it is not good for."""

from collections.abc import Iterable, Sequence
from importlib.resources import files
from string import Template

from retention.estimate import Estimate
from retention.learning.evaluation.evaluation import Group
from retention.strict import Language, Text
from retention.tracking.describe.pipeline_run import Summaries
from retention.tracking.provenance import Provenance

FILES: dict[Language, str] = {"en": "model_card.md", "ru": "model_card.ru.md"}

_TOO_FEW = Text(ru="слишком мало", en="too few")


def render_card(
    content: Summaries,
    provenance: Provenance,
    groups: Sequence[tuple[Text, Group]],
    language: Language,
) -> str:
    """Return the model card as Markdown.

    Of the provenance the data are told, and not the commit, since the same model may come from several. `groups` are
    what groups of the test customers are called, and how good the model is in them.
    """
    best, test = content.best, content.evaluation.test
    measures = [
        f"| {name} | {one.value:.4f} | {one.low:.4f} | {one.high:.4f} |"
        for name, one in test
        if isinstance(one, Estimate)
    ]
    return Template(
        files("retention.tracking.describe").joinpath(FILES[language]).read_text(encoding="utf-8")
    ).substitute(
        content.quality.customers.model_dump(),
        model=best.model,
        scaler=best.scaler,
        encoder=best.encoder,
        features=best.features,
        params=", ".join(f"{key}={value}" for key, value in best.params.items()) or "–",
        n_trials=best.n_trials,
        md5=provenance.data_md5 or "unknown",
        test=test.support.customers,
        sha256=content.sha256,
        columns=_list(content.roles.names),
        missing=_list(content.roles.missing) or "–",
        measures="\n".join(measures),
        groups="\n".join(_tell_group(name, group, language) for name, group in groups),
    )


def _list(columns: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in columns)


def _tell_group(name: Text, group: Group, language: Language) -> str:
    few = _TOO_FEW[language]
    rate, roc_auc = (
        few if one is None else f"{one.value:.3f} ({one.low:.3f}–{one.high:.3f})"
        for one in (group.observed, group.roc_auc)
    )
    mean = few if group.predicted is None else f"{group.predicted:.3f}"
    return f"| {name[language]} | {group.support} | {rate} | {mean} | {roc_auc} |"
