"""The model card: what the model is for, what it was made from, how good it is and what it is not good for."""

from collections.abc import Sequence

from retention.estimate import Estimate
from retention.learning.evaluation.evaluation import Group
from retention.strict import Language, Text
from retention.tables.columns import FEATURES
from retention.tracking.describe.provenance import Provenance
from retention.tracking.describe.summaries import Summaries

FILES: dict[Language, str] = {"en": "model_card.md", "ru": "model_card.ru.md"}

_TITLE = Text(
    ru="# retention: вероятность того, что активность клиента снизится",
    en="# retention: the probability that a customer's activity drops",
)
_PURPOSE = Text(
    ru=(
        "## Для чего\n"
        "Выбрать, с кем из постоянных клиентов магазина связаться и что предложить, пока они не стали "
        "покупать меньше; только вместе с согласием клиента. Не для решений против клиента: отказа, цены, "
        "условий."
    ),
    en=(
        "## What it is for\n"
        "To choose which of a shop's regular customers to approach, and with what, before they buy less; "
        "together with their consent only. Not for decisions against a customer: refusals, prices, terms."
    ),
)
_DATA = Text(
    ru=(
        "## Из чего сделана\n"
        "{kept} клиентов из {read} прочитанных (исключено {excluded}, в карантине {quarantined}); версия "
        "данных `{md5}`; на контрольной части из {test} клиентов модель не училась.  \n"
        "{choice}; выбрана из {n_trials} испытаний.  \n"
        "Файл `model.skops`, sha256 `{sha256}`."
    ),
    en=(
        "## What it was made from\n"
        "{kept} customers of {read} that were read ({excluded} excluded, {quarantined} in quarantine); "
        "data version `{md5}`; it did not learn from the {test} test customers.  \n"
        "{choice}; chosen out of {n_trials} trials.  \n"
        "File `model.skops`, sha256 `{sha256}`."
    ),
)
_CHOICE = Text(
    ru="Модель {model}, масштабирование {scaler}, кодирование {encoder}, признаки {features}, параметры {params}",
    en="Model {model}, scaler {scaler}, encoder {encoder}, features {features}, parameters {params}",
)
_INTERFACE = Text(
    ru=(
        "## Что берёт и что даёт\n"
        "Берёт строку на клиента со столбцами {columns}; даёт `decline_probability` — вероятность, "
        "откалиброванную на обучающих клиентах."
    ),
    en=(
        "## Takes and gives\n"
        "Takes one row per customer with {columns}; gives `decline_probability`, a probability calibrated "
        "on the training customers."
    ),
)
_QUALITY = Text(
    ru=(
        "## Насколько хороша\n"
        "На контрольных клиентах, с бутстреп-интервалами. У идеально откалиброванной модели "
        "calibration_slope = 1, calibration_intercept = 0.\n\n"
        "| мера | значение | от | до |\n"
        "|---|---|---|---|"
    ),
    en=(
        "## How good it is\n"
        "On the test customers, with bootstrap intervals. A perfectly calibrated model has "
        "calibration_slope 1 and calibration_intercept 0.\n\n"
        "| measure | value | low | high |\n"
        "|---|---|---|---|"
    ),
)
_GROUPS = Text(
    ru=(
        "## Насколько хороша в группах\n"
        "Те же контрольные клиенты. Калибровка: доля снизивших активность рядом со средней вероятностью. "
        "Внутри сегмента, отобранного по вероятности, ROC-AUC ниже.\n\n"
        "| группа | клиентов | снизили активность | средняя вероятность | ROC-AUC |\n"
        "|---|---|---|---|---|"
    ),
    en=(
        "## How good it is in groups\n"
        "The same test customers. Calibration: the share that declined beside the mean probability. Within "
        "a segment that was chosen by the probability ROC-AUC is lower.\n\n"
        "| group | customers | declined | mean probability | ROC-AUC |\n"
        "|---|---|---|---|---|"
    ),
)
_TOO_FEW = Text(ru="слишком мало", en="too few")
_LIMITS = Text(
    ru="""\
## Пределы
- В выгрузках нет сведений о том, когда отмечена активность относительно признаков; если признак измерен позже метки,
  числа выше завышены.
- Обучена на постоянных клиентах одного магазина за один месяц; другой магазин или сезон требует своего обучения.
- Клиенты с неизвестной категорией или невозможным значением не оцениваются.
- То, что движет оценкой, — связь, а не причина.
""",
    en="""\
## Limits
- The exports do not say when the label was observed relative to the features; if a feature was measured after the
  label, the figures above flatter the model.
- Learned from one shop's regular customers in one month; another shop, or another season, needs its own training.
- Customers with an unknown category or an impossible value are not scored.
- What drives a prediction is an association, not a cause.
""",
)


def render_card(
    content: Summaries,
    provenance: Provenance,
    sha256: str,
    groups: Sequence[tuple[Text, Group]],
    language: Language,
) -> str:
    """Return the model card as Markdown.

    Parameters
    ----------
    content : Summaries
        What the stages found.
    provenance : Provenance
        Of it the data; the commit is not told, since the same model may come from several.
    sha256 : str
        Of the model file.
    groups : sequence of (Text, Group)
        What they are called and how good the model is in groups of the test customers.
    language : {"ru", "en"}
    """
    best, test = content.best, content.evaluation.test
    choice = _CHOICE[language].format(
        model=best.model,
        scaler=best.scaler,
        encoder=best.encoder,
        features=best.features,
        params=", ".join(f"{key}={value}" for key, value in best.params.items()) or "–",
    )
    told = _DATA[language].format(
        **content.quality.customers.model_dump(),
        n_trials=best.n_trials,
        choice=choice,
        md5=provenance.data_md5 or "unknown",
        test=test.support.customers,
        sha256=sha256,
    )
    measures = ((name, one) for name, one in test if isinstance(one, Estimate))
    parts = (
        _TITLE[language],
        _PURPOSE[language],
        told,
        _INTERFACE[language].format(columns=", ".join(f"`{name}`" for name in FEATURES)),
        "\n".join([_QUALITY[language], *(_tell_measure(name, one) for name, one in measures)]),
        "\n".join([_GROUPS[language], *(_tell_group(name, group, language) for name, group in groups)]),
        _LIMITS[language],
    )
    return "\n\n".join(parts)


def _tell_measure(name: str, one: Estimate) -> str:
    return f"| {name} | {one.value:.4f} | {one.low:.4f} | {one.high:.4f} |"


def _tell_group(name: Text, group: Group, language: Language) -> str:
    few = _TOO_FEW[language]
    rate, roc_auc = (
        few if one is None else f"{one.value:.3f} ({one.low:.3f}–{one.high:.3f})"
        for one in (group.observed, group.roc_auc)
    )
    mean = few if group.predicted is None else f"{group.predicted:.3f}"
    return f"| {name[language]} | {group.support} | {rate} | {mean} | {roc_auc} |"
