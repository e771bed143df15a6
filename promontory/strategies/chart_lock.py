"""A chart's lock beside its dependencies: Helm refuses one that does not fit, so they change together.

The lock's digest is Helm's own (v3, internal/resolver ``HashReq``): SHA-256 over Go's JSON of the dependencies as
``Chart.yaml`` has them and as the lock has them. Before anything is changed it must come out as the lock says:
that proves the computation on the very file. ``generated`` stays, Helm does not look at it.
"""

from __future__ import annotations

import json
import re
from hashlib import sha256
from posixpath import basename, dirname

from promontory.change import Files
from promontory.errors import StrategyError
from promontory.strategies.helm_places import DEPENDENCY_FILES, is_dependency
from promontory.strategies.paths import join
from promontory.yamledit import Mapping, Node, Scalar, Sequence, YamlFile, find, read_yaml, replace, text_at

_TEXTS = ("name", "version", "repository", "condition")
_ALWAYS = ("name", "repository")
_LOCAL = re.compile(r"file://.*|")

Dependency = dict[str, object]


def check_lock(files: Files, file: YamlFile, key: str) -> None:
    """Raise where the lock does not fit the dependencies: what is deployed would not be what they say."""
    if is_dependency(file, key) and (lock := _lock(files, file)):
        _check(file, lock)


def locked(files: Files, before: YamlFile, key: str, after: bytes) -> dict[str, bytes]:
    """Path → bytes of the lock once the dependencies are ``after``; empty where nothing is locked, or changes."""
    if not is_dependency(before, key):
        return {}
    old, new = _dependencies(before), _dependencies(read_yaml(after, before.name))
    numbers = [number for number, (one, other) in enumerate(zip(old, new, strict=True)) if one != other]
    for number in numbers:
        _refuse_local(files, before, new[number])
    lock = _lock(files, before)
    if not lock:
        return {}
    _check(before, lock)
    pinned = _dependencies(lock)
    changes: list[tuple[Node, str]] = []
    for number in numbers:
        _refuse_other_pin(before, lock, old[number], pinned[number])
        pinned[number] = {**pinned[number], "version": new[number]["version"]}
        changes.append((find(lock, f"dependencies[{number}].version"), str(new[number]["version"])))
    changes.append((find(lock, "digest"), digest(new, pinned)))
    return {lock.name: replace(lock, changes)} if numbers else {}


def digest(dependencies: list[Dependency], pinned: list[Dependency]) -> str:
    """``sha256:…`` over both, as Helm writes it into the lock."""
    resolved = [_resolved(one, pin) for one, pin in zip(dependencies, pinned, strict=True)]
    text = json.dumps([resolved, pinned], separators=(",", ":"), ensure_ascii=False)
    for character in "<>&\u2028\u2029":  # Go's JSON escapes these
        text = text.replace(character, f"\\u{ord(character):04x}")
    return "sha256:" + sha256(text.encode()).hexdigest()


def _check(file: YamlFile, lock: YamlFile) -> None:
    dependencies, pinned = _dependencies(file), _dependencies(lock)
    stated = text_at(lock.documents[0], "digest") if lock.documents else None
    if len(dependencies) != len(pinned) or digest(dependencies, pinned) != stated:
        raise StrategyError(
            f"{lock.name} does not fit {basename(file.name)}: Helm refuses to build from it",
            f"run helm dependency update {dirname(file.name) or '.'} once, and commit the lock",
        )


def _refuse_other_pin(file: YamlFile, lock: YamlFile, dependency: Dependency, pin: Dependency) -> None:
    if pin.get("version") != dependency.get("version"):
        message = f"{lock.name} pins {pin.get('name')} at {pin.get('version')}, {basename(file.name)} asks for "
        raise StrategyError(message + str(dependency.get("version")), "write the pinned version there, once, by hand")


def _refuse_local(files: Files, file: YamlFile, dependency: Dependency) -> None:
    """A dependency that lies in the repository is what Helm takes, whatever version is asked for."""
    name, directory = str(dependency["name"]), join(dirname(file.name), "charts")
    if _LOCAL.fullmatch(str(dependency["repository"])):
        message = f"{file.name} takes {name} from the repository itself: its version is that chart's own"
        raise StrategyError(message, "promote the files of the chart, or publish it")
    archive = re.compile(rf"{re.escape(name)}(/|-v?[0-9].*\.tgz)")
    if there := [entry for entry in files.names(directory) or () if archive.fullmatch(entry)]:
        message = f"{join(directory, there[0])} is in the repository, and Helm would go on using it"
        raise StrategyError(message, "remove it from Git: Helm fetches dependencies that are missing")


def _lock(files: Files, file: YamlFile) -> YamlFile | None:
    path = join(dirname(file.name), DEPENDENCY_FILES[basename(file.name)])
    content = files.read(path)
    return None if content is None else read_yaml(content, path)


def _resolved(dependency: Dependency, pin: Dependency) -> Dependency:
    """A repository's alias (``@stable``) counts as the address that it stands for, which only the lock has."""
    alias = str(dependency["repository"]).startswith(("@", "alias:"))
    return {**dependency, "repository": pin["repository"]} if alias else dependency


def _dependencies(file: YamlFile) -> list[Dependency]:
    """In the order of Helm's fields, those that are empty left out as Helm does."""
    listed = find(file, "dependencies")
    if not isinstance(listed, Sequence) or not all(isinstance(item, Mapping) for item in listed.items):
        raise file.error(listed, "dependencies should be a list of mappings")
    return [_dependency(item) for item in listed.items]


def _dependency(item: Node) -> Dependency:
    texts = {key: text_at(item, key) or "" for key in (*_TEXTS, "alias")}
    lists = {key: _values(item.get(key)) if isinstance(item, Mapping) else [] for key in ("tags", "import-values")}
    fields: Dependency = {key: texts[key] for key in _TEXTS}
    fields |= {"tags": lists["tags"], "enabled": text_at(item, "enabled") == "true"}
    fields |= {"import-values": lists["import-values"], "alias": texts["alias"]}
    return {key: value for key, value in fields.items() if value or key in _ALWAYS}


def _values(node: Node | None) -> list[object]:
    """Texts, or mappings of texts with their keys sorted, as Go writes them. Anything else shows in the digest."""
    values: list[object] = []
    for item in node.items if isinstance(node, Sequence) else ():
        if isinstance(item, Scalar):
            values.append(item.value)
        elif isinstance(item, Mapping):
            values.append({key: value.value for key in sorted(item.keys) if isinstance(value := item.get(key), Scalar)})
    return values
