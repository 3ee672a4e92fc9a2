"""Whether ``best.json`` names one winner or a blend, and of which trials."""

from collections.abc import Mapping
from typing import Any


def is_blend(best: Mapping[str, Any]) -> bool:
    """Return whether a blend of trials takes the winner's place."""
    return bool((best.get("ensemble") or {}).get("kept"))


def tell_members(best: Mapping[str, Any]) -> str:
    """Return the members of the blend as "trial × votes"; nothing if there is one winner."""
    members = best["ensemble"]["members"] if is_blend(best) else []
    return ", ".join(f"trial {member['trial']} × {member['weight']}" for member in members)
