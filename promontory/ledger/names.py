"""The names of the ledger's files: they sort in the order of events, and answer most questions unread.

``<application>/<environment>/<year>/<month>/<time>-<kind>-<promotion>-<release>.json``, where ``<release>`` is the
beginning of a hash: releases may have names that no file can have. The first version left it out.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from typing import NamedTuple

from promontory.entry import Entry

MOMENT = "%Y/%m/%dT%H%M%S.%fZ"
_FILE = re.compile(r"(\d\dT\d{6}\.\d{6}Z)-([a-z]+)-([0-9a-f]+)(?:-([0-9a-f]{8}))?\.json")
_RELEASE_DIGITS = 8


class Name(NamedTuple):
    """A file of the ledger: where it lies, and what its name says. ``release`` is empty where it is an old one."""

    moment: str
    path: str
    oid: str
    kind: str
    promotion: str
    release: str


@dataclass(frozen=True)
class Wanted:
    """Which entries are asked for; empty: all of them.

    ``since`` is a `Name.moment`; ``without`` are promotions that are not, ``beginning`` is how one's id begins.
    """

    kinds: Collection[str] = ()
    promotion: str = ""
    release: str | None = None
    since: str = ""
    without: Collection[str] = ()
    beginning: str = ""

    @property
    def words(self) -> tuple[tuple[str, ...], ...]:
        """What a file's name must have in it, of each group at least one: most months are ruled out by that."""
        beginning = self.promotion or self.beginning
        groups = (tuple(f"-{kind}-" for kind in self.kinds), (f"-{beginning}",) if beginning else ())
        return tuple(group for group in groups if group)

    def may_fit(self, name: Name) -> bool:
        """Whether the file has to be read: its name does not rule it out."""
        return (
            (not self.kinds or name.kind in self.kinds)
            and self.promotion in ("", name.promotion)
            and name.promotion.startswith(self.beginning)
            and (self.release is None or name.release in ("", release_mark(self.release)))
            and name.moment >= self.since
            and name.promotion not in self.without
        )

    def fits(self, entry: Entry) -> bool:
        """What the name leaves open."""
        return self.release is None or entry.release == self.release


EVERYTHING = Wanted()


def read_name(month: str, file: str, oid: str) -> Name | None:
    """``month`` is the directory, ``web-app/dev/2026/11``; None for a file that is no entry."""
    match = _FILE.fullmatch(file)
    if match is None:
        return None
    moment, kind, promotion, release = match.groups()
    return Name(f"{month[-7:]}/{moment}", f"{month}/{file}", oid, kind, promotion, release or "")


def path_of(entry: Entry) -> str:
    return f"{_stem(entry)}-{release_mark(entry.release)}.json"


def paths_of(entry: Entry) -> tuple[str, str]:
    """Where the entry may lie: as it is named now, and as the first version named it."""
    return path_of(entry), f"{_stem(entry)}.json"


def moment_of(at: datetime) -> str:
    return at.astimezone(UTC).strftime(MOMENT)


def time_of(moment: str) -> datetime | None:
    """None for what looks like a time and is none."""
    try:
        return datetime.strptime(moment, MOMENT).replace(tzinfo=UTC)
    except ValueError:
        return None


def time_in(path: str) -> datetime | None:
    """The time that a file's name says; None for no entry's name."""
    month, _, file = path.rpartition("/")
    name = read_name(month, file, "")
    return time_of(name.moment) if name else None


def release_mark(release: str) -> str:
    return sha256(release.encode("utf-8", "replace")).hexdigest()[:_RELEASE_DIGITS]


def _stem(entry: Entry) -> str:
    return f"{entry.application}/{entry.environment}/{moment_of(entry.at)}-{entry.kind}-{entry.promotion}"
