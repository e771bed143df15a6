"""Paths that a user may write in a strategy's options: inside the repository, and nothing else."""

from __future__ import annotations

import posixpath
from typing import Annotated

from pydantic import AfterValidator, Field

from promontory.options import check_template


def check_path(path: str) -> str:
    """The path in its plainest form (``./a//b/`` → ``a/b``); a ValueError where it could leave the repository."""
    check_template(path)
    if problem := _problem(path):
        raise ValueError(f"{path!r} is not a path inside the repository: {problem}")
    return posixpath.normpath(path)


def join(directory: str, name: str) -> str:
    """A file of a directory, where ``.`` is the repository's root."""
    return posixpath.normpath(posixpath.join(directory, name))


def _problem(path: str) -> str:
    problems = {
        "it is empty": not path.strip(),
        "it contains a backslash; write /": "\\" in path,
        "it contains control characters": not path.isprintable(),
        "it begins with /; write it relative to the repository": path.startswith("/"),
        "it contains ..": ".." in path.split("/"),
        "it leads into .git": ".git" in path.lower().split("/"),
        "only {application} and {environment} are filled in here": "{release}" in path,
    }
    return next((problem for problem, holds in problems.items() if holds), "")


RepositoryPath = Annotated[str, Field(min_length=1), AfterValidator(check_path)]
