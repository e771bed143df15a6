"""Globs as gobwas/glob reads them, without separators: `*` crosses `/`.

`*` and `**` are any text, `?` any character, `[abc]` and `[a-z]` one of them, `[!abc]` none of them, `{a,b}` one of
several globs, `\\` takes the next character as it is.
"""

from __future__ import annotations

import re
from functools import lru_cache

from promontory.expressions import compiled, quoted

_LONGEST = 1000
_WILD = {"?": "(?s:.)", "*": "(?s:.*)"}
_RANGE = re.compile(r"\[((?>!?))(?:(.)-(.)|(?!.-)((?:\\.|[^\]\\])+))\]", re.DOTALL)


@lru_cache(maxsize=4096)
def fits(glob: str, name: str) -> bool:
    """A glob that cannot be read fits nothing, as Argo CD only writes that into its log."""
    try:
        return compiled(f"^(?:{_expression(glob)})$").search(name) is not None if glob != "*" else True
    except ValueError:
        return False


def _expression(glob: str) -> str:
    if len(glob) > _LONGEST:
        raise ValueError("is too long")
    parts: list[str] = []
    depth, position = 0, 0
    while position < len(glob):
        letter = glob[position]
        if letter in _WILD:
            parts.append(_WILD[letter])
        elif letter == "[":
            part, position = _range(glob, position)
            parts.append(part)
            continue
        elif letter == "{":
            parts.append("(?:")
            depth += 1
        elif depth and letter in ",}":
            parts.append("|" if letter == "," else ")")
            depth -= letter == "}"
        elif letter == "\\":
            position += 1
            parts.append(quoted(glob[position : position + 1]))
        else:
            parts.append(quoted(letter))
        position += 1
    return "".join(parts) + ")" * depth  # it does not mind braces that are left open


def _range(glob: str, position: int) -> tuple[str, int]:
    """One character of a set, and where the glob goes on."""
    found = _RANGE.match(glob, position)
    if found is None or (found[2] and found[3] < found[2]):
        raise ValueError("has a set that cannot be read")
    if found[2]:
        inside = f"{_in_set(found[2])}-{_in_set(found[3])}"
    else:
        inside = "".join(map(_in_set, re.sub(r"\\(.)", r"\1", found[4], flags=re.DOTALL)))
    return f"[{'^' if found[1] else ''}{inside}]", found.end()


def _in_set(letter: str) -> str:
    return f"\\x{{{ord(letter):x}}}"
