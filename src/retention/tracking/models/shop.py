"""Which shop a model belongs to: the form of its exports, and whether its customers are simulated."""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path

import yaml

from retention.tables.settings import Export

SAMPLE = "sample"


def name_shop(data_dvc: Path, exports: Mapping[str, Export]) -> str:
    """Return ``sample-…`` or ``shop-…`` with a digest of the files and headers of the exports.

    Labels, spellings and what is done with defects are no part of it: a shop that mends them stays the same.

    Parameters
    ----------
    data_dvc : Path
        DVC's pointer to the exports; that of the sample shop names the remote ``sample``.
    exports : mapping of str to Export
        How the exports look.
    """
    form = {name: (one.file, one.headers, sorted(one.months)) for name, one in exports.items()}
    digest = hashlib.sha256(json.dumps(form, sort_keys=True).encode()).hexdigest()
    content = yaml.safe_load(data_dvc.read_text(encoding="utf-8")) if data_dvc.exists() else {}
    simulated = any(output.get("remote") == SAMPLE for output in content.get("outs", []))
    return f"{SAMPLE if simulated else 'shop'}-{digest[:12]}"


def tell_shop(shop: str) -> str:
    """Return what a shop is called in a sentence."""
    if not shop:
        return "tables that it does not name"
    return f"the {'sample shop' if shop.startswith(SAMPLE) else 'tables'} ({shop})"
