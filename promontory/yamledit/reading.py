"""Bytes → nodes with spans. Knows nothing of what the keys mean, nor of how an edit is made.

Built on PyYAML's events rather than on its composer: that one replaces an alias by what it stands for
(so it could be edited through by accident), keeps no trace of duplicate keys, and recurses without bound.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

import yaml

from promontory.errors import NotYaml, YamlError
from promontory.yamledit.nodes import Alias, Collection, Event, Mapping, Node, Scalar, Sequence

MAX_BYTES = 10 * 1024 * 1024
MAX_DEPTH = 100
_SMALL = 32 * 1024
MAX_ALIASES = 10_000
_BOM = b"\xef\xbb\xbf"
_LOADER: type[yaml.SafeLoader] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_UNPRINTABLE = re.compile(r"[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True)
class YamlFile:
    """One file, read. ``text`` is without the byte order mark; ``aliases`` are all of them, in order."""

    name: str
    bom: bool
    text: str
    documents: tuple[Node, ...]
    events: tuple[Event, ...]
    aliases: tuple[Alias, ...]

    @cached_property
    def is_json(self) -> bool:
        """JSON is YAML's flow style, but it must stay JSON: what is written into it is always double-quoted."""
        return is_json(self.text)

    def error(self, place: int | Node, message: str, remedy: str = "") -> YamlError:
        """An error at a character of the text, or at a node's first one."""
        index = place.start if isinstance(place, Node) else place
        return error_at(self.name, position(self.text, index), message, remedy)

    def line(self, node: Node) -> int:
        return position(self.text, node.start)[0]


def is_json(text: str) -> bool:
    if not text.lstrip().startswith(("{", "[")):
        return False
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True


def read_yaml(content: bytes, name: str) -> YamlFile:
    """Read a file; ``name`` stands in the errors.

    Raises `NotYaml` for what is not YAML in UTF-8, `YamlError` for what is not safe or plain enough to be edited.
    """
    if len(content) > MAX_BYTES:
        raise YamlError(f"{name} is {len(content) / 1_048_576:.1f} MB: files up to 10 MB are edited", "split the file")
    return _read_again(content, name) if len(content) <= _SMALL else _read(content, name)


@lru_cache(maxsize=2048)
def _read_again(content: bytes, name: str) -> YamlFile:
    """A promotion reads its files several times: to see what runs, to plan, to plan again before the push."""
    return _read(content, name)


def _read(content: bytes, name: str) -> YamlFile:
    bom = content.startswith(_BOM)
    text = _decoded(content[len(_BOM) :] if bom else content, name)
    composer = _Composer(name, text)
    composer.run()
    return YamlFile(name, bom, text, tuple(composer.documents), tuple(composer.events), tuple(composer.aliases))


def encoded(file: YamlFile, text: str) -> bytes:
    """The bytes of a changed text, with the file's byte order mark."""
    return (_BOM if file.bom else b"") + text.encode()


def position(text: str, index: int) -> tuple[int, int]:
    """Line and column of a character, both counted from 1."""
    return text.count("\n", 0, index) + 1, index - text.rfind("\n", 0, index)


def error_at(
    name: str, place: tuple[int, int], message: str, remedy: str = "", *, kind: type[YamlError] = YamlError
) -> YamlError:
    line, column = place
    return kind(f"{name}:{line}:{column}: {message}", remedy, line=line, column=column)


def _decoded(content: bytes, name: str) -> str:
    try:
        text = content.decode()
    except UnicodeDecodeError as error:
        before = content[: error.start].decode()
        place = position(before, len(before))
        raise error_at(name, place, "the file is not UTF-8", "save it as UTF-8", kind=NotYaml) from None
    if found := _UNPRINTABLE.search(text):
        message = f"U+{ord(found[0]):04X} is not allowed in YAML"
        raise error_at(name, position(text, found.start()), message, "is this a text file?", kind=NotYaml)
    return text


