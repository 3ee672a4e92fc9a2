"""The sentences of the watch, in both languages."""

from retention.numbers import format_number
from retention.strict import Language, Text

_SENTENCES = {
    "one_month": Text(
        ru="В данных один месяц: сравнивать не с чем.",
        en="There is one month only: nothing to compare it with.",
    ),
    "no_learnt": Text(
        ru="Клиентов, на которых обучена модель, на этом компьютере нет: сравнивать не с чем.",
        en="The customers that the model learnt from are not on this machine: nothing to compare with.",
    ),
    "few": Text(
        ru="Клиентов мало: {learnt} среди изученных и {current} в этом месяце, а нужно хотя бы по {needed}.",
        en="There are too few customers: {learnt} learnt from and {current} of this month, at least {needed} each are "
        "needed.",
    ),
    "one_class": Text(
        ru="Среди изученных клиентов метки одинаковы: качество ожидать не из чего.",
        en="All customers learnt from have the same label: it does not say what quality to expect.",
    ),
    "no_probabilities": Text(
        ru="Вероятностей нет: ожидать качество не из чего.",
        en="There are no probabilities: nothing says what quality to expect.",
    ),
    "expected": Text(
        ru="Ожидаемый ROC-AUC {value} (от {low} до {high}), был {then}.",
        en="ROC-AUC is expected to be {value} ({low} to {high}); it was {then}.",
    ),
    "falls": Text(
        ru="ROC-AUC упадёт: с {then} до {value}, и наверняка хотя бы на {least}.",
        en="ROC-AUC is going to fall: from {then} to {value}, and surely by {least} at least.",
    ),
    "differ": Text(
        ru="Клиенты уже не те, на которых обучена модель: классификатор отличает одних от других с ROC-AUC {roc_auc} "
        "(p = {p}; 0,5 значило бы, что не отличает).",
        en="The customers are not like those learnt from: a classifier tells them apart with a ROC-AUC of {roc_auc} "
        "(p = {p}; 0.5 would mean not at all).",
    ),
    "columns": Text(
        ru="Изменились столбцы: {shifted} из {all}.",
        en="Columns that have changed: {shifted} of {all}.",
    ),
    "alike": Text(
        ru="Клиенты такие же, как те, на которых обучена модель.",
        en="The customers are like those learnt from.",
    ),
}
BLIND = Text(
    ru="Чего так не увидеть: такие же клиенты могли начать вести себя иначе. Это покажут только метки, когда созреют.",
    en="What this cannot see: the same kind of customer may have begun to behave differently. "
    "Only the labels show that, once they have matured.",
)


def say(key: str, **values: float) -> Text:
    """Return the sentence of `key`; whole numbers are shown as such, others with three decimals."""

    def fill(language: Language) -> str:
        shown = {
            name: format_number(value, 0 if isinstance(value, int) else 3, language, padded=True)
            for name, value in values.items()
        }
        return _SENTENCES[key][language].format(**shown)

    return Text(ru=fill("ru"), en=fill("en"))
