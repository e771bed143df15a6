"""promontory.yaml → `Config`, or every problem in it at once.

``kind:`` is resolved by hand, against the vocabulary that is handed in: each part is then validated by its own
model, so that an error is about the kind the user meant and not about all kinds that exist.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from promontory.config.document import Document, Path, read_document
from promontory.config.environment import Environment
from promontory.config.models import Application, Config
from promontory.config.notifications import Route
from promontory.config.parts import Parts
from promontory.config.people import people_faults
from promontory.config.relations import relation_faults
from promontory.config.section import NAME_PATTERN
from promontory.config.strategies import StrategyReader, read_overrides
from promontory.config.vocabulary import OptionsByKind, Vocabulary
from promontory.config.windows import WINDOWS
from promontory.config.wording import kind_of
from promontory.errors import ConfigurationError
from promontory.suggestion import suggest

_NAME = re.compile(NAME_PATTERN)


def load(text: bytes | str, *, file: str, vocabulary: Vocabulary) -> Config:
    """Read promontory.yaml. ``file`` is how messages call it.

    Raises `ConfigurationError` with all problems, those of the YAML itself included.
    """
    document = read_document(text, file)
    reader = _Reader(document, vocabulary)
    config = reader.config()
    if config is None or reader.parts.problems:
        raise ConfigurationError(reader.parts.problems)
    return config


class _Reader:
    def __init__(self, document: Document, vocabulary: Vocabulary) -> None:
        self.document = document
        self.vocabulary = vocabulary
        self.parts = Parts(document)

    def config(self) -> Config | None:
        data = self.parts.mapping(self.document.data, ())
        if not isinstance(self.document.data, dict | None):
            return None
        environments = self._group(data, "environments")
        applications = self._group(data, "applications")
        for fault in relation_faults(environments):
            self.parts.report(fault.path, fault.message)
        self._check_people(data, environments)
        known = tuple(environments)
        self._check_forge(data.get("forge"))
        read = {
            "environments": dict(self._environments(environments)),
            "applications": dict(self._applications(applications, known)),
            "file": self.document.file,
            "spots": self.document.spots,
            "notifications": tuple(self._routes(data.get("notifications"))),
        }
        if "windows" in data:
            read["windows"] = self.parts.options_list(data["windows"], ("windows",), WINDOWS)
        return self.parts.section(Config, data, (), read)

    def _check_people(self, data: dict[str, object], environments: dict[str, object]) -> None:
        groups = data.get("groups")
        self._check_names("groups", groups if isinstance(groups, dict) else {})
        for fault in people_faults(data.get("people"), groups, environments):
            self.parts.report(fault.path, fault.message)

    def _check_forge(self, forge: object) -> None:
        kind = forge.get("kind") if isinstance(forge, dict) else None
        if isinstance(kind, str) and kind not in self.vocabulary.forges:
            self.parts.report(("forge", "kind"), f'unknown kind "{kind}"{suggest(kind, self.vocabulary.forges)}')

    def _group(self, data: dict[str, object], key: str) -> dict[str, object]:
        """A mapping from names that the user chooses, of which there must be one at least."""
        group = self.parts.mapping(data.get(key), (key,))
        if not group and (data.get(key) is None or data[key] == {}):
            self.parts.report((key,), f"there are no {key}: at least one is needed")
        self._check_names(key, group)
        return group

    def _check_names(self, key: str, group: Iterable[str]) -> None:
        for name in group:
            if not _NAME.fullmatch(name):
                self.parts.report(
                    (key, name), f"{name!r} cannot be a name: use lower-case letters, digits and '-', at most 63"
                )

    def _environments(self, group: dict[str, object]) -> Iterator[tuple[str, Environment]]:
        for name, data in group.items():
            path: Path = ("environments", name)
            raw = self.parts.mapping(data, path)
            read = {
                key: self.parts.options_list(raw[key], (*path, key), kinds)
                for key, kinds in self._kinds_by_key()
                if key in raw
            }
            if environment := self.parts.section(Environment, raw, path, read):
                yield name, environment

    def _kinds_by_key(self) -> tuple[tuple[str, OptionsByKind], ...]:
        return ("test", self.vocabulary.suites), ("verify", self.vocabulary.checks), ("windows", WINDOWS)

    def _routes(self, data: object) -> Iterator[Route]:
        if data is not None and not isinstance(data, list):
            self.parts.report(("notifications",), f"must be a list, not {kind_of(data)}")
        names: list[object] = []
        for index, item in enumerate(data if isinstance(data, list) else ()):
            path: Path = ("notifications", index)
            raw = self.parts.mapping(item, path)
            to = self.parts.options(raw["to"], (*path, "to"), self.vocabulary.channels) if raw.get("to") else None
            if "name" in raw and raw["name"] in names:
                self.parts.report((*path, "name"), f'"{raw["name"]}" is the name of another route')
            names.append(raw.get("name"))
            if (to or not raw.get("to")) and (route := self.parts.section(Route, raw, path, {"to": to} if to else {})):
                yield route

    def _applications(self, group: dict[str, object], environments: Sequence[str]) -> Iterator[tuple[str, Application]]:
        for name, data in group.items():
            if application := self._application(data, ("applications", name), environments):
                yield name, application

    def _application(self, data: object, path: Path, environments: Sequence[str]) -> Application | None:
        raw = self.parts.mapping(data, path)
        overrides = read_overrides(self.parts, raw.get("environments"), (*path, "environments"), environments)
        if environments and all(overrides.get(name) is False for name in environments):
            self.parts.report((*path, "environments"), "the application runs nowhere: every environment is false")
        read: dict[str, object] = {"environments": overrides, "strategies": {}}
        if raw.get("strategy") is not None:
            strategy = self.parts.mapping(raw["strategy"], (*path, "strategy"))
            reader = StrategyReader(self.parts, self.vocabulary.strategies, path, strategy)
            bound = reader.read(environments, overrides) if isinstance(raw["strategy"], dict) else {}
            read |= {"strategy": strategy, "strategies": bound}
        if raw.get("releases") is not None:
            read["releases"] = self.parts.options(raw["releases"], (*path, "releases"), self.vocabulary.releases)
        return self.parts.section(Application, raw, path, read)
