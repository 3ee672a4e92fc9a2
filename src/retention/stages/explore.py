"""Stage ``explore``: describe distributions, outliers, associations and leaks."""

from retention.exploration.exploration import Roles, explore
from retention.exploration.pictures import Labels, draw_pictures
from retention.files import read_table, write_artifact, write_bytes
from retention.paths import Paths
from retention.settings import Settings
from retention.strict import Language
from retention.tables.columns import CATEGORICAL, CUSTOMERS, ID, NUMERIC, PROFIT, TARGET, TWINS

CATEGORY = "favourite_category"
ROLES = Roles(
    numeric=NUMERIC,
    categorical=CATEGORICAL,
    target=TARGET,
    profit=PROFIT,
    identifier=ID,
    twins=TWINS,
    category=CATEGORY,
    months={
        "before_previous": "revenue_before_previous",
        "previous": "revenue_previous",
        "current": "revenue_current",
    },
)


def run(settings: Settings, paths: Paths) -> None:
    """Write ``exploration.json`` and the pictures in both languages."""
    exploration = explore(read_table(paths.customers, CUSTOMERS), ROLES, settings.explore, settings.seed)
    write_artifact(paths.exploration, exploration)
    for language in ("ru", "en"):
        for name, picture in draw_pictures(exploration, _labels(settings, language), CATEGORY).items():
            write_bytes(paths.exploration_pictures / name, picture)


def _labels(settings: Settings, language: Language) -> Labels:
    columns = settings.tables.columns
    return Labels(
        language,
        column=lambda name: columns[name].label[language],
        value=lambda name, key: columns[name].values[key][language],
    )
