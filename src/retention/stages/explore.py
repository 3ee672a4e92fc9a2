"""Stage ``explore``: describe distributions, outliers, associations and leaks."""

from retention.exploration.exploration import explore
from retention.exploration.pictures import draw_pictures
from retention.files import read_artifact, read_table, write_artifact, write_bytes
from retention.paths import Paths
from retention.settings import Settings
from retention.tables.roles import ColumnRoles, build_learnt_schema


def run(settings: Settings, paths: Paths) -> None:
    """Write ``exploration.json`` and the pictures in both languages."""
    roles = read_artifact(paths.columns, ColumnRoles)
    customers = read_table(paths.learnt, build_learnt_schema(roles))
    exploration = explore(customers, roles, settings.explore, settings.seed)
    write_artifact(paths.exploration, exploration)
    for language in ("ru", "en"):
        columns, category = settings.tables.columns, roles.favourite_category
        for name, picture in draw_pictures(exploration, columns, category, language).items():
            write_bytes(paths.exploration_pictures / name, picture)
