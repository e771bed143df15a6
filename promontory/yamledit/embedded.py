"""YAML in YAML: a text of one file that is itself YAML (``elementsYaml: |``), edited in the bytes of the outer file.

The parser has undone indentation, folds and escapes, so a place of the inner text must be found again in the outer
one. All styles keep one thing: the characters that are not white space stand there in the same order. Counting them
leads from the one text to the other; and the outer file, parsed again, must hold exactly the inner text as edited.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from yaml.scanner import Scanner

from promontory.yamledit.editing import editable, replacement
from promontory.yamledit.nodes import Event, Node, Scalar
from promontory.yamledit.proof import Splice, refuse_shared, spliced
from promontory.yamledit.reading import YamlFile, read_yaml
from promontory.yamledit.style import PROPERTIES

_SINGLE = re.compile(r"''|.", re.DOTALL)
_DOUBLE = re.compile(r"\\(?:x.{2}|u.{4}|U.{8}|\r\n|.)|.", re.DOTALL)


@dataclass(frozen=True)
class Embedded:
    """``inner`` is the text of the outer file's ``scalar``, read as a file."""

    outer: YamlFile
    scalar: Scalar
    inner: YamlFile


class _Character(NamedTuple):
    """One character of the inner text, and where the outer one writes it."""

    start: int
    end: int
    text: str


def read_embedded(outer: YamlFile, scalar: Scalar, key: str) -> Embedded:
    """Read a text as YAML; errors inside of it name the outer file, the ``key`` it stands under, and its line."""
    name = f"{outer.name} ({key} in line {outer.line(scalar)})"
    return Embedded(outer, scalar, read_yaml(scalar.value.encode(), name))


def replace_embedded(embedded: Embedded, node: Node, value: str) -> bytes:
    """Give a scalar of the inner file a new value: the outer file's new bytes, proven like every edit."""
    outer, scalar, inner = embedded.outer, embedded.scalar, embedded.inner
    refuse_shared(outer, scalar)
    splice = replacement(inner, editable(inner, node), value)
    after = spliced(inner, [splice]).decode()
    start, end = _span(outer, scalar, inner.text, splice)
    event: Event = ("scalar", scalar.anchor, scalar.tag, scalar.style, after)
    text = _escaped(splice.text, scalar.style)
    return spliced(outer, [Splice(start, end, text, scalar.first, scalar.until, (event,))])


def _span(outer: YamlFile, scalar: Scalar, inner: str, splice: Splice) -> tuple[int, int]:
    """Where the outer text has what the splice replaces; for nothing at all, the place behind what is before it."""
    characters = [character for character in _characters(outer, scalar) if not _is_white(character.text)]
    before, replaced = (_dark(inner[: splice.start]), _dark(inner[splice.start : splice.end]))
    if "".join(character.text for character in characters) != _dark(inner) or not before:
        raise outer.error(scalar, "YAML in this text is not edited", "write it as a block scalar: |")
    if not replaced:
        return characters[len(before) - 1].end, characters[len(before) - 1].end
    return characters[len(before)].start, characters[len(before) + len(replaced) - 1].end


def _is_white(text: str) -> bool:
    return not text or text.isspace()


def _dark(text: str) -> str:
    return "".join(text.split())


def _characters(outer: YamlFile, scalar: Scalar) -> Iterator[_Character]:
    """What the scalar's text in the file stands for, character by character; folded white space may differ."""
    start = scalar.start
    if (scalar.anchor or scalar.tag) and (properties := PROPERTIES.match(outer.text, start, scalar.end)):
        start = properties.end()
    if scalar.style in ("'", '"'):
        pattern = _SINGLE if scalar.style == "'" else _DOUBLE
        for found in pattern.finditer(outer.text, start + 1, scalar.end - 1):
            yield _Character(found.start(), found.end(), _meaning(found[0], scalar.style))
        return
    if scalar.is_block:  # the first line is the indicator, perhaps with a comment
        start = outer.text.index("\n", start)
    yield from (_Character(index, index + 1, outer.text[index]) for index in range(start, scalar.end))


def _meaning(written: str, style: str) -> str:
    if style == "'":
        return written[0]
    if not written.startswith("\\"):
        return written
    if written[1] in Scanner.ESCAPE_CODES:
        return chr(int.from_bytes(bytes.fromhex(written[2:])))
    return Scanner.ESCAPE_REPLACEMENTS.get(written[1], "")  # an escaped line break means nothing


def _escaped(text: str, style: str) -> str:
    if style == "'":
        return text.replace("'", "''")
    return text.replace("\\", "\\\\").replace('"', '\\"') if style == '"' else text
