"""What was recorded and is still to be told: a file at the ledger's root, written in the commit that records it.

Who records something and dies before people were told of it leaves it there, and whoever comes next finds it by reading
one small file. Only processes write it that nobody starts again when they die: commands, and runs in a terminal.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Literal

from pydantic import Field, ValidationError

from promontory.change import Moment, Value

UNTOLD_FILE = "untold.json"
# Older news are none, and a file that nobody tidies must not grow.
_LONGEST, _MOST = timedelta(days=1), 200


class Untold(Value):
    """Entries that were recorded together at ``at``: the numbers ``first`` to ``last`` of the ledger.

    ``teller`` is the process that is to tell of them, ``routes`` names those who are to be told: what is configured
    later has not waited for it.
    """

    first: int = Field(ge=1, lt=2**53)
    last: int = Field(ge=1, lt=2**53)
    at: Moment
    teller: str = Field(max_length=64)
    routes: tuple[str, ...] = ()


class _File(Value):
    version: Literal[1] = 1
    untold: tuple[Untold, ...] = ()


def read_untold(content: bytes | None) -> tuple[Untold, ...]:
    """Nothing for what somebody has made of the file."""
    try:
        return _File.model_validate_json(content).untold if content else ()
    except ValidationError:
        return ()


def render_untold(untold: Iterable[Untold], now: datetime) -> bytes:
    fresh = tuple(each for each in untold if now - each.at < _LONGEST)
    return (_File(untold=fresh[-_MOST:]).model_dump_json(indent=2) + "\n").encode()
