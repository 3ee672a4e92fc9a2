"""The process behind `live`: reads batches of trials, a line each, and shows them."""

import json
import os
import sys
from pathlib import Path
from typing import Any, TextIO

from retention.errors import UserError
from retention.tracking.describe.search_run import describe_search_start
from retention.tracking.describe.trial import describe_trial
from retention.tracking.store.backend import check_server, is_server
from retention.tracking.store.fill import put_children
from retention.tracking.store.store import find_or_create, open_store


def show_batches(lines: TextIO) -> None:
    """Show the trials that come as lines of JSON: first where, then a batch a line.

    Raises
    ------
    UserError
        If the store cannot be used.
    """
    where = json.loads(next(lines))
    if is_server(where["uri"]):  # before the seconds that the import of mlflow takes
        check_server(where["uri"], where["timeout"])
    for line in lines:
        _show(where, json.loads(line))


def _show(where: dict[str, Any], rows: list[dict[str, Any]]) -> None:
    study = where["study"]
    trials = [describe_trial(study, row, row.get("seconds")) for row in rows]
    place = where["uri"], Path(where["mlruns"]), where["experiment"]
    with open_store(*place, timeout_seconds=where["timeout"]) as store:
        parent = find_or_create(store, describe_search_start(study))
        put_children(store, parent.info.run_id, trials)


if __name__ == "__main__":
    os.nice(10)  # the search comes first
    try:
        show_batches(sys.stdin)
    except UserError as error:
        sys.stdout.write(str(error))  # for the parent process, which tells the user
        sys.exit(1)
