"""Paths into a YAML file: ``image.tag``, ``spec.containers[0].image``, ``env[name=VERSION].value``, ``a."b.c".d``.

A step that leads through an alias or a merge key is an error that names it: what stands there is written
elsewhere, and changing it would change other places.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from promontory.suggestion import suggest
from promontory.yamledit.nodes import Alias, Mapping, Node, Scalar, Sequence, behind_alias
from promontory.yamledit.proof import refused_alias
from promontory.yamledit.reading import YamlFile

_STEP = re.compile(
    r"""\[(?P<index>\d+)\]
    | \[(?P<field>[^\[\]="']+)=(?P<wanted>"[^"]*"|'[^']*'|[^\[\]"']+)\]
    | (?P<dot>\.)?(?P<key>"[^"]*"|'[^']*'|[^.\[\]"']+)""",
    re.VERBOSE,
)
_HELP = 'write image.tag, containers[0].image, env[name=VERSION].value or a."b.c".d'


@dataclass(frozen=True)
class Selector:
    """The item of a sequence whose ``field`` is ``value``."""

    field: str
    value: str


Step = str | int | Selector


@dataclass(frozen=True)
class _Missing:
    """How far a path leads, and what is not there."""

    depth: int
    node: Node
    message: str


def parse_path(text: str) -> tuple[Step, ...]:
    """The steps of a path; a ValueError that says how to write one."""
    steps: list[Step] = []
    place = 0
    while place < len(text):
        found = _STEP.match(text, place)
        # Keys are separated by exactly one dot; a bracket needs none.
        if not found or (found["key"] is not None and bool(found["dot"]) is not bool(steps)):
            raise ValueError(f"{text!r} is not a path into a YAML file, at character {place + 1}: {_HELP}")
        steps.append(_step(found))
        place = found.end()
    if not steps:
        raise ValueError(f"the path is empty: {_HELP}")
    return tuple(steps)


def _step(found: re.Match[str]) -> Step:
    if found["index"] is not None:
        return int(found["index"])
    if found["field"] is not None:
        return Selector(found["field"].strip(), _unquoted(found["wanted"]))
    return _unquoted(found["key"])


def _unquoted(text: str) -> str:
    return text[1:-1] if text[0] in "\"'" else text


def find(file: YamlFile, path: str, below: Node | None = None) -> Node:
    """The one node at ``path``, in whichever document has it or ``below`` a node of the file.

    Raises `YamlError` for none and for several.
    """
    found = _reached(file, path, parse_path(path), below)
    if isinstance(found, _Missing):
        raise file.error(found.node, f"no {path} here: {found.message}")
    return found


def holder(file: YamlFile, path: str, below: Node | None = None) -> Node | None:
    """The node that holds what is at ``path``; None where that is a document. Raises `YamlError` like `find`."""
    steps, node = parse_path(path), find(file, path, below)
    roots = [below] if below else file.documents
    walked = (_walk(file, root, steps[:-1]) for root in roots if _walk(file, root, steps) is node)
    return next((parent for parent in walked if not isinstance(parent, _Missing)), None)


def reach(file: YamlFile, path: str) -> tuple[Node, tuple[Step, ...]]:
    """How far ``path`` leads: the node there, and the steps that are missing. Raises `YamlError` like `find`."""
    steps = parse_path(path)
    found = _reached(file, path, steps, None)
    return (found.node, steps[found.depth :]) if isinstance(found, _Missing) else (found, ())


def text_at(node: Node, path: str) -> str | None:
    """The text that a reader of the file finds at ``path`` below ``node``: aliases and merge keys are followed.

    None where there is no single value. For looking only: `find` is what leads to a place that can be edited.
    """
    here: Node | None = node
    for step in parse_path(path):
        here = _seen(behind_alias(here), step)
    value = behind_alias(here)
    return value.value if isinstance(value, Scalar) else None