class _Composer:
    """Builds the documents from events, without recursion."""

    def __init__(self, name: str, text: str) -> None:
        self.documents: list[Node] = []
        self.events: list[Event] = []
        self.aliases: list[Alias] = []
        self._name = name
        self._text = text
        self._anchors: dict[str, Node] = {}
        self._open: list[tuple[Collection, list[Node]]] = []

    def run(self) -> None:
        handlers: dict[type, Callable[[Any], None]] = {
            yaml.DocumentStartEvent: self._document,
            yaml.ScalarEvent: self._scalar,
            yaml.AliasEvent: self._alias,
            yaml.SequenceStartEvent: self._start,
            yaml.MappingStartEvent: self._start,
            yaml.SequenceEndEvent: self._end,
            yaml.MappingEndEvent: self._end,
        }
        try:
            for event in yaml.parse(self._text, Loader=_LOADER):
                if handler := handlers.get(type(event)):
                    handler(event)
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            place = (mark.line + 1, mark.column + 1) if mark else (1, 1)
            message = f"not YAML: {error.problem or error.context}"
            raise error_at(self._name, place, message, kind=NotYaml) from None
        except yaml.YAMLError as error:
            raise NotYaml(f"{self._name}: not YAML: {error}") from None

    def _document(self, event: Any) -> None:
        self._anchors.clear()
        self.events.append(("document", event.explicit))

    def _scalar(self, event: Any) -> None:
        style = event.style if event.style in ("'", '"', "|", ">") else ""
        number = len(self.events)
        self.events.append(("scalar", event.anchor, event.tag, style, event.value))
        self._add(
            Scalar(
                event.start_mark.index, event.end_mark.index, number, number + 1, event.anchor, event.tag,
                event.value, style,
            )
        )  # fmt: skip

    def _alias(self, event: Any) -> None:
        start, name = event.start_mark.index, event.anchor
        if name not in self._anchors:
            raise self._error(start, f"*{name} refers to no anchor", NotYaml)
        if len(self.aliases) == MAX_ALIASES:
            raise self._error(start, f"more than {MAX_ALIASES} aliases")
        number = len(self.events)
        self.events.append(("alias", name))
        alias = Alias(start, event.end_mark.index, number, number + 1, name, None, self._anchors[name])
        self.aliases.append(alias)
        self._add(alias)

    def _start(self, event: Any) -> None:
        start, number = event.start_mark.index, len(self.events)
        if len(self._open) == MAX_DEPTH:
            raise self._error(start, f"nested deeper than {MAX_DEPTH} levels")
        kind, flow = (Sequence if isinstance(event, yaml.SequenceStartEvent) else Mapping), bool(event.flow_style)
        self.events.append((kind.__name__, event.anchor, event.tag, flow))
        node = kind(start, event.end_mark.index, number, number, event.anchor, event.tag, flow)
        self._add(node)
        self._open.append((node, []))

    def _end(self, event: Any) -> None:
        self.events.append(("end",))
        node, children = self._open.pop()
        node.until = len(self.events)
        node.end = event.end_mark.index if node.flow or not children else children[-1].end
        if isinstance(node, Sequence):
            node.items = children
            return
        node.pairs = list(zip(children[::2], children[1::2], strict=True))
        self._refuse_duplicates(node)

    def _add(self, node: Node) -> None:
        if node.anchor and not isinstance(node, Alias):
            self._anchors[node.anchor] = node
        (self._open[-1][1] if self._open else self.documents).append(node)

    def _refuse_duplicates(self, mapping: Mapping) -> None:
        if len(set(keys := mapping.keys)) == len(keys):
            return
        first: dict[str, Node] = {}
        for key, _ in mapping.pairs:
            if not isinstance(key, Scalar):
                continue
            if key.value in first:
                line = position(self._text, first[key.value].start)[0]
                raise self._error(key.start, f"duplicate key {key.value!r}, first in line {line}")
            first[key.value] = key

    def _error(self, index: int, message: str, kind: type[YamlError] = YamlError) -> YamlError:
        return error_at(self._name, position(self._text, index), message, kind=kind)
