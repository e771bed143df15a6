"""PromQL as it is written in promontory.yaml: what stands within quotes may hold placeholders, and nothing else.

A release is hostile until shown otherwise, so what is filled in is escaped for the string that it stands in, and behind
``=~`` and ``!~`` for the regular expression, too.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

from promontory.expressions import quoted
from promontory.model import Place
from promontory.options import Target, check_template

# A comment, a string of each sort (the last one without its end), or what is none of these.
_PIECE = re.compile(
    r"""(?P<comment>\#[^\n]*)
    |(?P<string>"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*')
    |(?P<raw>`[^`]*`)
    |(?P<open>["'`])
    |(?P<code>[^"'`\#]+)""",
    re.VERBOSE | re.DOTALL,
)
_HOLDER = re.compile(r"\{(application|environment|release)\}")
_RANGE = re.compile(r"\[\s*((?:[0-9.]+(?:ms|[smhdwy]))+|[0-9.]+)\s*[]:]")
_AMOUNT = re.compile(r"([0-9.]+)(ms|[smhdwy])?")
_SECONDS = {"ms": 0.001, "s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800, "y": 31_536_000, "": 1}
LONGEST_DAYS = 3650


@dataclass(frozen=True)
class _Piece:
    sort: Literal["comment", "string", "raw", "open", "code"]
    text: str
    expression: bool = False


def check_query(query: str) -> str:
    """A ValueError says what is wrong with the quotes and the placeholders; the rest is Prometheus' business."""
    for piece in _pieces(query):
        if piece.sort == "open":
            raise ValueError(f"a quote {piece.text} is not closed")
        if piece.sort == "string":
            check_template(piece.text)
        elif (holder := _HOLDER.search(piece.text)) and piece.sort != "comment":
            where = "within backticks, where nothing can be escaped" if piece.sort == "raw" else "outside of quotes"
            raise ValueError(f'{holder[0]} stands {where}: write it within quotes, as in app="{holder[0]}"')
    return query


def fill_query(query: str, target: Target) -> str:
    return "".join(_filled(piece, target) if piece.sort == "string" else piece.text for piece in _pieces(query))


def longest_range(query: str) -> timedelta:
    """Of the range selectors and subqueries in it, e.g. 5m of ``rate(x[5m])``; zero where there is none."""
    code = "".join(piece.text for piece in _pieces(query) if piece.sort == "code")
    seconds = [sum(_seconds(*amount) for amount in _AMOUNT.findall(found)) for found in _RANGE.findall(code)]
    return timedelta(seconds=min(max(seconds, default=0.0), timedelta(days=LONGEST_DAYS).total_seconds()))


def _seconds(number: str, unit: str) -> float:
    try:
        return float(number) * _SECONDS[unit]
    except ValueError:  # 1.2.3, of which Prometheus will say what it thinks
        return 0.0


def _pieces(query: str) -> list[_Piece]:
    found: list[_Piece] = []
    for match in _PIECE.finditer(query):
        before = next((piece.text.rstrip() for piece in reversed(found) if piece.sort != "comment"), "")
        sort: Literal["comment", "string", "raw", "open", "code"] = match.lastgroup  # type: ignore[assignment]
        found.append(_Piece(sort, match[0], before.endswith(("=~", "!~"))))
    return found


def _filled(piece: _Piece, target: Target) -> str:
    def escaped(text: str) -> str:
        return "".join(map(_escape, quoted(text) if piece.expression else text))

    place = Place(escaped(target.place.application), escaped(target.place.environment))
    return Target(place, escaped(target.release)).fill(piece.text)


def _escape(character: str) -> str:
    if character == "\\":
        return "\\\\"
    if character in "\"'" or not character.isprintable():
        return f"\\U{ord(character):08x}"
    return character
