"""How a file is written, measured on the neighbours of what is to be added: indentation, gaps, quotes.

It renders text and the events that text must parse to; where they go is `editing`'s business.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from collections.abc import Mapping as Pairs
from dataclasses import dataclass, field, replace

from promontory.yamledit.nodes import Collection, Event, Mapping, Node, Scalar, Sequence, last_leaf
from promontory.yamledit.reading import YamlFile, position
from promontory.yamledit.writing import written

PROPERTIES = re.compile(r"(?:[&!]\S*|#[^\n]*|\s+)*")
"""An anchor or a tag in front of a node's content, and what may stand around it."""

_END: Event = ("end",)


@dataclass(frozen=True)
class Inserted:
    """Rendered text (one line in flow style), its events, and what separates it from a sibling before it."""

    lines: tuple[str, ...]
    events: tuple[Event, ...]
    separator: str = ""


@dataclass(frozen=True)
class Quotes:
    """How keys and values are quoted around here (empty is plain): ``values`` by their key, ``value`` any other."""

    key: str = ""
    value: str = ""
    values: Pairs[str, str] = field(default_factory=dict)

    def write(self, item: Pairs[str, str], colon: str) -> Iterator[tuple[str, tuple[Event, ...]]]:
        for key, value in item.items():
            name, key_style = written(key, self.key)
            text, value_style = written(value, self.values.get(key, self.value))
            events = ("scalar", None, None, key_style, key), ("scalar", None, None, value_style, value)
            yield name + colon + text, events

    @classmethod
    def near(cls, file: YamlFile, mapping: Node | None) -> Quotes:
        """As in a mapping nearby, where the last key speaks for new ones; double quotes everywhere in JSON."""
        if file.is_json:
            return cls('"', '"')
        pairs = mapping.pairs if isinstance(mapping, Mapping) else []
        scalars = [(key, value) for key, value in pairs if isinstance(key, Scalar) and isinstance(value, Scalar)]
        quotable = [(key, value) for key, value in scalars if not value.is_block]
        if not quotable:
            return cls()
        key, value = quotable[-1]
        return cls(key.style, value.style, {name.value: it.style for name, it in quotable})


# --- block style -------------------------------------------------------------------------------------


@dataclass(frozen=True)
class BlockStyle:
    """``column`` of the keys or dashes, counted from 0; ``offset`` from a key to the dashes under it."""

    column: int
    quotes: Quotes
    gap: str = " "
    offset: int = 0
    flow_item: FlowStyle | None = None

    def lines(self, item: Pairs[str, str]) -> Inserted:
        """``key: value`` lines."""
        written_pairs = list(self.quotes.write(item, ": "))
        lines = tuple(" " * self.column + line for line, _ in written_pairs)
        return Inserted(lines, tuple(event for _, events in written_pairs for event in events))

    def item(self, item: Pairs[str, str]) -> Inserted:
        """``- key: value`` and the lines under it, or ``- {…}`` among such."""
        dash = " " * self.column + "-" + self.gap
        if self.flow_item:
            rendered = self.flow_item.mapping(item)
            return Inserted((dash + rendered.lines[0],), rendered.events)
        pairs = replace(self, column=len(dash)).lines(item)
        first, *rest = pairs.lines
        return Inserted((dash + first.lstrip(), *rest), (("Mapping", None, None, False), *pairs.events, _END))

    def sequence_at(self, item: Pairs[str, str]) -> Inserted:
        """A whole sequence of one item, to stand under a key in this column."""
        rendered = replace(self, column=self.column + self.offset).item(item)
        return Inserted(rendered.lines, (("Sequence", None, None, False), *rendered.events, _END))

    def sequence_under(self, key: str, item: Pairs[str, str]) -> Inserted:
        name, style = written(key, self.quotes.key)
        rendered = self.sequence_at(item)
        line = " " * self.column + name + ":"
        return Inserted((line, *rendered.lines), (("scalar", None, None, style, key), *rendered.events))


def block_style(file: YamlFile, node: Collection) -> BlockStyle:
    """The style of a block collection, as its own children and the file's other sequences show it."""
    if isinstance(node, Mapping):
        offset, gap = _sequences_elsewhere(file)
        return BlockStyle(_column(file, node.pairs[0][0].start), Quotes.near(file, node), gap, offset)
    last = node.items[-1]
    flow_item = (
        replace(FlowStyle.of(file), item=flow_style(file, last)) if isinstance(last, Mapping) and last.flow else None
    )
    dash = _dash(file, node)
    return BlockStyle(_column(file, dash), Quotes.near(file, last), _gap(file, dash), 0, flow_item)


def below(file: YamlFile, node: Node) -> int:
    """Where the line after ``node``'s last one begins, or the end of a text without a final newline."""
    leaf = last_leaf(node)
    if isinstance(leaf, Scalar) and leaf.is_block and file.text[: leaf.end].endswith("\n"):
        return leaf.end
    newline = file.text.find("\n", leaf.end)
    return len(file.text) if newline < 0 else newline + 1


