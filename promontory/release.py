"""What a release may be called: a version, a digest, or a version pinned by its digest.

Releases travel as plain strings; this module is the door they come in by. They end up in YAML files,
commit messages, command lines and URLs, so what is not plainly a container tag or a digest is refused.
The tag grammar is the OCI distribution specification's: ``[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}``; ``+`` is
accepted too because Git tags of semantic versions carry build metadata.

People may ask for a release without naming it, by a word or by a range of versions: `is_asked_for` tells those from
names. What they stand for is `promotion.resolving`'s to say.
"""

from __future__ import annotations

import re

from promontory.errors import InvalidRelease

_TAG = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._+-]{0,127}")
_COMMIT = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
_READABLE = 12
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
LATEST, VERIFIED = "latest", "verified"
WORDS = (LATEST, VERIFIED)
# No release has one of these in its name, and no range of versions is without them: 1.2 is a release.
_RANGE_MARKS = frozenset("<>=!~^*|,")
_REMEDY = "give a version such as v1.3.0, or a digest such as sha256:<64 hex digits>"


def check_release(text: str) -> str:
    """Return ``text`` unchanged if it can name a release; raise `InvalidRelease` saying what is wrong."""
    tag, digest = split_release(text)
    if not text:
        raise InvalidRelease("the release is empty", _REMEDY)
    if digest and not _DIGEST.fullmatch(digest):
        raise InvalidRelease(f"{text!r} is not a sha256 digest of 64 lower-case hex digits", _REMEDY)
    if tag and (why := _tag_problem(tag)):
        raise InvalidRelease(f"{text!r} cannot be a release: {why}", _REMEDY)
    if "@" in text and not (tag and digest):
        edge = "ends" if tag else "begins"
        raise InvalidRelease(f"{text!r} cannot be a release: it {edge} with '@'", _REMEDY)
    return text


def is_release(text: str) -> bool:
    try:
        check_release(text)
    except InvalidRelease:
        return False
    return True


def is_range(text: str) -> bool:
    """Whether ``text`` means a range of versions, such as ``>=1.2 <2``; whether it is a good one is not asked."""
    return not text.startswith("-") and (not _RANGE_MARKS.isdisjoint(text) or " - " in text)


def is_asked_for(text: str) -> bool:
    """Whether ``text`` stands for a release that has to be looked for, and is not the name of one."""
    return text in WORDS or is_range(text)


def shown(release: str | None) -> str:
    """The release as people read it: a commit's id abbreviated; nothing where there is none."""
    return release[:_READABLE] if release and _COMMIT.fullmatch(release) else release or ""


def split_release(release: str) -> tuple[str, str]:
    """``v1@sha256:…`` → (``v1``, ``sha256:…``); the part that is absent is the empty string."""
    if "@" in release:
        tag, _, digest = release.partition("@")
        return tag, digest
    if release.startswith("sha256:"):
        return "", release
    return release, ""


def _tag_problem(tag: str) -> str:
    """The first thing that is wrong, the most telling first; empty when nothing is."""
    problems = {
        "it begins with '-'": tag.startswith("-"),
        "it contains '..'": ".." in tag,
        "it contains white space": any(character.isspace() for character in tag),
        "it contains control characters": not tag.isprintable(),
        "it contains ':'": ":" in tag,
        "only letters, digits, '.', '_', '-' and '+' are allowed, at most 128 of them": not _TAG.fullmatch(tag),
    }
    return next((why for why, applies in problems.items() if applies), "")
