"""Merge patches (RFC 7386) and JSON patches (RFC 6902). A patch makes a new document, or is refused as a whole."""

from __future__ import annotations

import copy
from typing import Any

from promontory.sandbox.kubernetes.statuses import Refusal


def merged(document: Any, patch: Any) -> Any:
    """Null takes a key away, a mapping goes deeper, anything else replaces."""
    if not isinstance(patch, dict):
        return copy.deepcopy(patch)
    result = dict(document) if isinstance(document, dict) else {}
    for key, value in patch.items():
        if value is None:
            result.pop(key, None)
        else:
            result[key] = merged(result.get(key), value)
    return result


def patched(document: dict[str, Any], operations: Any) -> dict[str, Any]:
    """Raises `Refusal` (422) where an operation cannot be done or a test fails."""
    root: Any = copy.deepcopy(document)
    try:
        for operation in operations if isinstance(operations, list) else [operations]:
            root = _applied(root, operation)
    except (KeyError, IndexError, ValueError, TypeError, AttributeError):
        raise Refusal(422, "the server rejected our request due to an error in our request") from None
    if not isinstance(root, dict):
        raise Refusal(422, "the patch leaves no object")
    return root


def _applied(root: Any, operation: dict[str, Any]) -> Any:
    path = operation["path"]
    match operation["op"]:
        case "test":
            if _same(_at(root, path), operation["value"]) is False:
                raise ValueError(path)
            return root
        case "add":
            return _set(root, path, copy.deepcopy(operation["value"]), new=True)
        case "replace":
            return _set(root, path, copy.deepcopy(operation["value"]), new=False)
        case "remove":
            _removed(root, path)
            return root
        case "move":
            return _set(root, path, _removed(root, operation["from"]), new=True)
        case "copy":
            return _set(root, path, copy.deepcopy(_at(root, operation["from"])), new=True)
    raise ValueError(operation["op"])


def _same(found: Any, wanted: Any) -> bool:
    # Python takes True for 1; JSON does not.
    return found == wanted and isinstance(found, bool) == isinstance(wanted, bool)


def _tokens(path: str) -> list[str]:
    if path and not path.startswith("/"):
        raise ValueError(path)
    return [token.replace("~1", "/").replace("~0", "~") for token in path.split("/")[1:]]


def _at(root: Any, path: str) -> Any:
    node = root
    for token in _tokens(path):
        node = node[_index(node, token)]
    return node


def _parent(root: Any, path: str) -> tuple[Any, str]:
    parent, _, _ = path.rpartition("/")
    return _at(root, parent), _tokens(path)[-1]


def _set(root: Any, path: str, value: Any, *, new: bool) -> Any:
    if not path:
        return value
    node, token = _parent(root, path)
    if isinstance(node, list) and new:
        place = len(node) if token == "-" else _index([*node, None], token)  # noqa: S105 - the end of a list
        node.insert(place, value)
        return root
    key = _index(node, token)
    if not new:
        node[key]  # must be there
    node[key] = value
    return root


def _removed(root: Any, path: str) -> Any:
    node, token = _parent(root, path)
    return node.pop(_index(node, token))


def _index(node: Any, token: str) -> Any:
    """A key of a mapping, or a place in a list that is there; -1 and 007 are no places."""
    if isinstance(node, dict):
        return token
    place = int(token)
    if str(place) != token or not 0 <= place < len(node):
        raise IndexError(token)
    return place
