"""The edits: change scalars, add a key, add an item, remove a key. Each returns the file's new bytes, proven.

What is added is written as its neighbours are (`style`); what is not touched stays, byte for byte.
"""

from __future__ import annotations

from collections.abc import Iterable

from promontory.yamledit.flow_style import FlowStyle, flow_style
from promontory.yamledit.nodes import Alias, Event, Mapping, Node, Scalar, Sequence
from promontory.yamledit.proof import Splice, refuse_shared, refused_alias, spliced
from promontory.yamledit.quotes import Inserted, Item
from promontory.yamledit.reading import YamlFile
from promontory.yamledit.style import PROPERTIES, BlockStyle, below, block_style
from promontory.yamledit.writing import written


def editable(file: YamlFile, node: Node) -> Scalar:
    """``node``, if it is a scalar that can be changed in its place; else raise, saying why it cannot."""
    if isinstance(node, Alias):
        raise refused_alias(file, node)
    if not isinstance(node, Scalar):
        kind = "mapping" if isinstance(node, Mapping) else "sequence"
        raise file.error(node, f"a {kind} stands here, not a single value")
    if node.is_block:
        raise file.error(node, f"a block scalar ({node.style}) is not edited", "write the value on one line")
    return node


def replace(file: YamlFile, changes: Iterable[tuple[Node, str]]) -> bytes:
    """Give scalars new values. Their quotes, anchors and tags stay; quotes are added where they are needed."""
    return spliced(file, [replacement(file, editable(file, node), value) for node, value in changes])


def replacement(file: YamlFile, scalar: Scalar, value: str) -> Splice:
    """The splice that gives one scalar a new value."""
    refuse_shared(file, scalar)
    start = scalar.start
    if (scalar.anchor or scalar.tag) and (properties := PROPERTIES.match(file.text, start, scalar.end)):
        start = properties.end()
    text, style = written(value, '"' if file.is_json else scalar.style)
    event: Event = ("scalar", scalar.anchor, scalar.tag, style, value)
    return Splice(start, scalar.end, _apart(file, start, scalar.end, text), scalar.first, scalar.until, (event,))


def _apart(file: YamlFile, start: int, end: int, text: str) -> str:
    """With a space before it where there was nothing, and it would stand against a colon, a dash or an anchor."""
    return text if end > start or file.text[start - 1 : start].isspace() else " " + text


def add_pair(file: YamlFile, mapping: Mapping, key: str, value: str) -> bytes:
    """Add a key as the last one of a mapping, written as the keys before it."""
    refuse_shared(file, mapping)
    if mapping.flow:
        return spliced(file, [_into_flow(mapping, flow_style(file, mapping).pair(key, value), mapping.pairs)])
    style = block_style(file, mapping)
    return spliced(file, [_below(file, mapping, style.lines({key: value}))])


def add_item(file: YamlFile, sequence: Sequence, item: Item) -> bytes:
    """Add a mapping or a text as the last item of a sequence, written as the item before it."""
    refuse_shared(file, sequence)
    if sequence.flow:
        return spliced(file, [_into_flow(sequence, flow_style(file, sequence).entry(item), sequence.items)])
    style = block_style(file, sequence)
    return spliced(file, [_below(file, sequence, style.item(item))])


def add_sequence(file: YamlFile, mapping: Mapping, key: str | tuple[str, ...], item: Item) -> bytes:
    """Give a mapping a sequence of one item under ``key``, which is missing there or null.

    Several keys are keys of mappings in each other, all of them missing.
    """
    refuse_shared(file, mapping)
    keys = (key,) if isinstance(key, str) else key
    number = mapping.index(keys[0])
    if number >= 0:
        return spliced(file, [_in_place_of_null(file, mapping, mapping.pairs[number], item)])
    if mapping.flow:
        style = flow_style(file, mapping)
        added = style.under_keys(keys, style.sequence(item))
        return spliced(file, [_into_flow(mapping, added, mapping.pairs)])
    block = block_style(file, mapping)
    return spliced(file, [_below(file, mapping, block.sequence_under(keys, item))])


def remove_pair(file: YamlFile, mapping: Mapping, key: str) -> bytes:
    """Remove a key that is not the mapping's first, with its line's comment."""
    refuse_shared(file, mapping)
    number = mapping.index(key)
    name, value = mapping.pairs[number]
    previous = mapping.pairs[number - 1][1]
    if number < 1:
        raise file.error(name, f"{key} is the first key here and cannot be taken away alone")
    start, end = (previous.end, value.end) if mapping.flow else _lines(file, name, value)
    if mapping.flow and "#" in file.text[previous.end : name.start]:
        raise file.error(name, f"a comment stands between {key} and the key before it", "move the comment")
    return spliced(file, [Splice(start, end, "", name.first, value.until, ())])


def _lines(file: YamlFile, name: Node, value: Node) -> tuple[int, int]:
    """The span of the whole lines from ``name`` to ``value``; a file without a final newline stays without."""
    start = file.text.rfind("\n", 0, name.start) + 1
    end = below(file, value)
    if not file.text[:end].endswith("\n"):
        start = len(file.text[:start].removesuffix("\n").removesuffix("\r"))
    return start, end


def _below(file: YamlFile, node: Sequence | Mapping, added: Inserted) -> Splice:
    """Whole lines under the last line of ``node``, which they become a part of."""
    place, text = _new_lines(file, node, added.lines)
    return Splice(place, place, text, node.until - 1, node.until - 1, added.events)


def _new_lines(file: YamlFile, node: Node, lines: tuple[str, ...]) -> tuple[int, str]:
    place = below(file, node)
    before = file.text.rfind("\n", 0, place)
    newline = "\r\n" if file.text[: max(before, 0)].endswith("\r") else "\n"
    if file.text[:place].endswith("\n"):
        return place, "".join(line + newline for line in lines)
    return place, "".join(newline + line for line in lines)


def _into_flow(node: Sequence | Mapping, added: Inserted, children: list[Node] | list[tuple[Node, Node]]) -> Splice:
    """Behind the last child of a flow collection, or just behind the bracket of an empty one."""
    (text,) = added.lines
    last = children[-1] if children else None
    before_end = node.until - 1
    if last is None:
        return Splice(node.end - 1, node.end - 1, text, before_end, before_end, added.events)
    end = (last[1] if isinstance(last, tuple) else last).end
    return Splice(end, end, added.separator + text, before_end, before_end, added.events)


def _in_place_of_null(file: YamlFile, mapping: Mapping, pair: tuple[Node, Node], item: Item) -> Splice:
    name, null = pair
    if mapping.flow or null.end > null.start:
        text = FlowStyle.of(file).sequence(item)
        return Splice(
            null.start, null.end, _apart(file, null.start, null.end, text.lines[0]), null.first, null.until, text.events
        )
    style: BlockStyle = block_style(file, mapping)
    added = style.sequence_at(item)
    place, new_text = _new_lines(file, name, added.lines)
    return Splice(place, place, new_text, null.first, null.until, added.events)
