"""Which one of many elements is the environment's: the one that matches, or an error that shows those near it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from promontory.errors import StrategyError
from promontory.strategies.elements import Element, ParameterSet, parameter
from promontory.suggestion import suggest

_PLACES = 10


def choose(sets: Sequence[ParameterSet], file: str, match: Mapping[str, str], key: str) -> Element:
    """The element that has ``key``, of the one set that matches. Raises `StrategyError` for none and for several.

    Sets that match but lack ``key`` don't count beside one that has it: the release stands there.
    """
    found = [elements for elements in sets if all(parameter(elements, name) == text for name, text in match.items())]
    found = [elements for elements in found if _holder(elements, key)] or found
    wanted = _told(match, list(match.values()))
    if not found:
        raise StrategyError(*_none(sets, file, match, wanted))
    if len(found) > 1:
        places = [elements[-1].place for elements in found]
        more = f" and {len(places) - _PLACES} more" if len(places) > _PLACES else ""
        message = f"{len(found)} elements match {wanted}: {', '.join(places[:_PLACES])}{more}"
        raise StrategyError(message, "add keys to match: until one is left, or name: the ApplicationSet")
    return _holder(found[0], key) or found[0][-1]


def _holder(elements: ParameterSet, key: str) -> Element | None:
    return next((element for element in reversed(elements) if element.text(key) is not None), None)


def _none(sets: Sequence[ParameterSet], file: str, match: Mapping[str, str], wanted: str) -> tuple[str, str]:
    if not sets:
        message = f"{file} has no element to match {wanted}: none in a list, no file of a git generator"
        return message, "only elements that are written out can be promoted, not what a template makes"
    values = ([parameter(elements, name) for name in match] for elements in sets)
    known = dict.fromkeys(_told(match, found) for found in values if any(text is not None for text in found))
    if known:
        return f"no element of {file} matches {wanted}{suggest(wanted, known)}", "correct match: or add the element"
    keys = dict.fromkeys(name for elements in sets for element in elements for name in element.mapping.keys)
    hint = suggest(next(iter(match)), keys)
    return f"no element of {file} has {' or '.join(match)}{hint}", "correct match: or add the key"


def _told(names: Iterable[str], values: Iterable[str | None]) -> str:
    """``env=staging region=eu``; a question mark for what an element does not have."""
    return " ".join(f"{name}={'?' if text is None else text}" for name, text in zip(names, values, strict=True))
