"""Argo CD ApplicationSets whose elements name an environment and its release."""

from __future__ import annotations

import re
from collections.abc import Iterator

from promontory.discovery.environment_names import names_environment
from promontory.discovery.findings import Finding, Options
from promontory.discovery.manifests import at, is_release, items, objects, text_at
from promontory.discovery.places import split_environment
from promontory.discovery.seen import Seen

_ENVIRONMENT = ("env", "environment", "stage", "cluster", "name")
_APPLICATION = ("app", "application", "appName", "service")
_RELEASE = ("imageTag", "image_tag", "tag", "version", "release", "revision", "targetRevision", "chartVersion")
_BRANCHES = re.compile(r"(HEAD|main|master)")
_SUFFIX = re.compile(r"[-_]?(app-?set|application-?set|apps)$")
_DEPTH = 3


def application_sets(seen: Seen) -> Iterator[Finding]:
    for path, application_set in objects(seen, "ApplicationSet"):
        name = text_at(application_set, "metadata", "name")
        several = sum(1 for other, _ in objects(seen, "ApplicationSet") if other == path) > 1
        for element in _elements(at(application_set, "spec", "generators")):
            found = _place(element)
            if found is None:
                continue
            environment, match, key = found
            application = match.get(next((key for key in _APPLICATION if key in match), ""))
            options: Options = {"kind": "applicationset", "file": path, **({"name": name} if several else {})}
            yield Finding(
                application=str(application or _application(name) or seen.name),
                environment=environment,
                options={**options, "match": match, "key": key},
                evidence=f"{key} of the elements in {path}",
            )


def _elements(generators: object, depth: int = 0) -> Iterator[dict[str, object]]:
    """Of list generators, and of those inside of matrix and merge generators."""
    for generator in items(generators) if depth < _DEPTH else []:
        yield from items(at(generator, "list", "elements"))
        for around in ("matrix", "merge"):
            yield from _elements(at(generator, around, "generators"), depth + 1)


def _place(element: dict[str, object]) -> tuple[str, dict[str, object], str] | None:
    """(environment, what the element is known by, the release's key)."""
    known = [key for key in _ENVIRONMENT if text_at(element, key)]
    named = [key for key in known if names_environment(text_at(element, key))] or [
        key for key in known if key in _ENVIRONMENT[:3]
    ]
    release = next((key for key in _release_keys(element)), None)
    if not named or release is None:
        return None
    match: dict[str, object] = {key: text_at(element, key) for key in (*named[:1], *_APPLICATION) if element.get(key)}
    return text_at(element, named[0]), match, release


def _release_keys(element: dict[str, object]) -> Iterator[str]:
    for prefix in ("", "values.", "image."):
        around = at(element, *prefix.split(".")[:-1])
        for key in _RELEASE:
            value = text_at(around, key)
            if value and is_release(value) and not _BRANCHES.fullmatch(value):
                yield prefix + key


def _application(name: str) -> str:
    """``web-app-appset`` → ``web-app``; ``web-app-prod`` → ``web-app``."""
    plain = _SUFFIX.sub("", name)
    split = split_environment(plain)
    return split[0] if split and split[0] else plain
