"""Fields of a JSON answer: found by dotted path, compared by type, shown safely.

An answer comes from outside: whatever it holds, nothing here raises, and what is shown is short and printable.
"""

from __future__ import annotations

import json
from typing import Annotated, Final

from pydantic import AfterValidator

from promontory.options import check_template

FieldValue = str | bool | int | float | None


def _check_field(value: FieldValue) -> FieldValue:
    return check_template(value) if isinstance(value, str) else value


# As it is written in promontory.yaml: a text may hold placeholders.
FieldText = Annotated[FieldValue, AfterValidator(_check_field)]

SHOWN = 80


class _Missing:
    """Told apart from a JSON null."""


MISSING: Final = _Missing()


def parse(body: bytes) -> object:
    """The JSON document, or `MISSING` where it is none."""
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return MISSING


def lookup(document: object, path: str) -> object:
    """The value at ``a.b.0.c``, or `MISSING`; a key that itself has dots is found, too."""
    if isinstance(document, dict) and path in document:
        return document[path]
    head, dot, rest = path.partition(".")
    inner: object = MISSING
    if isinstance(document, dict):
        inner = document.get(head, MISSING)
    elif isinstance(document, list) and head.isdecimal() and int(head) < len(document):
        inner = document[int(head)]
    return lookup(inner, rest) if dot and inner is not MISSING else inner


def equal(seen: object, wanted: FieldValue) -> bool:
    """Equal, and of the same JSON type: true is not 1, and "1" is not 1."""
    if isinstance(seen, bool) or isinstance(wanted, bool):
        return seen is wanted
    if isinstance(seen, int | float) and isinstance(wanted, int | float):
        return seen == wanted
    return type(seen) is type(wanted) and seen == wanted


def show(value: object) -> str:
    """For a reason: text as it is where it is plain, anything else as JSON on one line, shortened."""
    plain = isinstance(value, str) and value and value.isprintable() and " " not in value
    text = str(value) if plain else json.dumps(value)
    return text if len(text) <= SHOWN else text[: SHOWN - 1] + "…"


def shorten(value: object) -> object:
    """For the evidence: scalars stay what they are, unless they are long."""
    if isinstance(value, bool | float | None):
        return value
    if isinstance(value, str) and len(value) <= SHOWN and value.isprintable():
        return value
    if isinstance(value, int) and abs(value) < 2**63:
        return value
    return show(value)


def sort(value: object) -> str:
    """How people call the type of a JSON value."""
    if value is None:
        return "null"
    names = {bool: "a boolean", int: "a number", float: "a number", str: "a string", dict: "an object", list: "a list"}
    return names[type(value)]
