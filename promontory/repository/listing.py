"""A directory as Git has it: looked through as a whole, and parsed only where something in it is wanted."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

_FILES = (b"100644", b"100755")


@dataclass(frozen=True)
class Listing:
    """``data`` is the tree object, ``oid_bytes`` how long an id is in it."""

    data: bytes
    oid_bytes: int

    def mentions(self, words: Iterable[str]) -> bool:
        """Whether a name may have one of these in it; where this is False, none has."""
        return any(word.encode("utf-8", "replace") in self.data for word in words)

    def files(self) -> list[tuple[str, str]]:
        """(name, object id) of every file; what is something else is left out."""
        found = _entry(self.oid_bytes).findall(self.data)
        return [(name.decode("utf-8", "surrogateescape"), oid.hex()) for mode, name, oid in found if mode in _FILES]


@lru_cache(maxsize=2)
def _entry(oid_bytes: int) -> re.Pattern[bytes]:
    # As `tree.parse_tree` reads it. Each match begins where the one before it ended, so none begins within an id.
    return re.compile(rb"([0-7]+) ([^\0]+)\0([\s\S]{%d})" % oid_bytes)
