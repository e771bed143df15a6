"""Turns a name that does not exist into a helpful sentence: the nearest known one, or those that there are."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

SHOWN = 20
"""So many known names are told; a file may have thousands."""


def suggest(name: str, known: Iterable[str]) -> str:
    """`` (did you mean "dev"?)`` where a known name is near, else `` (known: dev, staging)``; empty of none."""
    names = tuple(known)
    near = get_close_matches(name, names, n=1)
    if near:
        return f' (did you mean "{near[0]}"?)'
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return f" (known: {', '.join(names[:SHOWN])}{more})" if names else ""
