"""YAML as a person would write it: short mappings on one line, quotes where they are needed, comments on one line."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping

import yaml

from promontory.escaping.plain import in_line

WIDTH = 118
_PLAIN = re.compile(r"[A-Za-z0-9_.][A-Za-z0-9_./@+-]*")


def scalar(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if not isinstance(value, str):
        return str(value)
    if _PLAIN.fullmatch(value) and yaml.safe_load(value) == value:
        return value
    readable = '"' in value and "'" not in value and value.isprintable()
    return f"'{value}'" if readable else json.dumps(value, ensure_ascii=False)


def flow(value: object) -> str:
    """``{kind: directory, path: …}`` and ``[a, b]``."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{scalar(key)}: {flow(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(flow(item) for item in value) + "]"
    return scalar(value)


def pair(key: str, value: object, indent: int, anchor: str = "") -> Iterator[str]:
    """``key: value`` on one line where it fits, else one line for each of its keys."""
    start = f"{' ' * indent}{scalar(key)}:{f' &{anchor}' if anchor else ''}"
    line = f"{start} {flow(value)}"
    if len(line) <= WIDTH or not isinstance(value, Mapping) or not value:
        yield line
        return
    yield start
    for name, item in value.items():
        yield from pair(name, item, indent + 2)


def comment(text: str, indent: int, mark: str = "#") -> Iterator[str]:
    """Wrapped at the width; whatever the text holds, it stays a comment."""
    start = f"{' ' * indent}{mark} "
    following = f"{' ' * indent}#{' ' * len(mark)}"
    line = start
    for word in in_line(text).split(" "):
        if line not in (start, following) and len(line) + len(word) > WIDTH:
            yield line.rstrip()
            line = following
        line += f"{word} "
    yield line.rstrip()
