"""What a YAML file is made of, with the span each part takes up in the text. Knows nothing of editing.

A node also knows which parse events it came from, so that an edit can say "these events change and no
others" and have that proven. Spans count characters of the decoded text, without a byte order mark.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypeAlias

Event: TypeAlias = tuple[object, ...]
"""A parse event without its place: what must be equal before and after an edit, except where it was meant."""


@dataclass(slots=True, eq=False)
class Node:
    """``start:end`` in the text, ``first:until`` in the events; the span begins at an anchor or tag, if any.

    A block collection ends where its last scalar ends, not where the parser notices that it is over.
    """

    start: int
    end: int
    first: int
    until: int
    anchor: str | None = None
    tag: str | None = None


@dataclass(slots=True, eq=False)
class Scalar(Node):
    """``style`` is ``'``, ``"``, ``|`` or ``>``, and empty for a plain one."""

    value: str = ""
    style: str = ""

    @property
    def is_block(self) -> bool:
        return self.style in ("|", ">")

    @property
    def is_null(self) -> bool:
        """Nothing at all, or one of YAML's words for it."""
        return not self.style and not self.tag and self.value in ("", "~", "null", "Null", "NULL")


@dataclass(slots=True, eq=False)
class Alias(Node):
    """A leaf: never followed while parsing, so an alias costs what its text costs."""

    target: Node | None = None


@dataclass(slots=True, eq=False)
class Sequence(Node):
    flow: bool = False
    items: list[Node] = field(default_factory=list)


@dataclass(slots=True, eq=False)
class Mapping(Node):
    flow: bool = False
    pairs: list[tuple[Node, Node]] = field(default_factory=list)

    def index(self, key: str) -> int:
        """Which of the pairs has this key, -1 for none; keys are compared by their text, as JSON would have them."""
        names = enumerate(name for name, _ in self.pairs)
        return next((number for number, name in names if isinstance(name, Scalar) and name.value == key), -1)

    def get(self, key: str) -> Node | None:
        number = self.index(key)
        return self.pairs[number][1] if number >= 0 else None

    @property
    def keys(self) -> tuple[str, ...]:
        return tuple(key.value for key, _ in self.pairs if isinstance(key, Scalar))


Collection: TypeAlias = Sequence | Mapping


def behind_alias(node: Node | None) -> Node | None:
    """What an alias stands for, and any other node as it is: for reading only."""
    return node.target if isinstance(node, Alias) else node


def last_leaf(node: Node) -> Node:
    """The node that ends where ``node`` ends; a flow collection ends itself."""
    while isinstance(node, Sequence | Mapping) and not node.flow:
        node = node.items[-1] if isinstance(node, Sequence) else node.pairs[-1][1]
    return node
