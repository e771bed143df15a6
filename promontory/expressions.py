"""Regular expressions as people write them in promontory.yaml, in RE2's syntax, which is Go's.

RE2 takes time in proportion to the text, whatever the expression, where Python's own can take for ever on forty
characters.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Any

LONGEST_PATTERN = 1000
_MEMORY = 1 << 20
_SPECIAL = re.compile(r"[^A-Za-z0-9_]")


@cache
def compiled(pattern: str) -> Any:
    """RE2's compiled expression; a ValueError says what is wrong with the pattern."""
    # re2 is a library of its own that takes a while to load, and few need it.
    import re2

    options = re2.Options()
    options.max_mem = _MEMORY
    options.log_errors = False
    try:
        return re2.compile(pattern, options)
    except re2.error as error:
        told = error.args[0]
        why = told.decode("utf-8", "replace") if isinstance(told, bytes) else str(told)
        raise ValueError(f"is no regular expression of RE2: {why}") from None


def quoted(text: str) -> str:
    """An expression for exactly this text."""
    return _SPECIAL.sub(lambda found: f"\\x{{{ord(found[0]):x}}}" if _unprintable(found[0]) else f"\\{found[0]}", text)


def _unprintable(character: str) -> bool:
    return not (character.isascii() and character.isprintable())
