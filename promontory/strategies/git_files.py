"""The files of a git file generator: found by its globs, read, and given the parameters that Argo CD derives.

Argo CD asks git for the paths, so by default ``*`` and ``?`` match ``/`` too; an excluded path wins. The generator may
read another repository than this one: then nothing here matches.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from fnmatch import translate
from posixpath import basename, dirname

from promontory.change import Files
from promontory.errors import StrategyError
from promontory.strategies.elements import Element
from promontory.yamledit import Mapping, Node, Scalar, Sequence, read_yaml, text_at

MAX_FILES = 5000
_TEMPLATE = re.compile(r"\{\{.*?\}\}")
_WILD = re.compile(r"[*?\[\\]")


def git_elements(files: Files, generator: Node | None) -> Iterator[Element]:
    """One element for each file that holds a mapping, one for each item of a file that holds a list."""
    if not isinstance(generator, Mapping):
        return
    own = _own_values(generator)
    prefix = text_at(generator, "pathParamPrefix")
    for path in _paths(files, generator):
        content = files.read(path)
        if content is None:  # a submodule
            continue
        file = read_yaml(content, path)
        given = {**own, **_path_parameters(path, f"{prefix}." if prefix else "")}
        root = file.documents[0] if file.documents else None
        for item in root.items if isinstance(root, Sequence) else [root]:
            if isinstance(item, Mapping):
                yield Element(file, item, path, given=given)


def _own_values(generator: Mapping) -> dict[str, str]:
    """What the generator's ``values`` add to each of its files; templates are not filled in."""
    values = generator.get("values")
    pairs = values.pairs if isinstance(values, Mapping) else []
    return {
        f"values.{key.value}": value.value
        for key, value in pairs
        if isinstance(key, Scalar) and isinstance(value, Scalar)
    }


def _path_parameters(path: str, prefix: str) -> dict[str, str]:
    """In both spellings that Argo CD's templates have (``path[0]``; with Go templates ``path.segments[0]``)."""
    directory = dirname(path)
    given = {"path": directory, "path.path": directory, "path.basename": basename(directory)}
    given["path.filename"] = basename(path)
    for number, segment in enumerate(directory.split("/")):
        given |= {f"path[{number}]": segment, f"path.segments[{number}]": segment}
    return {prefix + name: value for name, value in given.items()}


def _paths(files: Files, generator: Mapping) -> list[str]:
    globs, excluded = _globs(generator)
    leave = [re.compile(translate(glob)) for glob in excluded]
    found: dict[str, None] = {}
    for glob in globs:
        matching = re.compile(translate(glob))
        for path in _below(files, _start(glob)):
            if matching.match(path) and not any(one.match(path) for one in leave):
                found[path] = None
            if len(found) > MAX_FILES:
                raise StrategyError(f"more than {MAX_FILES} files match {glob}", "narrow the git generator's path")
    return sorted(found)


def _globs(generator: Mapping) -> tuple[list[str], list[str]]:
    """Those that are wanted, where a template may stand for anything, and those that are excluded."""
    listed = generator.get("files")
    globs: tuple[list[str], list[str]] = ([], [])
    for item in listed.items if isinstance(listed, Sequence) else ():
        if path := text_at(item, "path"):
            excluded = text_at(item, "exclude") == "true"
            glob = path if excluded else _TEMPLATE.sub("*", path)
            globs[excluded].append(glob.removeprefix("./").lstrip("/"))
    return globs


def _start(glob: str) -> str:
    """The directory that all matches are in."""
    wild = _WILD.search(glob)
    return dirname(glob[: wild.start()] if wild else glob)


def _below(files: Files, directory: str) -> Iterator[str]:
    """Every file in a directory and the directories in it; nothing where there is no such directory."""
    waiting = [directory]
    while waiting:
        here = waiting.pop()
        for name in files.names(here) or ():
            path = f"{here}/{name}" if here else name
            if name.endswith("/"):
                waiting.append(path.removesuffix("/"))
            else:
                yield path
