"""pydantic's errors → problems in plain words, at their place in the file."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple, get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from promontory.config.document import Path
from promontory.suggestion import suggest

_NOUNS = {
    "string": "text",
    "int": "a whole number",
    "float": "a number",
    "bool": "true or false",
    "list": "a list",
    "tuple": "a list",
    "set": "a list",
    "frozen": "a list",
    "dict": "a mapping",
    "mapping": "a mapping",
    "model": "a mapping",
}
_SIMPLE = {
    "string_too_short": "must not be empty",
    "too_short": "must not be empty",
    "too_long": "has too many items",
    "int_from_float": "must be a whole number",
}


class Fault(NamedTuple):
    """``path`` is inside of what was validated; ``expected`` a noun, where the value is of the wrong type."""

    path: Path
    message: str
    expected: str = ""


def faults(error: ValidationError, model: type[BaseModel], data: object) -> list[Fault]:
    """One fault per place: the branches of a union are told as one."""
    found: dict[Path, list[Fault]] = {}
    for detail in error.errors(include_url=False):
        fault = _fault(detail, model, data)
        found.setdefault(fault.path, []).append(fault)
    return [_merged(group) for path, group in found.items() if not _explained_deeper(path, group, list(found))]


def kind_of(value: object) -> str:
    """How a user calls the type of a value: ``a list``."""
    if value is None:
        return "nothing"
    if isinstance(value, dict):
        return "a mapping"
    return "a list" if isinstance(value, list) else "text" if isinstance(value, str) else str(value).lower()


def _fault(detail: ErrorDetails, model: type[BaseModel], data: object) -> Fault:
    sort, parent = detail["type"], detail["loc"][:-1]
    if sort == "missing":
        return Fault(_real(parent, data), f"missing: {detail['loc'][-1]}")
    if sort == "extra_forbidden":
        name = str(detail["loc"][-1])
        return Fault((*_real(parent, data), name), f'unknown key "{name}"{suggest(name, known_keys(model, parent))}')
    path = _real(detail["loc"], data)
    noun = _NOUNS.get(sort.split("_")[0]) if sort.endswith(("_type", "_parsing")) else None
    if noun:
        return Fault(path, f"must be {noun}, not {kind_of(detail['input'])}", noun)
    return Fault(path, _message(detail))


def _message(detail: ErrorDetails) -> str:
    sort = detail["type"]
    if sort in _SIMPLE:
        return _SIMPLE[sort]
    if sort == "greater_than_equal":
        return f"must be at least {detail['ctx']['ge']}"
    if sort == "less_than_equal":
        return f"must be at most {detail['ctx']['le']}"
    return detail["msg"].removeprefix("Value error, ").replace("Input should be", "must be")


def _merged(group: Sequence[Fault]) -> Fault:
    specific = [fault for fault in group if not fault.expected]
    if specific or len(group) == 1:
        return (specific or group)[0]
    nouns = " or ".join(dict.fromkeys(fault.expected for fault in group))
    got = group[0].message.rpartition(", not ")[2]
    return Fault(group[0].path, f"must be {nouns}, not {got}", nouns)


def _explained_deeper(path: Path, group: Sequence[Fault], paths: Sequence[Path]) -> bool:
    """A union tried on a list says "not text" of the whole and what is really wrong of an item."""
    deeper = any(len(other) > len(path) and other[: len(path)] == path for other in paths)
    return deeper and all(fault.expected for fault in group)


def _real(location: Sequence[str | int], data: object) -> Path:
    """The parts of pydantic's location that are in the data; the others name branches of unions."""
    path: list[str | int] = []
    for part in location:
        if isinstance(data, list | tuple):
            data = dict(enumerate(data))
        if isinstance(data, dict) and part in data:
            data = data[part]
            path.append(part)
    return tuple(path)


def known_keys(model: type[BaseModel], location: Sequence[str | int] = ()) -> tuple[str, ...]:
    """The keys that may stand at ``location`` inside of the model."""
    models: list[type[BaseModel]] = [model]
    for part in location:
        inside = [found for one in models for found in _models_in(_annotations(one).get(str(part)))]
        models = inside or models
    return tuple(dict.fromkeys(name for one in models for name in _annotations(one)))


def _annotations(model: type[BaseModel]) -> dict[str, object]:
    """The types of a model's keys, as a user writes the keys."""
    fields = model.model_fields.items()
    return {field.alias or name: field.annotation for name, field in fields if not field.exclude}


def _models_in(annotation: object) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for argument in get_args(annotation):
        yield from _models_in(argument)
