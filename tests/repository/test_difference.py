"""The diff is git's, and shows what is really there."""

from __future__ import annotations

from pathlib import Path

import pytest

from promontory.change import FileEdit, FileEdits
from promontory.repository import RefUpdate, Repository
from tests.repository.conftest import change, git

LONG = b"".join(b"line %d\n" % number for number in range(30_000))


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (b"a\nb\nc\n", b"a\nB\nc\n"),
        (b"a\nb", b"a\nb\n"),
        (b"", b"a"),
        (b"a\n", b""),
        (None, b""),
        (None, b"a\n"),
        (b"a\n", None),
        (b"a\r\nb\r\n", b"a\r\nc\r\n"),
        (b"same\n" * 20, b"same\n" * 21),
        (b"1\n2\n3\n4\n5\n6\n7\n8\n9\n", b"x\n2\n3\n4\n5\n6\n7\n8\ny\n"),
        (b"\x00", b"\x00\x01"),
        (LONG, LONG.replace(b"line 20000\n", b"changed\n").replace(b"line 3\n", b"three\n")),
    ],
)
def test_diff_is_gits(repository: Repository, origin: Path, before: bytes | None, after: bytes | None) -> None:
    base = repository.head()
    if before is not None:
        (base,) = repository.push([change(repository, "dir/a file", before)])
    edits = FileEdits((FileEdit("dir/a file", before, after),))

    _, diff = repository.describe(base, edits)

    (commit,) = repository.push([RefUpdate("main", base, edits, "Change")])
    gits = git(origin, "diff", "--no-color", "--no-indent-heuristic", base, commit).splitlines()
    ours = diff.replace("\r", "").splitlines()
    assert [line.partition(" @@")[0] for line in ours] == [line.partition(" @@")[0] for line in gits]


def test_nothing_changed_is_nothing(repository: Repository) -> None:
    edits = FileEdits((FileEdit("run.sh", b"#!/bin/sh\n", b"#!/bin/sh\n"),))

    assert repository.describe(repository.head(), edits) == ((), "")


def test_characters_that_would_hide_text_are_shown(repository: Repository) -> None:
    content = "good\rbad\x1b[2K\u202e\n".encode() + b"\xff\n"

    _, diff = repository.describe(repository.head(), FileEdits((FileEdit("x", None, content),)))

    assert r"+good\rbad\x1b[2K\u202e" in diff
    assert r"+\xff" in diff


def test_rewritten_large_file_is_shown_without_a_search(repository: Repository) -> None:
    other = b"".join(b"other %d\n" % number for number in range(30_000))
    (base,) = repository.push([change(repository, "large", LONG)])

    _, diff = repository.describe(base, FileEdits((FileEdit("large", LONG, other),)))

    assert "@@ -1,30000 +1,30000 @@" in diff
