"""One set of parameters as it stands in a file: an element of a list generator, or a file of a git generator."""

from __future__ import annotations

from collections.abc import Mapping as Pairs
from dataclasses import dataclass, field
from functools import cached_property

from promontory.yamledit import (
    Embedded,
    Mapping,
    Node,
    YamlFile,
    parse_path,
    replace,
    replace_embedded,
    text_at,
)


@dataclass(frozen=True)
class Element:
    """``mapping`` of ``file``; where that is embedded in another file, ``embedded`` says how.

    ``path`` is the file in the repository. ``given`` are parameters that the generator adds, such as ``path.basename``.
    """

    file: YamlFile
    mapping: Mapping
    path: str
    embedded: Embedded | None = None
    given: Pairs[str, str] = field(default_factory=dict)

    def text(self, key: str) -> str | None:
        """The parameter ``key``, aliases and merge keys followed; None where it is missing or no single value."""
        return self.given[key] if key in self.given else text_at(self.mapping, self.path_of(key))

    def path_of(self, key: str) -> str:
        """Where ``key`` leads: down the mappings, or to a key that has the dots in its name (``values.env:``)."""
        literal = '"' not in key and key in self._keys
        return f'"{key}"' if literal and len(parse_path(key)) > 1 else key

    def replace(self, node: Node, value: str) -> bytes:
        """The bytes of the file at ``path`` with the scalar at this value."""
        if self.embedded:
            return replace_embedded(self.embedded, node, value)
        return replace(self.file, [(node, value)])

    @property
    def place(self) -> str:
        """For a reader: the file and the line."""
        if not self.embedded:
            return f"{self.path} line {self.file.line(self.mapping)}"
        return f"{self.file.name} line {self.file.line(self.mapping)}"

    @cached_property
    def _keys(self) -> frozenset[str]:
        return frozenset(self.mapping.keys)


ParameterSet = tuple[Element, ...]
"""Elements that make one set of parameters together; of several that have a key, the last one counts."""


def parameter(elements: ParameterSet, key: str) -> str | None:
    return next((text for element in reversed(elements) if (text := element.text(key)) is not None), None)
