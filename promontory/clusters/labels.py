"""Label selectors, as `kubectl -l` takes them: is an object selected? For objects that a watch of all of them brings.

The grammar is that of the Kubernetes API: ``a=b``, ``a==b``, ``a!=b``, ``a in (b,c)``, ``a notin (b,c)``, ``a``,
``!a``, with commas for "and". A selector that cannot be read selects nothing here: the API is asked, which says what is
wrong with it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import lru_cache

Labels = Mapping[str, str]
_Requirement = Callable[[Labels], bool]

_KEY = r"[A-Za-z0-9][A-Za-z0-9._/-]*"
_VALUE = r"[A-Za-z0-9._-]*"
_SETS = re.compile(rf"({_KEY})\s+(in|notin)\s*\(([^()]*)\)")
_EQUALITY = re.compile(rf"({_KEY})\s*(==|=|!=)\s*({_VALUE})")
_EXISTS = re.compile(rf"(!?)\s*({_KEY})")
_COMMA_OUTSIDE = re.compile(r",(?![^()]*\))")


@lru_cache(maxsize=256)
def selects(selector: str) -> Callable[[Labels], bool]:
    """What says of an object's labels whether ``selector`` is true of them."""
    requirements = _requirements(selector)
    return lambda labels: all(holds(labels) for holds in requirements)


def is_selector(text: str) -> bool:
    return _unreadable not in _requirements(text)


def _requirements(selector: str) -> list[_Requirement]:
    return [_requirement(part.strip()) for part in _COMMA_OUTSIDE.split(selector)] if selector.strip() else []


def _requirement(text: str) -> _Requirement:
    if match := _SETS.fullmatch(text):
        return _one_of(match[1], frozenset(value.strip() for value in match[3].split(",")), wanted=match[2] == "in")
    if match := _EQUALITY.fullmatch(text):
        return _one_of(match[1], frozenset({match[3]}), wanted=match[2] != "!=")
    if match := _EXISTS.fullmatch(text):
        return _exists(match[2], wanted=not match[1])
    return _unreadable


def _unreadable(_: Labels) -> bool:
    return False


def _one_of(key: str, values: frozenset[str], *, wanted: bool) -> _Requirement:
    """An object without the label is one that does not have the value."""
    return lambda labels: (key in labels and labels[key] in values) is wanted


def _exists(key: str, *, wanted: bool) -> _Requirement:
    return lambda labels: (key in labels) is wanted
