"""Which files of a repository an Application is made of, source by source. Paths only, nothing is read.

Without the annotation `manifest-generate-paths` they are the source's path and the files that it names; value files may
lie in another source (``$ref/…``). With it they are what the annotation says, as Argo CD reads it.
"""

from __future__ import annotations

from collections.abc import Iterator
from posixpath import join, normpath

from promontory.checks.argocd.application import GENERATE_PATHS, Application, Source

_PATTERN = frozenset("*?[{")


def own_paths(application: Application, number: int) -> tuple[str, ...] | None:
    """Where what source ``number`` contributes may lie, in its repository; ``.`` is all of it.

    None where one of them leads out of the repository: nothing can be said then.
    """
    source = application.sources[number]
    annotated = application.metadata.annotations.get(GENERATE_PATHS, "")
    if annotated.strip():
        found = [_joined(source.path, path.strip()) for path in annotated.split(";") if path.strip()]
    else:
        found = [*_of_source(source), *_reached_into(application, source)]
    cleaned = [_before_pattern(normpath(path)) for path in found or ["."]]
    return None if any(path.startswith("..") for path in cleaned) else tuple(dict.fromkeys(cleaned))


def _of_source(source: Source) -> Iterator[str]:
    if source.path:
        yield source.path
    for path in source.files:
        if not path.startswith("$") and "://" not in path:
            yield _joined(source.path, path)


def _reached_into(application: Application, source: Source) -> Iterator[str]:
    """What other sources take from this one by its ``ref``."""
    for other in application.sources if source.ref else ():
        for path in other.files:
            name, _, below = path.partition("/")
            if name == f"${source.ref}":
                yield below or "."


def _joined(directory: str, path: str) -> str:
    """An absolute path begins at the root of the repository, any other one in ``directory``."""
    return path.lstrip("/") or "." if path.startswith("/") else join(directory, path)


def _before_pattern(path: str) -> str:
    """The directory that a pattern can find anything in."""
    steps = path.split("/")
    plain = [step for number, step in enumerate(steps) if _PATTERN.isdisjoint("/".join(steps[: number + 1]))]
    return "/".join(plain) or "."
