"""How a block collection is written, measured on the neighbours of what is to be added: indentation and gaps.

It renders text and the events that text must parse to; where they go is `editing`'s business.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from collections.abc import Mapping as Pairs
from dataclasses import dataclass, replace

from promontory.yamledit.flow_style import FlowStyle, flow_style
from promontory.yamledit.nodes import Collection, Mapping, Node, Scalar, Sequence, last_leaf
from promontory.yamledit.quotes import END, Inserted, Item, Quotes
from promontory.yamledit.reading import YamlFile, position
from promontory.yamledit.writing import written

PROPERTIES = re.compile(r"(?:[&!]\S*|#[^\n]*|\s+)*")
"""An anchor or a tag in front of a node's content, and what may stand around it."""


@dataclass(frozen=True)
class BlockStyle:
    """``column`` of the keys or dashes, counted from 0; ``offset`` from a key to dashes under it, ``step`` to keys."""

    column: int
    quotes: Quotes
    gap: str = " "
    offset: int = 0
    flow_item: FlowStyle | None = None
    step: int = 2

    def lines(self, item: Pairs[str, str]) -> Inserted:
        """``key: value`` lines."""
        written_pairs = list(self.quotes.write(item, ": "))
        lines = tuple(" " * self.column + line for line, _ in written_pairs)
        return Inserted(lines, tuple(event for _, events in written_pairs for event in events))

    def item(self, item: Item) -> Inserted:
        """``- text``, or ``- key: value`` and the lines under it, or ``- {…}`` among such."""
        dash = " " * self.column + "-" + self.gap
        if isinstance(item, str):
            text, event = self.quotes.text(item)
            return Inserted((dash + text,), (event,))
        if self.flow_item:
            rendered = self.flow_item.mapping(item)
            return Inserted((dash + rendered.lines[0],), rendered.events)
        pairs = replace(self, column=len(dash)).lines(item)
        first, *rest = pairs.lines
        return Inserted((dash + first.lstrip(), *rest), (("Mapping", None, None, False), *pairs.events, END))

    def sequence_at(self, item: Item) -> Inserted:
        """A whole sequence of one item, to stand under a key in this column."""
        rendered = replace(self, column=self.column + self.offset).item(item)
        return Inserted(rendered.lines, (("Sequence", None, None, False), *rendered.events, END))

    def sequence_under(self, keys: tuple[str, ...], item: Item) -> Inserted:
        """The sequence under a key, which is the last of several in each other."""
        key, *deeper = keys
        name, style = written(key, self.quotes.key)
        rendered = self._mapping_at(tuple(deeper), item) if deeper else self.sequence_at(item)
        line = " " * self.column + name + ":"
        return Inserted((line, *rendered.lines), (("scalar", None, None, style, key), *rendered.events))

    def _mapping_at(self, keys: tuple[str, ...], item: Item) -> Inserted:
        rendered = replace(self, column=self.column + self.step).sequence_under(keys, item)
        return Inserted(rendered.lines, (("Mapping", None, None, False), *rendered.events, END))


def block_style(file: YamlFile, node: Collection) -> BlockStyle:
    """The style of a block collection, as its own children and the file's other sequences show it."""
    if isinstance(node, Mapping):
        offset, gap = _sequences_elsewhere(file)
        column, step = _column(file, node.pairs[0][0].start), _step_elsewhere(file)
        return BlockStyle(column, Quotes.near(file, node), gap, offset, step=step)
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
    for key, value in _pairs(file):
        if isinstance(value, Sequence) and not value.flow:
            dash = _dash(file, value)
            return _column(file, dash) - _column(file, key.start), _gap(file, dash)
    return 0, " "


def _step_elsewhere(file: YamlFile) -> int:
    """How far the file's first block mapping under a key is indented; two columns where there is none."""
    for key, value in _pairs(file):
        if isinstance(value, Mapping) and not value.flow:
            return _column(file, value.pairs[0][0].start) - _column(file, key.start)
    return 2


def _pairs(file: YamlFile) -> Iterator[tuple[Node, Node]]:
    """Every key and its value, those further out first."""
    queue: list[Node] = list(file.documents)
    for node in queue:
        if isinstance(node, Mapping):
            yield from node.pairs
            queue.extend(value for _, value in node.pairs)
        elif isinstance(node, Sequence):
            queue.extend(node.items)