def _reached(file: YamlFile, path: str, steps: tuple[Step, ...], below: Node | None) -> Node | _Missing:
    results = [_walk(file, root, steps) for root in ([below] if below else file.documents)]
    nodes = [result for result in results if not isinstance(result, _Missing)]
    if len(nodes) > 1:
        lines = ", ".join(str(file.line(node)) for node in nodes)
        remedy = "choose one with document:, or keep each in a file of its own"
        raise file.error(nodes[1], f"several documents have {path} (lines {lines})", remedy)
    if nodes:
        return nodes[0]
    missing = max((result for result in results if isinstance(result, _Missing)), key=lambda it: it.depth, default=None)
    if missing is None:
        raise file.error(0, f"the file is empty, so it has no {path}")
    return missing


def _walk(file: YamlFile, node: Node, steps: tuple[Step, ...]) -> Node | _Missing:
    for depth, step in enumerate(steps):
        if isinstance(node, Alias):
            raise refused_alias(file, node)
        found = _child(file, node, step)
        if isinstance(found, str):
            return _Missing(depth, node, found)
        node = found
    return node


def _child(file: YamlFile, node: Node, step: Step) -> Node | str:
    """The node one step further, or why there is none."""
    if isinstance(step, str):
        return _value(file, node, step) if isinstance(node, Mapping) else f"{step!r} needs a mapping to stand in"
    if not isinstance(node, Sequence):
        return f"[{step if isinstance(step, int) else f'{step.field}={step.value}'}] needs a sequence"
    if isinstance(step, int):
        return node.items[step] if step < len(node.items) else f"there is no item {step}, only {len(node.items)}"
    return _selected(file, node, step)


def _value(file: YamlFile, mapping: Mapping, key: str) -> Node | str:
    found = mapping.get(key)
    if found is not None:
        return found
    for merged in _merged(mapping):
        target = behind_alias(merged)
        if isinstance(merged, Alias) and isinstance(target, Mapping) and target.get(key):
            raise file.error(
                merged,
                f"{key!r} comes from the alias *{merged.anchor}, and an alias is not edited through",
                f"write {key} out in this mapping",
            )
    return f"no key {key!r}{suggest(key, mapping.keys)}"


def _merged(mapping: Mapping) -> list[Node]:
    merge = mapping.get("<<")
    return merge.items if isinstance(merge, Sequence) else [merge] if merge else []


def _selected(file: YamlFile, sequence: Sequence, selector: Selector) -> Node | str:
    fields = [(item, _field(item, selector.field)) for item in sequence.items]
    values = [value for _, value in fields if value is not None]
    matches = [item for item, value in fields if value == selector.value]
    if len(matches) > 1:
        raise file.error(matches[1], f"several items have {selector.field}={selector.value}")
    return matches[0] if matches else f"no item with {selector.field}={selector.value}{suggest(selector.value, values)}"


def _seen(node: Node | None, step: Step) -> Node | None:
    """The node one step further, as a reader sees it."""
    if isinstance(node, Mapping) and isinstance(step, str):
        return _merged_value(node, step)
    if not isinstance(node, Sequence) or isinstance(step, str):
        return None
    if isinstance(step, int):
        return node.items[step] if step < len(node.items) else None
    matches = (item for item in node.items if _field(item, step.field) == step.value)
    return next(matches, None)


def _merged_value(mapping: Mapping, key: str) -> Node | None:
    """Without recursion, and through every mapping once: merge keys may form long chains, and circles."""
    stack: list[Node] = [mapping]
    seen: set[int] = set()
    while stack:
        target = behind_alias(stack.pop())
        if not isinstance(target, Mapping) or id(target) in seen:
            continue
        if (found := target.get(key)) is not None:
            return found
        seen.add(id(target))
        stack.extend(reversed(_merged(target)))
    return None


def _field(item: Node, field: str) -> str | None:
    inner = behind_alias(item)
    value = behind_alias(inner.get(field)) if isinstance(inner, Mapping) else None
    return value.value if isinstance(value, Scalar) else None
