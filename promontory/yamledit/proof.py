"""Performs splices on a file and proves them: the new text is parsed again, and must differ as meant only.

Byte-exactness elsewhere holds by construction (text outside the spans is copied); that the text still *means*
the same elsewhere is what parsing again shows. An edit that cannot be proven is refused, never guessed at.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from promontory.errors import YamlError
from promontory.yamledit.nodes import Event, Node
from promontory.yamledit.reading import YamlFile, encoded, is_json, read_yaml

_REMEDY = "edit this file by hand, or write the place in a simpler style"


@dataclass(frozen=True)
class Splice:
    """Characters ``start:end`` become ``text``; that must turn the events ``first:until`` into ``events``."""

    start: int
    end: int
    text: str
    first: int
    until: int
    events: tuple[Event, ...]


def spliced(file: YamlFile, splices: Iterable[Splice]) -> bytes:
    """The file's new bytes. Raises `YamlError` where more or less than was meant would change."""
    ordered = sorted(splices, key=lambda splice: splice.start)
    text, events = _with(file, ordered)
    content = encoded(file, text)
    if content == encoded(file, file.text):
        return content
    where = ordered[0].start
    try:
        after = read_yaml(content, file.name)
    except YamlError as error:
        raise file.error(where, f"an edit here would break the file ({error.message})", _REMEDY) from None
    if after.events != events or (file.is_json and not is_json(text)):
        raise file.error(where, "an edit here would change more than this place", _REMEDY)
    return content


def _with(file: YamlFile, ordered: Iterable[Splice]) -> tuple[str, tuple[Event, ...]]:
    """The new text, and the events it should have; one pass, since a file may hold thousands of places."""
    texts: list[str] = []
    events: list[Event] = []
    place = number = 0
    for splice in ordered:
        texts += file.text[place : splice.start], splice.text
        events += file.events[number : splice.first]
        events += splice.events
        place, number = splice.end, splice.until
    return "".join((*texts, file.text[place:])), (*events, *file.events[number:])


def refuse_shared(file: YamlFile, node: Node) -> None:
    """Raise where an alias elsewhere would show the edit: it would change places nobody asked to change."""
    for alias in file.aliases:
        anchored = alias.target
        if anchored and anchored.first <= node.first < anchored.until:
            raise file.error(
                node,
                f"&{alias.anchor} is also used by the alias *{alias.anchor} in line {file.line(alias)}, "
                "which an edit here would change too",
                f"write the value out in line {file.line(alias)} instead of *{alias.anchor}",
            )


def refused_alias(file: YamlFile, alias: Node) -> YamlError:
    return file.error(
        alias,
        f"*{alias.anchor} is an alias, and an alias is not edited through",
        f"write the value out here, or point at the place of &{alias.anchor}",
    )
