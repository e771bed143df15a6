"""YAML text → plain data that remembers where each part stood. Knows nothing of what the keys mean.

Safe by bounds: nesting is counted on the event stream before anything recursive runs (the composer of libyaml
would overflow the stack), and nodes are counted as aliases expand, so a few lines cannot become gigabytes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Protocol

import yaml

from promontory.errors import ConfigurationError, Problem

Path = tuple[str | int, ...]

MAX_BYTES = 1_000_000
MAX_DEPTH = 40
MAX_NODES = 50_000
_LOADER: type[yaml.SafeLoader] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_MERGE = "tag:yaml.org,2002:merge"
_STRING = "tag:yaml.org,2002:str"
# As YAML 1.1 has it, this word is the truth; as a key of promontory.yaml it is itself, as YAML 1.2 has it.
_TEXT_AS_KEY = "on"


@dataclass(frozen=True)
class Spot:
    """Where a value stands (its key, if it has one), and how a scalar that is not text was written."""

    line: int
    column: int
    written: str = ""


@dataclass
class Document:
    """``data`` is made of dict, list and scalars; ``problems`` are those of the YAML itself."""

    file: str
    data: object = None
    spots: dict[Path, Spot] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    def problem(self, path: Path, message: str) -> Problem:
        return problem_at(self.file, self.spots, path, message)


def problem_at(file: str, spots: Mapping[Path, Spot], path: Path, message: str, remedy: str = "") -> Problem:
    """A problem at ``path``, or at the nearest thing around it that is in the file."""
    known = path
    while known and known not in spots:
        known = known[:-1]
    spot = spots.get(known, Spot(1, 1))
    return Problem(file, spot.line, spot.column, dotted(path), message, remedy)


def dotted(path: Path) -> str:
    """``environments.staging.verify[0].url``."""
    text = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path)
    return text.removeprefix(".")


def read_document(text: bytes | str, file: str) -> Document:
    """Raises `ConfigurationError` where there is no way to read on; lesser problems are in the result."""
    node = _compose(_decoded(text, file), file)
    document = Document(file)
    document.data = _Reader(document).value(node, (), node.start_mark)
    return document


class Mark(Protocol):
    """Counts from 0; the two parsers of PyYAML have one type each."""

    line: int
    column: int


def _fatal(file: str, message: str, mark: Mark | None = None) -> ConfigurationError:
    line, column = (mark.line + 1, mark.column + 1) if mark else (0, 0)
    return ConfigurationError([Problem(file, line, column, "", message)])


def _decoded(text: bytes | str, file: str) -> str:
    raw = text.encode("utf-8", "surrogatepass") if isinstance(text, str) else text
    if len(raw) > MAX_BYTES:
        raise _fatal(file, f"the file is larger than {MAX_BYTES:,} bytes")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise _fatal(file, f"not UTF-8 text: byte {error.start} cannot be read") from None


def _compose(text: str, file: str) -> yaml.Node:
    try:
        _check_depth(text, file)
        node = yaml.compose(text, _LOADER)
    except yaml.MarkedYAMLError as error:
        message = " ".join(part for part in (error.context, error.problem) if part)
        raise _fatal(file, f"not valid YAML: {message}", error.problem_mark or error.context_mark) from None
    except yaml.YAMLError as error:
        raise _fatal(file, f"not valid YAML: {str(error).splitlines()[0]}") from None
    if node is None:
        raise _fatal(file, "the file is empty: it needs applications and environments")
    return node


def _check_depth(text: str, file: str) -> None:
    depth = 0
    for event in yaml.parse(text, _LOADER):
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        if depth > MAX_DEPTH:
            raise _fatal(file, f"nested deeper than {MAX_DEPTH} levels", event.start_mark)


def _is_text(key: yaml.ScalarNode) -> bool:
    return key.tag == _STRING or key.value == _TEXT_AS_KEY


class _Reader:
    """Walks the nodes once, expanding aliases and merge keys within the bounds."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.nodes = 0

    def value(self, node: yaml.Node, path: Path, mark: Mark) -> object:
        self._count(node, path)
        written = node.value if isinstance(node, yaml.ScalarNode) and node.tag != _STRING else ""
        self.document.spots[path] = Spot(mark.line + 1, mark.column + 1, written)
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, path)
        if isinstance(node, yaml.SequenceNode):
            return [self.value(item, (*path, index), item.start_mark) for index, item in enumerate(node.value)]
        return self._scalar(node, path)

    def _count(self, node: yaml.Node, path: Path, depth: int = 0) -> None:
        self.nodes += 1
        if len(path) + depth > MAX_DEPTH:
            raise _fatal(self.document.file, "an alias stands inside of what it names", node.start_mark)
        if self.nodes > MAX_NODES:
            raise _fatal(
                self.document.file, f"more than {MAX_NODES:,} values once aliases are expanded", node.start_mark
            )

    def _scalar(self, node: yaml.Node, path: Path) -> object:
        try:
            return yaml.constructor.SafeConstructor().construct_object(node)
        except (yaml.YAMLError, ValueError, ArithmeticError, LookupError, AttributeError):
            self._report(node, path, f"cannot read {str(node.value)[:40]!r} as YAML: if it is text, quote it")
            return None

    def _mapping(self, node: yaml.MappingNode, path: Path) -> dict[str, object]:
        result: dict[str, object] = {}
        for key, value in self._pairs(node, path):
            name = key.value
            if not _is_text(key):
                self._report(key, path, f'the key {name} is not text: quote it: "{name}"')
            elif name in result:
                self._report(key, (*path, name), "this key stands here twice")
            else:
                result[name] = self.value(value, (*path, name), key.start_mark)
        for key, value in self._merged(node, path):
            if _is_text(key) and key.value not in result:
                result[key.value] = self.value(value, (*path, key.value), key.start_mark)
        return result

    def _pairs(self, node: yaml.MappingNode, path: Path) -> Iterator[tuple[yaml.ScalarNode, yaml.Node]]:
        for key, value in node.value:
            if not isinstance(key, yaml.ScalarNode):
                self._report(key, path, "a key must be plain text")
            elif key.tag != _MERGE:
                yield key, value

    def _merged(
        self, node: yaml.MappingNode, path: Path, depth: int = 0
    ) -> Iterator[tuple[yaml.ScalarNode, yaml.Node]]:
        """The pairs that ``<<`` brings in; the mapping's own keys come before them."""
        for key, value in node.value:
            if isinstance(key, yaml.ScalarNode) and key.tag == _MERGE:
                self._count(value, path, depth)
                sources = value.value if isinstance(value, yaml.SequenceNode) else [value]
                for source in sources:
                    yield from self._merged_source(source, path, depth + 1)

    def _merged_source(self, source: yaml.Node, path: Path, depth: int) -> Iterator[tuple[yaml.ScalarNode, yaml.Node]]:
        if isinstance(source, yaml.MappingNode):
            for key, value in self._pairs(source, path):
                self._count(key, path, depth)
                yield key, value
            yield from self._merged(source, path, depth)
        else:
            self._report(source, path, "<< needs a mapping to merge, e.g. an alias of one")

    def _report(self, node: yaml.Node, path: Path, message: str) -> None:
        mark = node.start_mark
        where = dotted(path)
        self.document.problems.append(Problem(self.document.file, mark.line + 1, mark.column + 1, where, message))
