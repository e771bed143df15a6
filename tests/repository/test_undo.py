"""Taking one change back on a head that has moved on."""

from __future__ import annotations

from pathlib import Path

import pytest

from promontory.change import FileEdit, FileEdits
from promontory.errors import RevertConflict
from promontory.repository import RefUpdate, Repository
from tests.repository.conftest import FILES, WEB, change, git

BEFORE = "tag: v1\na: 1\nb: 1\nc: 1\nd: 1\n"


@pytest.fixture
def before(repository: Repository) -> str:
    return repository.push([change(repository, WEB, BEFORE.encode())])[0]


@pytest.fixture
def after(repository: Repository, before: str) -> str:
    return repository.push([change(repository, WEB, BEFORE.replace("v1", "v2").encode())])[0]


def push(repository: Repository, path: str, content: bytes | None) -> str:
    return repository.push([change(repository, path, content)])[0]


def test_untouched_place_gets_its_bytes_back_and_no_other_place_changes(
    repository: Repository, before: str, after: str, origin: Path
) -> None:
    head = push(repository, "run.sh", b"unrelated\n")

    repository.push([RefUpdate("main", head, repository.undo(before, after, head), "Revert")])

    assert git(origin, "show", f"main:{WEB}") == BEFORE.strip()
    assert git(origin, "diff", "--name-only", head, "main") == WEB


def test_later_change_elsewhere_in_the_file_stays(
    repository: Repository, before: str, after: str, origin: Path
) -> None:
    head = push(repository, WEB, BEFORE.replace("v1", "v2").replace("d: 1", "d: 2").encode())

    repository.push([RefUpdate("main", head, repository.undo(before, after, head), "Revert")])

    assert git(origin, "show", f"main:{WEB}") == BEFORE.replace("d: 1", "d: 2").strip()


def test_reverted_place_needs_nothing(repository: Repository, before: str, after: str) -> None:
    assert repository.undo(before, after, push(repository, WEB, BEFORE.encode())) == FileEdits()


def test_reverted_place_with_another_change_needs_nothing(repository: Repository, before: str, after: str) -> None:
    head = push(repository, WEB, BEFORE.replace("d: 1", "d: 2").encode())

    assert repository.undo(before, after, head) == FileEdits()


def test_newer_release_in_the_same_place_is_a_conflict(repository: Repository, before: str, after: str) -> None:
    head = push(repository, WEB, BEFORE.replace("v1", "v3").encode())

    with pytest.raises(RevertConflict, match="kustomization"):
        repository.undo(before, after, head)


def test_deleted_file_is_a_conflict(repository: Repository, before: str, after: str) -> None:
    with pytest.raises(RevertConflict, match="kustomization"):
        repository.undo(before, after, push(repository, WEB, None))


def test_added_file_goes_and_deleted_file_returns_with_its_mode(repository: Repository, origin: Path) -> None:
    before = repository.head()
    script = FILES["run.sh"].encode()
    edits = FileEdits((FileEdit("new/file", None, b"new\n"), FileEdit("run.sh", script, None)))
    (after,) = repository.push([RefUpdate("main", before, edits, "Change")])

    head = push(repository, WEB, b"later\n")
    repository.push([RefUpdate("main", head, repository.undo(before, after, head), "Revert")])

    assert git(origin, "diff", "--summary", before, "main") == ""
    assert git(origin, "diff", "--name-only", before, "main") == WEB
    assert git(origin, "ls-tree", "main", "run.sh").startswith("100755 ")


def test_added_file_that_somebody_changed_is_a_conflict(repository: Repository) -> None:
    before = repository.head()
    after = push(repository, "new", b"new\n")

    with pytest.raises(RevertConflict, match="new"):
        repository.undo(before, after, push(repository, "new", b"newer\n"))


def test_binary_file_that_somebody_changed_is_a_conflict(repository: Repository) -> None:
    before = push(repository, "data", b"\x00one")
    after = push(repository, "data", b"\x00two")

    with pytest.raises(RevertConflict, match="data"):
        repository.undo(before, after, push(repository, "data", b"\x00three"))


def test_all_conflicts_are_named(repository: Repository) -> None:
    before = repository.head()
    edits = FileEdits((FileEdit("one", None, b"1\n"), FileEdit("two", None, b"1\n")))
    (after,) = repository.push([RefUpdate("main", before, edits, "Change")])
    push(repository, "one", b"2\n")

    with pytest.raises(RevertConflict, match="one, two"):
        repository.undo(before, after, push(repository, "two", b"2\n"))
