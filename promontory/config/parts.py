"""Reads one part of the document into one model, and collects what is wrong instead of stopping there."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from promontory.config.document import Document, Path
from promontory.config.vocabulary import OptionsByKind
from promontory.config.wording import Fault, faults, kind_of, known_keys
from promontory.errors import Problem
from promontory.options import Options
from promontory.suggestion import suggest

Model = TypeVar("Model", bound=BaseModel)


class Parts:
    def __init__(self, document: Document) -> None:
        self.document = document
        self.problems: list[Problem] = list(document.problems)

    def report(self, path: Path, message: str) -> None:
        problem = self.document.problem(path, message)
        if problem not in self.problems:
            self.problems.append(problem)

    def report_fault(self, path: Path, fault: Fault) -> None:
        spot = self.document.spots.get(path)
        if "text" in fault.expected and spot and spot.written and not fault.message.endswith("nothing"):
            self.report(path, f'must be {fault.expected}: quote it: "{spot.written}"')
        else:
            self.report(path, fault.message)

    def mapping(self, data: object, path: Path) -> dict[str, object]:
        """The data if it is a mapping; nothing at all counts as an empty one."""
        if isinstance(data, dict):
            return data
        if data is not None:
            self.report(path, f"must be a mapping, not {kind_of(data)}")
        return {}

    def section(
        self, model: type[Model], data: Mapping[str, object], path: Path, read: Mapping[str, object]
    ) -> Model | None:
        """``read`` are the keys whose values have been read already."""
        known = known_keys(model)
        for key, value in data.items():
            if key not in known:
                self.report((*path, key), f'unknown key "{key}"{suggest(key, known)}')
            elif value is None and key not in read:
                self.report((*path, key), "is empty: fill it in, or leave it out")
        kept = {key: value for key, value in data.items() if key in known and value is not None}
        return self.model(model, kept | dict(read), path)

    def model(self, model: type[Model], data: dict[str, object], path: Path) -> Model | None:
        try:
            return model.model_validate(data)
        except ValidationError as error:
            for fault in faults(error, model, data):
                self.report_fault((*path, *fault.path), fault)
        return None

    def options(self, data: object, path: Path, kinds: OptionsByKind) -> Options | None:
        """A mapping with ``kind:``, as the model of that kind."""
        if not isinstance(data, dict):
            self.report(path, f"must be a mapping with a kind, not {kind_of(data)}")
            return None
        found = self.kind(data, path, kinds)
        return self.model(found, data, path) if found else None

    def kind(self, data: Mapping[str, object], path: Path, kinds: OptionsByKind) -> type[Options] | None:
        name = data.get("kind")
        if name is None:
            self.report(path, f"missing: kind{suggest('', kinds)}")
        elif not isinstance(name, str) or name not in kinds:
            self.report((*path, "kind"), f'unknown kind "{name}"{suggest(str(name), kinds)}')
        else:
            return kinds[name]
        return None

    def options_list(self, data: object, path: Path, kinds: OptionsByKind) -> tuple[Options, ...]:
        if not isinstance(data, list):
            self.report(path, f"must be a list, not {kind_of(data)}")
            return ()
        read = (self.options(item, (*path, index), kinds) for index, item in enumerate(data))
        return tuple(options for options in read if options is not None)
