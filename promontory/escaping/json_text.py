"""JSON for programs that people look at, too."""

from __future__ import annotations

import json
from typing import Any


def json_text(document: Any, *, indent: int | None = 2) -> str:
    """The document, with every character that cannot be seen as an escape of JSON's: the same to every reader of it."""
    text = json.dumps(document, indent=indent, ensure_ascii=False)
    if text.isprintable():
        return text
    return "".join(letter if letter.isprintable() or letter == "\n" else _escape(letter) for letter in text)


def _escape(letter: str) -> str:
    """Outside of texts there is nothing to escape: blanks and line breaks are all that is between them."""
    return json.dumps(letter)[1:-1]
