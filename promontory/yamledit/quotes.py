"""What is to be written, rendered: text, the events it must parse to, and quotes as they are around here."""

from __future__ import annotations

from collections.abc import Iterator
from collections.abc import Mapping as Pairs
from dataclasses import dataclass, field
from typing import TypeAlias

from promontory.yamledit.nodes import Event, Mapping, Node, Scalar
from promontory.yamledit.reading import YamlFile
from promontory.yamledit.writing import written

Item: TypeAlias = Pairs[str, str] | str
"""What can be added to a sequence: a mapping of texts, or a text."""

END: Event = ("end",)


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

    def text(self, value: str) -> tuple[str, Event]:
        text, style = written(value, self.value)
        return text, ("scalar", None, None, style, value)

    @classmethod
    def near(cls, file: YamlFile, mapping: Node | None) -> Quotes:
        """As in a mapping nearby, where the last key speaks for new ones; double quotes everywhere in JSON."""
        if file.is_json:
            return cls('"', '"')
        if isinstance(mapping, Scalar) and not mapping.is_block:
            return cls("", mapping.style)
        pairs = mapping.pairs if isinstance(mapping, Mapping) else []
        scalars = [(key, value) for key, value in pairs if isinstance(key, Scalar) and isinstance(value, Scalar)]
        quotable = [(key, value) for key, value in scalars if not value.is_block]
        if not quotable:
            return cls()
        key, value = quotable[-1]
        return cls(key.style, value.style, {name.value: it.style for name, it in quotable})
