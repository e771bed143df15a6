"""Where a field stands in an object: a dotted path → the JSON pointer, and what stands there."""

from __future__ import annotations

from dataclasses import dataclass

from promontory.errors import ClusterError
from promontory.suggestion import suggest
from promontory.yamledit.key_path import Selector, Step, parse_path


@dataclass(frozen=True)
class Found:
    """``pointer`` is RFC 6901's; ``tests`` say what else must hold for it to lead to the same field still."""

    pointer: str
    value: str
    tests: tuple[tuple[str, str], ...] = ()


def locate(document: object, path: str, owner: str) -> Found:
    """The text field at ``path``; ``owner`` is how errors call the object."""
    pointer, node = "", document
    tests: list[tuple[str, str]] = []
    for step in parse_path(path):
        key = _index(node, step) if isinstance(step, Selector) else step
        node = _child(node, key)
        if node is None:
            names = node_names(document, pointer)
            raise ClusterError(
                f"{owner} has no {path}{suggest(str(key), names) if isinstance(key, str) else ''}",
                "correct key:, or write the field once by hand, e.g. the branch that it follows now",
            )
        pointer += f"/{_escaped(str(key))}"
        if isinstance(step, Selector):
            tests.append((f"{pointer}/{_escaped(step.field)}", step.value))
    if not isinstance(node, str):
        raise ClusterError(f"{path} of {owner} is not a text", "correct key:")
    return Found(pointer, node, tuple(tests))


def node_names(document: object, pointer: str) -> list[str]:
    """The keys of what stands at ``pointer``."""
    node = document
    for token in pointer.split("/")[1:]:
        node = _child(node, int(token) if isinstance(node, list) else token.replace("~1", "/").replace("~0", "~"))
    return [str(key) for key in node] if isinstance(node, dict) else []


def _child(node: object, key: str | int | None) -> object:
    if isinstance(node, dict):
        return node.get(key)
    if isinstance(node, list) and isinstance(key, int) and key < len(node):
        return node[key]
    return None


def _index(node: object, selector: Selector) -> int | None:
    """The only item that the selector is true of."""
    items = node if isinstance(node, list) else []
    found = [at for at, item in enumerate(items) if _child(item, selector.field) == selector.value]
    return found[0] if len(found) == 1 else None


def _escaped(token: Step) -> str:
    return str(token).replace("~", "~0").replace("/", "~1")
