"""Names of Git tags: what may be one, and which release is in one."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, Field

from promontory.errors import InvalidRelease, StrategyError
from promontory.options import check_template
from promontory.release import check_release

RELEASE = "{release}"
_REFS = "refs/tags/"


def tag_of(template: str, release: str) -> str:
    """The tag that ``template`` gives a release; a `StrategyError` where that can be none."""
    name = template.replace(RELEASE, release)
    if problem := _problem(name):
        raise StrategyError(f"{release} cannot be in a Git tag's name: {problem}", "promote a version, e.g. v1.3.0")
    return name


def release_in(template: str, name: str) -> str | None:
    """The release whose tag ``name`` is; None where it does not fit the template."""
    before, _, after = template.partition(RELEASE)
    plain = name.removeprefix(_REFS)
    fits = plain.startswith(before) and plain.endswith(after) and len(plain) > len(before) + len(after)
    release = plain[len(before) : len(plain) - len(after)] if fits else ""
    try:
        return check_release(release)
    except InvalidRelease:
        return None


def like(old: str, name: str) -> str:
    """``name`` in the form that ``old`` has: with ``refs/tags/`` where that stands there."""
    return _REFS + name if old.startswith(_REFS) else name


def _check(template: str) -> str:
    check_template(template)
    if problem := _problem(template.replace(RELEASE, "v1")):
        raise ValueError(f"{template!r} cannot be a tag: {problem}")
    return template


def _problem(name: str) -> str:
    """Why it can be none (git-check-ref-format); empty where it can."""
    problems = {
        "it contains white space, or one of ~ ^ : ? * [ \\": any(mark in name for mark in " ~^:?*[\\"),
        "it contains control characters": not name.isprintable(),
        "it contains .. or @{": ".." in name or "@{" in name,
        "it begins with - or /": name.startswith(("-", "/")),
        "a part of it begins with . or ends with .lock": any(
            part.startswith(".") or part.endswith(".lock") for part in name.split("/")
        ),
        "it ends with / or .": name.endswith(("/", ".")),
        "it contains //": "//" in name,
    }
    return next((problem for problem, holds in problems.items() if holds), "")


TagName = Annotated[str, Field(min_length=1), AfterValidator(_check)]
