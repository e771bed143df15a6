"""Whether the entries of a ledger are those that were written: each parses, lies in its place, and is in the chain.

Pure: what is looked at is handed in, what is wrong comes back as findings.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

from promontory.change import Value
from promontory.entry import Entry
from promontory.errors import RepositoryError
from promontory.ledger.chain import HEAD_FILE, SKEW, Link, hash_of
from promontory.ledger.ledger import parse
from promontory.ledger.names import Name, read_name

_MONTH = "/2026/11"


class Finding(Value):
    """``problem`` is what is wrong and what it means; ``certain`` is False where it may have an innocent reason."""

    number: int | None = None
    path: str = ""
    commit: str = ""
    problem: str
    certain: bool = True


@dataclass(frozen=True)
class Stored:
    """One file of the ledger that should be an entry; ``entry`` is None where it cannot be read."""

    path: str
    oid: str
    hash: str
    number: int | None
    before: str | None
    at: datetime | None
    place: str
    problem: str = ""

    @property
    def named(self) -> str:
        return f"entry {self.number} ({self.path})" if self.number else f"the entry {self.path}"


def entry_name(path: str, oid: str) -> Name | None:
    """None for a file that lies or is called as no entry does."""
    month, _, file = path.rpartition("/")
    parts = month.split("/")
    shaped = len(parts) == 4 and [len(part) for part in parts[2:]] == [4, 2]
    return read_name(month, file, oid) if shaped and "".join(parts[2:]).isdecimal() else None


def stored(name: Name, blob: bytes) -> tuple[Stored, Entry | None]:
    """The file as the chain sees it, and what it says where that can be read."""
    place = name.path[: name.path.rindex("/") - len(_MONTH)]
    try:
        entry = parse(name.path, blob)
    except RepositoryError as error:
        number, before = _linked(blob)
        return Stored(name.path, name.oid, hash_of(blob), number, before, None, place, error.message), None
    at = Stored(name.path, name.oid, hash_of(blob), entry.number, entry.before, entry.at, place)
    return at, entry


def check_chain(files: Sequence[Stored], head: Link | None, anchored: Mapping[str, str] | None) -> Iterator[Finding]:
    """``head`` is what the ledger says that it ends with, ``anchored`` the files of the commit that the chain is on."""
    for each in files:
        if each.problem:
            yield _finding(each, each.problem)
    chained = sorted((each for each in files if each.number), key=lambda each: (each.number or 0, each.path))
    by_number: dict[int, Stored] = {}
    for each in chained:
        known = by_number.setdefault(each.number or 0, each)
        if known is not each:
            yield _finding(each, f"{each.named} has the number of {known.path}: one of them was added by hand")
    yield from _gaps(by_number)
    yield from _links(by_number)
    yield from _times(by_number)
    yield from _end(by_number, head)
    yield from _unchained([each for each in files if not each.number], by_number.get(1), anchored)


def _gaps(by_number: Mapping[int, Stored]) -> Iterator[Finding]:
    numbers = sorted(by_number)
    for before, after in pairwise([0, *numbers]):
        if after - before > 1:
            missing = f"{before + 1}" if after - before == 2 else f"{before + 1} to {after - 1}"
            hint = by_number[after].before or "nothing"
            problem = f"entry {missing} is missing: {by_number[after].named} comes after one whose hash was {hint}"
            yield Finding(number=before + 1, path=by_number[after].path, problem=problem)


def _links(by_number: Mapping[int, Stored]) -> Iterator[Finding]:
    for number, each in by_number.items():
        before = by_number.get(number - 1)
        if before and each.before != before.hash:
            says = f"entry {number} says that its hash was {each.before}, and it is {before.hash}"
            yield _finding(before, f"{before.named} was edited or replaced: {says}")
        elif number == 1 and each.before and not each.before.startswith("commit:"):
            yield _finding(each, f"{each.named} says that there was an entry before it: those before were removed")


def _times(by_number: Mapping[int, Stored]) -> Iterator[Finding]:
    newest: dict[str, datetime] = {}
    ahead: datetime | None = None
    for number in sorted(by_number):
        each = by_number[number]
        if each.at is None:
            continue
        if each.place in newest and each.at <= newest[each.place]:
            yield _finding(each, f"{each.named} is not later than what happened in its place before: it was put there")
        elif ahead and ahead - each.at > SKEW:
            told = f"{each.named} is of {each.at:%Y-%m-%d %H:%M}, but one before it of {ahead:%Y-%m-%d %H:%M}"
            yield _finding(each, f"{told}: a clock was wrong, or somebody wrote it later", certain=False)
            ahead = None
        newest[each.place] = each.at
        ahead = max(ahead, each.at) if ahead else each.at


def _end(by_number: Mapping[int, Stored], head: Link | None) -> Iterator[Finding]:
    if not by_number:
        if head:
            yield Finding(
                number=head.number, problem=f"every entry up to {head.number} is missing: {HEAD_FILE} knows it"
            )
        return
    last = by_number[max(by_number)]
    if head is None:
        yield _finding(last, f"{HEAD_FILE} is missing, or no longer what was written: the ledger was edited by hand")
    elif head.number > (last.number or 0):
        yield Finding(
            number=head.number,
            path=head.path,
            problem=f"the last entries are missing: {HEAD_FILE} ends with {head.number}, and {last.named} is the last",
        )
    elif head.number < (last.number or 0):
        yield _finding(last, f"{last.named} was added by hand: {HEAD_FILE} ends with {head.number}")
    elif head.hash != last.hash:
        yield _finding(last, f"{last.named} was edited: {HEAD_FILE} says that its hash was {head.hash}")


def _unchained(files: Sequence[Stored], first: Stored | None, anchored: Mapping[str, str] | None) -> Iterator[Finding]:
    """Entries from before there was a chain are as they were at the commit that its first entry names."""
    if first is None and anchored is None:
        return  # no chain at all yet
    there = {each.path: each.oid for each in files}
    known = anchored or {}
    for each in files:
        if known.get(each.path) is None and not each.problem:
            yield _finding(
                each, f"{each.named} has no number: it was added by hand, or by a Promontory without a chain"
            )
        elif each.path in known and known[each.path] != each.oid:
            yield _finding(each, f"{each.named} was edited: at the commit that the chain begins with it was another")
    for path in known.keys() - there.keys():
        yield Finding(path=path, problem=f"the entry {path} is missing: it was there when the chain began")


def _finding(each: Stored, problem: str, *, certain: bool = True) -> Finding:
    return Finding(number=each.number, path=each.path, problem=problem, certain=certain)


def _linked(blob: bytes) -> tuple[int | None, str | None]:
    """Number and predecessor of what is no sound entry, so that it is not called missing besides."""
    with suppress(ValueError, RecursionError, AttributeError):
        document = json.loads(blob)
        number, before = document.get("number"), document.get("before")
        if type(number) is int and 0 < number < 2**53:
            return number, before if isinstance(before, str) else None
    return None, None


def find_expected(files: Iterable[Stored], expected: str) -> Finding | None:
    """``expected`` is what was kept elsewhere, ``57:sha256:…`` or the hash alone; None where it is in the chain."""
    number, _, digest = expected.rpartition(":sha256:") if ":sha256:" in expected else ("", "", expected[7:])
    for each in files:
        if each.number and each.hash == f"sha256:{digest}" and number in ("", str(each.number)):
            return None
    return Finding(
        number=int(number) if number.isdecimal() else None,
        problem=f"{expected} is not in the ledger: what was there when it was noted has been rewritten or cut off",
    )
