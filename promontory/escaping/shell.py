"""Commands for people to paste: every word quoted for a shell, whatever it holds."""

from __future__ import annotations

import shlex

from promontory.escaping.plain import legible


def command(*words: str) -> str:
    """One line, also where a word has line breaks in it: what cannot be seen must not be pasted."""
    return shlex.join(map(legible, words))
