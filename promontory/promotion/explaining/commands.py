"""Commands for people to paste: every word quoted for a shell, whatever it holds."""

from __future__ import annotations

import shlex


def command(*words: str) -> str:
    """One line, also where a word has line breaks in it: what cannot be seen must not be pasted."""
    return shlex.join("".join(letter for letter in word if letter.isprintable()) for word in words)
