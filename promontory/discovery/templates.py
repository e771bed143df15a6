"""Say once what several places have in common: ``{environment}`` and ``{application}`` for the names in options."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from json import dumps
from typing import Literal

from promontory.discovery.findings import Options

Overrides = dict[str, Options | Literal[False]]


def with_placeholder(value: object, name: str, placeholder: str) -> object:
    """Every string with the placeholder where ``name`` stands as a word of its own."""
    if isinstance(value, str):
        word = re.compile(rf"(?<![A-Za-z0-9{{]){re.escape(name)}(?![A-Za-z0-9}}])")
        return word.sub(lambda _: f"{{{placeholder}}}", value)
    if isinstance(value, Mapping):
        return {key: with_placeholder(item, name, placeholder) for key, item in value.items()}
    return [with_placeholder(item, name, placeholder) for item in value] if isinstance(value, list) else value


def template(options: Options, names: Mapping[str, str]) -> dict[str, object]:
    """``names``: placeholder → what it stands for here. ``kind`` is no name, whatever it is."""
    filled: object = {key: value for key, value in options.items() if key != "kind"}
    for placeholder, name in names.items():
        filled = with_placeholder(filled, name, placeholder)
    return {"kind": options["kind"], **(filled if isinstance(filled, dict) else {})}


def common_strategy(places: Mapping[str, Options]) -> tuple[dict[str, object], Overrides]:
    """(the strategy that most environments have, what is different elsewhere); ``places``: environment → options."""
    templates = {name: template(options, {"environment": name}) for name, options in places.items()}
    kinds = Counter(str(options["kind"]) for options in templates.values())
    kind = kinds.most_common(1)[0][0]
    alike = {name: options for name, options in templates.items() if options["kind"] == kind}
    counted = Counter(signature(options) for options in alike.values())
    most = counted.most_common(1)[0][0]
    usual = next(options for options in alike.values() if signature(options) == most)
    # An override can add an option and change it, but not take it away.
    strategy = {key: value for key, value in usual.items() if all(key in options for options in alike.values())}
    overrides: Overrides = {}
    for name, options in templates.items():
        own = {key: value for key, value in options.items() if options["kind"] != kind or strategy.get(key) != value}
        if own:
            overrides[name] = own
    return strategy, overrides


def signature(value: object) -> str:
    return dumps(value, sort_keys=True)
