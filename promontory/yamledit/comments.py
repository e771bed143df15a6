"""Which comment belongs to a value, by the rules of Go's YAML (go-yaml v3), which Flux and kustomize read with.

The line comment stands behind the value, in flow style also behind the comma that follows it. The head comment
stands on the lines above a value that begins its line, be it an item of a sequence or a value under its key. What
stands above ``key: value`` is a comment of the key. Comments are no events, so they are found in the text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from promontory.yamledit.nodes import Alias, Mapping, Node, Scalar, Sequence
from promontory.yamledit.reading import YamlFile

_LINE = re.compile(r"[ \t]*,?[ \t]*#([^\r\n]*)")
_BLOCK_HEADER = re.compile(r"[^\r\n]*?[|>][-+0-9]*[ \t]+#([^\r\n]*)")
_BEFORE_VALUE = re.compile(r"[ \t]*(?:[-:][ \t]+)?")
_DASH = re.compile(r"-(?:[ \t]+(#.*))?")


@dataclass(frozen=True, slots=True)
class _Leaf:
    """A scalar or an alias. ``role`` is ``key``, ``value`` in a block mapping, ``item`` elsewhere."""

    node: Node
    role: str


def commented(file: YamlFile) -> Iterator[tuple[Scalar, str]]:
    """Every single value that has a comment, in the order of the file, and the comment without its leading ``#``.

    Keys, aliases and what is inside of block scalars have none. Several head comments are one text of several lines.
    """
    for document in file.documents:
        before: _Leaf | None = None
        for leaf in _leaves(document):
            node = leaf.node
            if leaf.role != "key" and isinstance(node, Scalar) and node.end > node.start:
                comment = _line_comment(file.text, node)
                if comment is None and before is not None:
                    comment = _head_comment(file.text, before, node.start)
                if comment is not None:
                    yield node, comment.lstrip("#")
            before = leaf


def _leaves(document: Node) -> Iterator[_Leaf]:
    """In the order of the text."""
    waiting = [(document, "item")]
    while waiting:
        node, role = waiting.pop()
        if isinstance(node, Mapping):
            for key, value in reversed(node.pairs):
                waiting += (value, "item" if node.flow else "value"), (key, "key")
        elif isinstance(node, Sequence):
            waiting += ((item, "item") for item in reversed(node.items))
        elif isinstance(node, Scalar | Alias):
            yield _Leaf(node, role)


def _line_comment(text: str, scalar: Scalar) -> str | None:
    found = _BLOCK_HEADER.match(text, scalar.start) if scalar.is_block else _LINE.match(text, scalar.end)
    return found[1] if found else None


def _head_comment(text: str, before: _Leaf, start: int) -> str | None:
    """Looked for behind the leaf ``before``: what looks like a comment inside of that one is none."""
    end = before.node.end
    if text[end - 1] == "\n":  # so ends a block scalar
        end -= 1
    line = text.rfind("\n", 0, start) + 1
    if line <= end or "#" not in text[end:line] or not _BEFORE_VALUE.fullmatch(text, line, start):
        return None
    lines = text[end:line].split("\n")[1:-1]
    if before.role == "value":  # a comment further in than the next item belongs to the mapping that ends here
        column = _column(text[line:start])
        lines = [found for found in lines if not (found.lstrip().startswith("#") and _column(found) > column)]
    comments = _head_lines(lines, follows_value=before.role != "key")
    return "\n".join(comments) if comments else None


def _column(line: str) -> int:
    return len(line) - len(line.lstrip())


def _head_lines(lines: list[str], *, follows_value: bool) -> list[str]:
    """The comments in these lines, but for those that are the foot of the value before: close to it, apart from us."""
    groups: list[list[str]] = [[]]
    foot = follows_value and bool(lines) and lines[0].lstrip().startswith("#")
    for line in map(str.strip, lines):
        if line.startswith("#"):
            groups[-1].append(line)
        elif dash := _DASH.fullmatch(line):
            groups[-1] += [dash[1]] if dash[1] else []
        elif not line:
            groups.append([])
        else:  # a bracket: what stood above it belongs to the collection
            groups, foot = [[]], False
    ours = groups[1:] if foot and len(groups) > 1 else groups
    return [comment for group in ours for comment in group]
