"""Ranges of semantic versions, read as Masterminds/semver reads them, which Flux and Helm use: ``>=1.2 <2``.

Every term becomes intervals of comparable keys, and a version is asked for by comparing. Knows nothing of releases.
The grammar, and what it means: https://github.com/Masterminds/semver#checking-version-constraints
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from semver import Version

# One identifier of a pre-release: numbers before words; and no pre-release at all after every pre-release.
Identifier = tuple[int, int, str]
Prerelease = tuple[Identifier, ...]
Key = tuple[float, int, int, Prerelease]
Interval = tuple[Key, Key]

LONGEST = 256
_NONE: Prerelease = ((2, 0, ""),)
_BEFORE_ALL: Prerelease = ()
_BOTTOM: Key = (-1, 0, 0, _BEFORE_ALL)
_TOP: Key = (math.inf, 0, 0, _BEFORE_ALL)

_NUMBER = r"(\d+|[xX*])"
_PARTIAL = rf"v?{_NUMBER}(?:\.{_NUMBER})?(?:\.{_NUMBER})?(?:-([0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*))?(?:\+[0-9A-Za-z.-]+)?"
_TERM = re.compile(rf"(!=|>=|=>|<=|=<|~>|[=><~^])?\s*{_PARTIAL}", re.ASCII)
_HYPHEN = re.compile(rf"({_PARTIAL})\s+-\s+({_PARTIAL})(?=[\s,]|$)", re.ASCII)
_SEPARATOR = re.compile(r"\s*,\s*|\s+")


def version_key(text: str) -> Key | None:
    """What versions are compared by; None for what is not three dotted numbers (a leading ``v`` is allowed)."""
    try:
        version = Version.parse(text.removeprefix("v"))
    except ValueError:
        return None
    prerelease = _prerelease(version.prerelease) if version.prerelease else _NONE
    return version.major, version.minor, version.patch, prerelease


def is_prerelease(key: Key) -> bool:
    return key[3] != _NONE


@dataclass(frozen=True)
class _Partial:
    """A version whose last numbers may be left open; ``known`` says how many are not."""

    floor: Key
    known: int

    @property
    def exact(self) -> bool:
        return self.known == 3

    @property
    def after(self) -> Key:
        """The first key after exactly this version."""
        return (*self.floor[:3], (*self.floor[3], (-1, 0, "")))

    def ceiling(self, known: int) -> Key:
        """The first key, its pre-releases included, that does not begin with the first ``known`` numbers."""
        major, minor, patch, _ = self.floor
        ends: tuple[Key, ...] = (
            _TOP,
            (major + 1, 0, 0, _BEFORE_ALL),
            (major, minor + 1, 0, _BEFORE_ALL),
            (major, minor, patch + 1, _BEFORE_ALL),
        )
        return ends[known]


def _tilde(version: _Partial) -> tuple[Interval, ...]:
    everything = version.floor[:3] == (0, 0, 0) and version.known in (0, 3)
    return ((version.floor, version.ceiling(0 if everything else min(version.known, 2))),)


def _caret(version: _Partial) -> tuple[Interval, ...]:
    """Up to the next change of the first number that is not 0, as far as numbers are known."""
    major, minor, _, _ = version.floor
    first = 1 if major else 2 if minor else 3
    return ((version.floor, version.ceiling(min(first, version.known))),)


def _equal(version: _Partial) -> tuple[Interval, ...]:
    return ((version.floor, version.after),) if version.exact else _tilde(version)


def _unequal(version: _Partial) -> tuple[Interval, ...]:
    if version.exact:
        return (_BOTTOM, version.floor), (version.after, _TOP)
    first = (*version.floor[:3], _BEFORE_ALL)
    return (_BOTTOM, first), (version.ceiling(version.known), _TOP)


def _greater(version: _Partial) -> tuple[Interval, ...]:
    """``>11`` begins at 12: 11.1 is an 11."""
    return ((version.ceiling(version.known) if version.known in (1, 2) else version.after, _TOP),)


def _at_most(version: _Partial) -> tuple[Interval, ...]:
    return ((_BOTTOM, version.after if version.exact else version.ceiling(version.known)),)


def _at_least(version: _Partial) -> tuple[Interval, ...]:
    return ((version.floor, _TOP),)


def _less(version: _Partial) -> tuple[Interval, ...]:
    return ((_BOTTOM, version.floor),)


_OPERATORS: Mapping[str, Callable[[_Partial], tuple[Interval, ...]]] = {
    "": _equal,
    "=": _equal,
    "!=": _unequal,
    ">": _greater,
    "<": _less,
    ">=": _at_least,
    "=>": _at_least,
    "<=": _at_most,
    "=<": _at_most,
    "~": _tilde,
    "~>": _tilde,
    "^": _caret,
}


@dataclass(frozen=True)
class _Group:
    """Terms that must all hold. Pre-releases are looked at only where one of the terms names one."""

    terms: tuple[tuple[Interval, ...], ...]
    prereleases: bool

    def accepts(self, key: Key) -> bool:
        if is_prerelease(key) and not self.prereleases:
            return False
        return all(any(first <= key < end for first, end in intervals) for intervals in self.terms)


@dataclass(frozen=True)
class Range:
    """A parsed range; `accepts` asks for a `version_key`."""

    text: str
    groups: tuple[_Group, ...]

    def accepts(self, key: Key) -> bool:
        return any(group.accepts(key) for group in self.groups)


def parse_range(text: str) -> Range:
    """Raises ValueError, with what is wrong, where ``text`` is no range of versions."""
    if len(text) > LONGEST:
        raise ValueError(f"a range of versions has at most {LONGEST} characters")
    return Range(text, tuple(_group(part.strip(), text) for part in text.split("||")))


def _group(part: str, whole: str) -> _Group:
    part = _HYPHEN.sub(lambda match: f">={match[1]} <={match[6]}", part)
    terms: list[tuple[Interval, ...]] = []
    prereleases = False
    place = 0
    while term := _TERM.match(part, place):
        operator, *numbers, prerelease = term.groups()
        terms.append(_OPERATORS[operator or ""](_partial(numbers, prerelease)))
        prereleases = prereleases or prerelease is not None
        place = term.end()
        if place == len(part):
            return _Group(tuple(terms), prereleases)
        separator = _SEPARATOR.match(part, place)
        if separator is None:
            break
        place = separator.end()
    wrong = f"cannot be read from {part[place:]!r} on" if part[place:] else "is empty, or ends too early"
    raise ValueError(f"{whole!r} is no range of versions, it {wrong}: write one such as >=1.2 <2, ^1.2 or 1.x")


def _partial(numbers: list[str | None], prerelease: str | None) -> _Partial:
    """From the first number on that is left open (``x`` or missing), the others do not count."""
    known: list[int] = []
    for number in numbers:
        if number is None or not number.isdecimal():
            break
        known.append(int(number))
    major, minor, patch = (*known, 0, 0, 0)[:3]
    return _Partial((major, minor, patch, _prerelease(prerelease) if prerelease else _NONE), len(known))


def _prerelease(text: str) -> Prerelease:
    return tuple((0, int(each), "") if each.isdecimal() else (1, 0, each) for each in text.split("."))
