"""Flux's setter markers, read as Flux reads them: ``image: app:v1 # {"$imagepolicy": "flux-system:web-app"}``.

The whole comment of a value (`yamledit.comments`) is a JSON object of strings. What Flux passes over is passed over
here too: markers with text behind them, files that are no YAML or whose documents are no mappings. A marker that
was meant to be JSON and is not is an error, since it would leave one of several places behind.
Source: fluxcd/image-automation-controller, internal/update, and kyaml's fieldmeta.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from promontory.change import Files
from promontory.errors import NotYaml
from promontory.yamledit import Mapping, Scalar, YamlFile, commented, read_yaml

KEY = "$imagepolicy"
FILE_NAMES = ("*.yaml", "*.yml", "Kustomization")
PARTS = ("tag", "name", "digest")
_LINES = re.compile(rb"\$imagepolicy[^\r\n]*")
_NAMED = re.compile(rb'\$imagepolicy"[ \t]*:[ \t]*"([^"]+)"')


@dataclass(frozen=True)
class Setter:
    """A value with a marker. ``part`` of the image is ``tag``, ``name``, ``digest``, or empty for all of it."""

    file: YamlFile
    scalar: Scalar
    part: str

    @property
    def place(self) -> str:
        return f"{self.file.name}:{self.file.line(self.scalar)}"


@dataclass(frozen=True)
class Ignored:
    """A place that names the policy to no effect, and why."""

    place: str
    why: str


@dataclass
class Scan:
    """What there is for one policy: the files with their contents, the values in them, and what does not count."""

    contents: dict[str, bytes] = field(default_factory=dict)
    setters: list[Setter] = field(default_factory=list)
    ignored: list[Ignored] = field(default_factory=list)

    @property
    def paths(self) -> tuple[str, ...]:
        """The files that have a value of the policy."""
        return tuple(dict.fromkeys(setter.file.name for setter in self.setters))


def scan(files: Files, directory: str, policy: str) -> Scan:
    """The setters of ``policy`` (``namespace:name``) below a directory. Only files that name it are parsed.

    Raises `YamlError` for a marker of it that is not JSON, and for a file that Flux may read and we do not (too large,
    too deep, a key that stands twice).
    """
    result = Scan()
    for path, lines in files.search(directory, _LINES, FILE_NAMES).items():
        content = files.read(path) if any(_may_name(line, policy) for line in lines) else None
        if content is not None:
            result.contents[path] = content
            _scan_file(content, path, policy, result)
    return result


def policies_named(files: Files, directory: str) -> tuple[str, ...]:
    """The policies that markers below a directory name, in force or not: for telling what is there."""
    found = files.search(directory, _LINES, FILE_NAMES).values()
    names = {match[1] for lines in found for line in lines if (match := _NAMED.search(line))}
    return tuple(sorted({_policy_and_part(name.decode(errors="replace"))[0] for name in names}))


def _may_name(line: bytes, policy: str) -> bool:
    return b"\\u" in line or _names(line.decode(errors="replace"), policy)  # JSON may escape any character


def _names(text: str, policy: str) -> bool:
    """Whether the policy stands there as a word of its own: ``web-app`` is not ``web-app-2``."""
    return policy in text and re.search(rf"(?<![\w.-]){re.escape(policy)}(?![\w.-])", text) is not None


def _scan_file(content: bytes, path: str, policy: str, result: Scan) -> None:
    try:
        file = read_yaml(content, path)
    except NotYaml as error:
        result.ignored.append(Ignored(path, f"the file is skipped, by Flux too: {error.message}"))
        return
    if any(not isinstance(root, Mapping) and not _is_empty(root) for root in file.documents):
        result.ignored.append(Ignored(path, "the file is skipped, by Flux too: a document in it is not a mapping"))
        return
    found = list(_places(file, policy))
    result.setters += (place for place in found if isinstance(place, Setter))
    result.ignored += (place for place in found if isinstance(place, Ignored))
    if not found and _names(file.text, policy):
        result.ignored.append(Ignored(path, f"it names {policy}, but not in the comment of a value"))


def _is_empty(root: object) -> bool:
    return isinstance(root, Scalar) and root.is_null


def _places(file: YamlFile, policy: str) -> Iterator[Setter | Ignored]:
    for scalar, comment in commented(file):
        if KEY not in comment:
            continue
        named = _marked(comment)
        if named is not None:
            name, part = _policy_and_part(named)
            if name == policy:
                yield Setter(file, scalar, part)
        elif _names(comment, policy):
            yield _not_in_force(file, scalar, comment, policy)


def _marked(comment: str) -> str | None:
    """What a marker names; None where the comment is no marker. Of a key that stands twice, the last one counts."""
    try:
        found = json.loads(comment)
    except (ValueError, RecursionError):
        return None
    if not isinstance(found, dict) or not all(isinstance(value, str | None) for value in found.values()):
        return None
    return found.get(KEY) or None


def _policy_and_part(named: str) -> tuple[str, str]:
    policy, _, part = named.rpartition(":")
    return (policy, part) if part in PARTS and ":" in policy else (named, "")


def _not_in_force(file: YamlFile, scalar: Scalar, comment: str, policy: str) -> Ignored:
    text = comment.strip()
    try:
        json.JSONDecoder().raw_decode(text)
    except (ValueError, RecursionError):
        if text.startswith("{") and "\n" not in text:
            remedy = f'write # {{"{KEY}": "{policy}"}}, or take the comment away'
            raise file.error(scalar, f"the marker here is not JSON: {text[:120]}", remedy) from None
    place = f"{file.name}:{file.line(scalar)}"
    return Ignored(place, "the marker is not in force, for Flux neither: it must be the whole comment")
