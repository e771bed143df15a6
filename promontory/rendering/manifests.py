"""The objects that a program printed → files, one for each kind and name.

One file an object, and not one for all: a diff then names what changes, an object that goes is a file that goes, and
what is taken back is taken back object by object. What is the same to a file's name (two namespaces, two API groups,
upper and lower case) shares a file, in the order of the output: so a name never depends on what else is there.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import yaml

from promontory.errors import RenderingError

_LOADER: type[yaml.SafeLoader] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
# YAML forbids both at the start of a line inside of any scalar, so that lines are enough to tell documents apart.
_BOUNDARY = re.compile(r"^(?:---|\.\.\.)(?:[ \t]+|$)", re.MULTILINE)
_UNSAFE = re.compile(r"[^a-z0-9.-]+")
_LONGEST = 200
_MAX_DEPTH = 100
_WANTED = (("kind",), ("metadata", "name"), ("metadata", "generateName"))


def files_of(output: bytes, program: str) -> dict[str, bytes]:
    """File name → content, sorted. Raises `RenderingError` for what is no stream of Kubernetes objects, or empty."""
    files: dict[str, list[str]] = {}
    for number, document in enumerate(_documents(_text(output, program)), 1):
        kind, name = _identity(document, f"document {number} that {program} printed")
        files.setdefault(_file_name(kind, name), []).append(document)
    if not files:
        raise RenderingError(f"{program} printed no objects", "an environment with nothing in it is not promoted to")
    return {name: "---\n".join(files[name]).encode() for name in sorted(files)}


def _text(output: bytes, program: str) -> str:
    try:
        return output.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        raise RenderingError(f"{program} printed what is not UTF-8 (byte {error.start})") from None


def _documents(text: str) -> Iterator[str]:
    """What stands between the boundaries, unless it is nothing but comments; empty lines at an end may be a value's."""
    for document in _BOUNDARY.split(text):
        if any(line.strip() and not line.lstrip().startswith("#") for line in document.split("\n")):
            yield document.lstrip("\n") if document.endswith("\n") else document.lstrip("\n") + "\n"


def _identity(document: str, where: str) -> tuple[str, str]:
    """Kind and name. A list may have no name."""
    try:
        found = {path: value for path, value in _values(document) if path in _WANTED}
    except yaml.YAMLError as error:
        problem = getattr(error, "problem", None) or str(error).splitlines()[0]
        raise RenderingError(f"{where} is not YAML: {problem}") from None
    kind, name, generated = (found.get(path, "") for path in _WANTED)
    name = name or generated.rstrip("-")
    if not kind or not (name or kind.endswith("List")):
        raise RenderingError(f"{where} is no Kubernetes object: it has no {'metadata.name' if kind else 'kind'}")
    return kind, name


def _values(document: str) -> Iterator[tuple[tuple[str, ...], str]]:
    """The path and text of every scalar that lies in mappings only; nothing recursive, nothing is expanded."""
    path: list[str | None] = []  # the key that waits for its value, for each collection that is open
    for event in yaml.parse(document, Loader=_LOADER):
        if isinstance(event, yaml.MappingStartEvent | yaml.SequenceStartEvent):
            path.append(None if isinstance(event, yaml.MappingStartEvent) else "")
            if len(path) > _MAX_DEPTH:  # libyaml's time grows with the square
                raise yaml.YAMLError(f"nested deeper than {_MAX_DEPTH} levels")
            continue
        if isinstance(event, yaml.MappingEndEvent | yaml.SequenceEndEvent):
            path.pop()
        elif not isinstance(event, yaml.ScalarEvent | yaml.AliasEvent):
            continue
        text = event.value if isinstance(event, yaml.ScalarEvent) else ""
        if path and path[-1] is None:
            path[-1] = text or "\0"  # a key
        elif path and path[-1]:
            yield tuple(key or "" for key in path), text
            path[-1] = None


def _file_name(kind: str, name: str) -> str:
    """``deployment-web-app.yaml``; nothing in it leads anywhere, and it begins with a letter or digit."""
    joined = _UNSAFE.sub("-", f"{kind}-{name}".lower()).strip(".-")
    return f"{joined[:_LONGEST] or 'object'}.yaml"
