"""What an ApplicationSet's generators make, as far as files say so: list and git file generators, at any depth.

In a matrix every element is looked at by itself: an element that is combined with many others still stands in one
place. In a merge, sets that agree in the merge keys are one set, and the later one counts (Argo CD's rule).
Whatever else makes parameters (clusters, pull requests, plugins) holds no release that could be edited.
"""

from __future__ import annotations

from collections.abc import Iterator

from promontory.change import Files
from promontory.errors import YamlError
from promontory.strategies.elements import Element, ParameterSet, parameter
from promontory.strategies.git_files import git_elements
from promontory.yamledit import (
    Mapping,
    Node,
    Scalar,
    Sequence,
    YamlFile,
    behind_alias,
    read_embedded,
)

_TEMPLATE = "{{"


def parameter_sets(files: Files, file: YamlFile) -> list[ParameterSet]:
    """Of every document of ``file``."""
    reader = _Reader(files, file)
    return [elements for document in file.documents for elements in reader.all_of(_child(document, "spec"))]


class _Reader:
    """Aliases are entered for elements only: an alias may stand inside of what it stands for."""

    def __init__(self, files: Files, file: YamlFile) -> None:
        self.files = files
        self.file = file

    def all_of(self, parent: Node | None) -> list[ParameterSet]:
        """What the ``generators`` of a spec, a matrix or a merge make, one after the other."""
        return [elements for child in self._children(parent) for elements in child]

    def _children(self, parent: Node | None) -> list[list[ParameterSet]]:
        return [list(self._generator(generator)) for generator in _items(_child(parent, "generators"))]

    def _generator(self, generator: Node) -> Iterator[ParameterSet]:
        yield from ((element,) for element in self._listed(_child(generator, "list")))
        yield from ((element,) for element in git_elements(self.files, _child(generator, "git")))
        yield from self.all_of(_child(generator, "matrix"))
        merge = _child(generator, "merge")
        keys = [key.value for key in _items(_child(merge, "mergeKeys")) if isinstance(key, Scalar)]
        yield from _merged(self._children(merge), keys)

    def _listed(self, generator: Node | None) -> Iterator[Element]:
        for item in _items(_child(generator, "elements")):
            if isinstance(element := behind_alias(item), Mapping):
                yield Element(self.file, element, self.file.name)
        text = _child(generator, "elementsYaml")
        if isinstance(text, Scalar):
            yield from self._embedded(text)

    def _embedded(self, scalar: Scalar) -> Iterator[Element]:
        """Elements written as a text. A template makes its elements of other generators': there are none here."""
        try:
            embedded = read_embedded(self.file, scalar, "elementsYaml")
        except YamlError:
            if _TEMPLATE in scalar.value:
                return
            raise
        root = embedded.inner.documents[0] if embedded.inner.documents else None
        if not isinstance(root, Sequence) and _TEMPLATE not in scalar.value:
            raise self.file.error(scalar, "elementsYaml should be a list", "write it as Argo CD reads it")
        for item in _items(root):
            if isinstance(element := behind_alias(item), Mapping):
                yield Element(embedded.inner, element, self.file.name, embedded)


def _merged(children: list[list[ParameterSet]], keys: list[str]) -> list[ParameterSet]:
    """What each child has for the same values of the keys, as one set; what fits nothing stays by itself."""
    if not children:
        return []
    sets = list(children[0])
    for child in children[1:]:
        places = {identity: number for number, elements in enumerate(sets) if (identity := _identity(elements, keys))}
        for elements in child:
            number = places.get(_identity(elements, keys))
            if number is None:
                sets.append(elements)
            else:
                sets[number] += elements
    return sets


def _identity(elements: ParameterSet, keys: list[str]) -> tuple[str, ...]:
    """Empty where one of the keys is missing."""
    values = tuple(text for key in keys if (text := parameter(elements, key)) is not None)
    return values if len(values) == len(keys) else ()


def _child(node: Node | None, key: str) -> Node | None:
    return node.get(key) if isinstance(node, Mapping) else None


def _items(node: Node | None) -> list[Node]:
    return node.items if isinstance(node, Sequence) else []