def _column(file: YamlFile, index: int) -> int:
    return position(file.text, index)[1] - 1


def _dash(file: YamlFile, sequence: Sequence) -> int:
    """The first dash; behind an anchor or a tag, if the sequence has one."""
    if not (sequence.anchor or sequence.tag):
        return sequence.start
    found = PROPERTIES.match(file.text, sequence.start)
    return found.end() if found else sequence.start


def _gap(file: YamlFile, dash: int) -> str:
    found = re.compile(r"-( +)[^\s#]").match(file.text, dash)
    return found[1] if found else " "


def _sequences_elsewhere(file: YamlFile) -> tuple[int, str]:
    """Offset and gap of the file's first block sequence under a key; kustomize's own style where there is none."""
    queue: list[Node] = list(file.documents)
    for node in queue:
        if isinstance(node, Mapping):
            for key, value in node.pairs:
                if isinstance(value, Sequence) and not value.flow:
                    dash = _dash(file, value)
                    return _column(file, dash) - _column(file, key.start), _gap(file, dash)
            queue.extend(value for _, value in node.pairs)
        elif isinstance(node, Sequence):
            queue.extend(node.items)
    return 0, " "


# --- flow style --------------------------------------------------------------------------------------


@dataclass(frozen=True)
class FlowStyle:
    """What stands around the parts of a flow collection: ``{opening key colon value separator … closing}``."""

    quotes: Quotes
    colon: str = ": "
    separator: str = ", "
    opening: str = ""
    closing: str = ""
    item: FlowStyle | None = None

    @classmethod
    def of(cls, file: YamlFile) -> FlowStyle:
        """Where there is nothing to imitate."""
        return cls(Quotes.near(file, None))

    def pair(self, key: str, value: str) -> Inserted:
        ((text, events),) = self.quotes.write({key: value}, self.colon)
        return Inserted((text,), events, self.separator)

    def mapping(self, item: Pairs[str, str]) -> Inserted:
        """``{…}`` as an item: among such, in their style."""
        style = self.item or FlowStyle(self.quotes)
        rendered = list(style.quotes.write(item, style.colon))
        text = "{" + style.opening + style.separator.join(part for part, _ in rendered) + style.closing + "}"
        inner = tuple(event for _, events in rendered for event in events)
        return Inserted((text,), (("Mapping", None, None, True), *inner, _END), self.separator)

    def sequence(self, item: Pairs[str, str]) -> Inserted:
        rendered = self.mapping(item)
        events = (("Sequence", None, None, True), *rendered.events, _END)
        return Inserted((f"[{rendered.lines[0]}]",), events, self.separator)

    def under_key(self, key: str, value: Inserted) -> Inserted:
        name, style = written(key, self.quotes.key)
        events = (("scalar", None, None, style, key), *value.events)
        return Inserted((name + self.colon + value.lines[0],), events, self.separator)


def flow_style(file: YamlFile, node: Collection) -> FlowStyle:
    """The style of a flow collection, as its last children show it."""
    text, opening = file.text, _opening(file, node)
    spans = _spans(node)
    if not spans:
        return FlowStyle.of(file)
    between = text[spans[-2][1] : spans[-1][0]] if len(spans) > 1 else "," + (opening or " ")
    closing = _trailing_space(text[spans[-1][1] : node.end - 1])
    style = FlowStyle(Quotes.near(file, node), ": ", _separator(between), opening, closing)
    if isinstance(node, Mapping):
        return replace(style, colon=_colon(text, node))
    last = node.items[-1]
    return replace(style, item=flow_style(file, last)) if isinstance(last, Mapping) and last.flow else style


def _opening(file: YamlFile, node: Collection) -> str:
    """The white space behind the bracket; nothing where a comment stands there."""
    bracket = "{" if isinstance(node, Mapping) else "["
    found = re.compile(r"\s*(?=[^\s#])").match(file.text, file.text.index(bracket, node.start) + 1)
    return found[0] if found else ""


def _spans(node: Collection) -> list[tuple[int, int]]:
    if isinstance(node, Mapping):
        return [(key.start, value.end) for key, value in node.pairs]
    return [(item.start, item.end) for item in node.items]


def _separator(between: str) -> str:
    """A comma and the white space around it as they stand; without a comment that may stand there too."""
    return between if re.fullmatch(r"\s*,\s*", between) else "," + _trailing_space(between)


def _trailing_space(text: str) -> str:
    return text[len(text.rstrip()) :]


def _colon(text: str, mapping: Mapping) -> str:
    key, value = mapping.pairs[-1]
    found = text[key.end : value.start]
    return found if re.fullmatch(r"\s*:\s*", found) else ": "
