"""Reports of tests in JUnit's XML, which nearly every test runner can write.

They are written by the code under test, and nobody has to trust that: entities and document types are refused, no tree
is built, links are not followed, and what is read and what is kept have bounds.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path, PurePosixPath
from xml.etree.ElementTree import ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import DefusedXMLParser

from promontory.escaping.plain import words
from promontory.model import CaseReport, FailedCase

MOST_FILES = 500
MOST_BYTES = 32 * 1024 * 1024
MOST_CASES = 20
_LONGEST_NAME = 200
_LONGEST_MESSAGE = 300
_MOST_TEXT = 2000
_CHUNK = 64 * 1024
_FAILED = ("failure", "error")


def check_pattern(pattern: str) -> str:
    """A ValueError for what could lead out of the directory that the suite runs in."""
    parts = PurePosixPath(pattern).parts
    if not pattern or "\0" in pattern or "\\" in pattern or pattern.startswith("/") or ".." in parts or not parts:
        raise ValueError(f"{pattern!r} is no pattern of files below the suite's directory, such as reports/*.xml")
    return pattern


def read_reports(directory: Path, pattern: str) -> CaseReport:
    """What all reports together say; ``problem`` is set where there is none, or one that cannot be read."""
    counted = _Counted()
    files, left = 0, MOST_BYTES
    for path in islice(_found(directory, pattern), MOST_FILES + 1):
        files += 1
        if files > MOST_FILES:
            return counted.report(f"more than {MOST_FILES} files match {pattern}")
        try:
            left = _read(path, counted, left)
        except _Unreadable as error:
            return counted.report(f"{path.relative_to(directory)} cannot be read: {error}")
    return counted.report("" if files else f"no file matches {pattern}")


class _Unreadable(Exception):
    pass


def _found(directory: Path, pattern: str) -> Iterator[Path]:
    """Plain files that really lie below the directory."""
    root = directory.resolve()
    for path in sorted(islice(directory.glob(pattern), MOST_FILES + 1)):
        if path.is_symlink() or not path.resolve().is_relative_to(root):
            continue
        if stat.S_ISREG(path.lstat().st_mode):
            yield path


def _read(path: Path, counted: _Counted, left: int) -> int:
    """Count what it says; how many bytes may still be read."""
    parser = DefusedXMLParser(target=_Target(counted), forbid_dtd=True)
    try:
        # Whatever it is by now: no link is followed, and a pipe does not keep us.
        with os.fdopen(os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK), "rb") as file:
            while chunk := file.read(_CHUNK):
                left -= len(chunk)
                if left < 0:
                    raise _Unreadable(f"the reports are larger than {MOST_BYTES // (1024 * 1024)} MB")
                parser.feed(chunk)
            parser.close()
    except DefusedXmlException:
        raise _Unreadable("it declares a document type or entities, which reports do not need") from None
    except (ParseError, ValueError, LookupError) as error:
        raise _Unreadable(f"it is no XML: {error}") from None
    except OSError as error:
        raise _Unreadable(error.strerror or str(error)) from None
    return left


@dataclass
class _Counted:
    tests: int = 0
    failed: int = 0
    skipped: int = 0
    cases: list[FailedCase] = field(default_factory=list)

    def report(self, problem: str) -> CaseReport:
        return CaseReport(
            tests=self.tests, failed=self.failed, skipped=self.skipped, cases=tuple(self.cases), problem=problem
        )


@dataclass
class _Case:
    name: str
    failed: bool = False
    skipped: bool = False
    message: str = ""


class _Target:
    """Takes the document's events as they come, so that it is never all in memory."""

    def __init__(self, counted: _Counted) -> None:
        self._counted = counted
        self._case: _Case | None = None
        self._text: list[str] | None = None
        self._length = 0

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        tag = _local(tag)
        if tag == "testcase":
            self._case = _Case(_name(attributes))
        elif self._case and tag in _FAILED and not self._case.failed:
            self._case.failed = True
            self._case.message = attributes.get("message", "")[:_MOST_TEXT]
            self._text, self._length = [], 0
        elif self._case and tag == "skipped":
            self._case.skipped = True

    def data(self, text: str) -> None:
        if self._text is not None and self._length < _MOST_TEXT:
            self._text.append(text[:_MOST_TEXT])
            self._length += len(text)

    def end(self, tag: str) -> None:
        tag = _local(tag)
        if tag in _FAILED and self._case and self._text is not None:
            self._case.message = _first_line(self._case.message) or _first_line("".join(self._text))
            self._text = None
        elif tag == "testcase" and self._case:
            self._count(self._case)
            self._case = None

    def close(self) -> None:
        return None

    def _count(self, case: _Case) -> None:
        self._counted.tests += 1
        self._counted.skipped += case.skipped and not case.failed
        self._counted.failed += case.failed
        if case.failed and len(self._counted.cases) < MOST_CASES:
            self._counted.cases.append(FailedCase(name=case.name, message=case.message))


def _name(attributes: Mapping[str, str]) -> str:
    parts = (attributes.get(key, "")[:_LONGEST_NAME] for key in ("classname", "name"))
    return words(".".join(part for part in parts if part)) or "a test without a name"


def _local(tag: str) -> str:
    """Some writers put a namespace on it."""
    return tag.rpartition("}")[2]


def _first_line(text: str) -> str:
    line = next((line for line in text.splitlines() if line.strip()), "")
    return words(line, _LONGEST_MESSAGE)
