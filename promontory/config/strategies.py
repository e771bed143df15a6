"""One application's strategy in each of its environments: overrides merged, placeholders filled, then validated."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Literal

from pydantic import ValidationError

from promontory.config.document import Path
from promontory.config.parts import Parts
from promontory.config.vocabulary import OptionsByKind
from promontory.config.wording import Fault, faults
from promontory.options import Options, check_template
from promontory.suggestion import suggest

Override = Mapping[str, object] | Literal[False]


def read_overrides(parts: Parts, data: object, path: Path, environments: Sequence[str]) -> dict[str, Override]:
    """What an application says of single environments; False where it does not run."""
    overrides: dict[str, Override] = {}
    for name, value in parts.mapping(data, path).items():
        if name not in environments:
            parts.report((*path, name), f'no environment "{name}"{suggest(name, environments)}')
        elif value is False or isinstance(value, dict):
            overrides[name] = value
        elif value is not None:
            parts.report((*path, name), "must be false (not there) or a mapping of strategy options")
    return overrides


class StrategyReader:
    """``path`` is the application's place in the file, ``strategy`` what it says for all environments."""

    def __init__(self, parts: Parts, kinds: OptionsByKind, path: Path, strategy: Mapping[str, object]) -> None:
        self.parts = parts
        self.kinds = kinds
        self.path = path
        self.strategy = strategy
        self.told: set[tuple[Path, str]] = set()

    def read(self, environments: Sequence[str], overrides: Mapping[str, Override]) -> dict[str, Options]:
        """The bound strategy of every environment that the application runs in, in the order of the file."""
        self._check_templates(self.strategy, (*self.path, "strategy"))
        bound = {}
        for name in sorted(environments, key=lambda name: bool(overrides.get(name))):  # plain ones first
            override = overrides.get(name, {})
            if override is False:
                continue
            self._check_templates(override, (*self.path, "environments", name))
            if options := self._options(name, override):
                bound[name] = options
        return {name: bound[name] for name in environments if name in bound}

    def _options(self, environment: str, override: Mapping[str, object]) -> Options | None:
        # Another kind has other options, so nothing of the general strategy can be meant to stay.
        replaced = override.get("kind", self.strategy.get("kind")) != self.strategy.get("kind")
        merged = dict(override) if replaced else {**self.strategy, **override}
        whole = self._home(("kind",), environment, override)[:-1]
        model = self.parts.kind(merged, whole, self.kinds)
        if model is None:
            return None
        names = {"application": str(self.path[-1]), "environment": environment}
        filled = {key: fill_place(value, names) for key, value in merged.items()}
        try:
            return model.model_validate(filled)
        except ValidationError as error:
            for fault in faults(error, model, filled):
                self._report(fault, environment, override)
        return None

    def _report(self, fault: Fault, environment: str, override: Mapping[str, object]) -> None:
        """Tell what is wrong with the general strategy once, not once for each environment."""
        told = (fault.path, fault.message.replace(environment, "{environment}"))
        home = self._home(fault.path, environment, override)
        if told in self.told and "environments" not in home[2:3]:
            return
        self.told.add(told)
        self.parts.report_fault(home, fault)

    def _home(self, path: Path, environment: str, override: Mapping[str, object]) -> Path:
        """Where the user wrote what stands at ``path`` of the merged options."""
        if path and path[0] in override:
            return (*self.path, "environments", environment, *path)
        return (*self.path, "strategy", *path)

    def _check_templates(self, value: object, path: Path) -> None:
        for place, text in strings(value, path):
            try:
                check_template(text)
            except ValueError as error:
                self.parts.report(place, str(error))


def strings(value: object, path: Path = ()) -> Iterator[tuple[Path, str]]:
    """Every string in a structure, with its path."""
    if isinstance(value, str):
        yield path, value
    items = value.items() if isinstance(value, Mapping) else enumerate(value) if isinstance(value, list) else ()
    for key, item in items:
        yield from strings(item, (*path, key))


def fill_place(value: object, names: Mapping[str, str]) -> object:
    """Replace ``{application}`` and ``{environment}`` in every string; ``{release}`` waits for a release."""
    if isinstance(value, str):
        for name, text in names.items():
            value = value.replace(f"{{{name}}}", text)
        return value
    if isinstance(value, Mapping):
        return {key: fill_place(item, names) for key, item in value.items()}
    return [fill_place(item, names) for item in value] if isinstance(value, list) else value
