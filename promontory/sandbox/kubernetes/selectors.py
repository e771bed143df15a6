"""Label and field selectors, as they stand in a query."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from promontory.sandbox.kubernetes.statuses import Refusal

Matches = Callable[[Mapping[str, Any]], bool]

_SET = re.compile(r"^\s*(\S+)\s+(in|notin)\s*\(([^()]*)\)\s*$")
_EQUAL = re.compile(r"^\s*([^\s=!]+)\s*(==|=|!=)\s*([^\s=!]*)\s*$")
_EXISTS = re.compile(r"^\s*(!?)\s*([^\s=!(),]+)\s*$")
_COMMA = re.compile(r",(?![^()]*\))")  # but not those inside of parentheses


def label_selector(text: str) -> Matches:
    """Raises `Refusal` where the API would."""
    requirements = [_label_requirement(part) for part in _COMMA.split(text) if part.strip()]

    def matches(document: Mapping[str, Any]) -> bool:
        labels = document["metadata"].get("labels") or {}
        return all(requirement(labels) for requirement in requirements)

    return matches


def _label_requirement(text: str) -> Matches:
    if found := _SET.match(text):
        key, operator, listed = found.groups()
        values = {value.strip() for value in listed.split(",")}
        return lambda labels: (key in labels and labels[key] in values) == (operator == "in")
    if found := _EQUAL.match(text):
        key, operator, value = found.groups()
        return lambda labels: (labels.get(key) == value) == (operator != "!=")
    if found := _EXISTS.match(text):
        absent, key = found.groups()
        return lambda labels: (key in labels) == (not absent)
    raise Refusal(400, f'unable to parse requirement: found "{text}"')


def field_selector(text: str) -> Matches:
    """Of any field by its path; a real API knows a few for each kind."""
    requirements = [_field_requirement(part) for part in text.split(",") if part.strip()]
    return lambda document: all(requirement(document) for requirement in requirements)


def _field_requirement(text: str) -> Matches:
    found = _EQUAL.match(text)
    if not found:
        raise Refusal(400, f"invalid selector: {text!r}; can't understand it")
    path, operator, value = found.groups()
    return lambda document: (_field(document, path) == value) == (operator != "!=")


def _field(document: Mapping[str, Any], path: str) -> str:
    node: Any = document
    for key in path.split("."):
        node = node.get(key) if isinstance(node, Mapping) else None
    if isinstance(node, bool):
        return "true" if node else "false"
    return "" if node is None else str(node)
