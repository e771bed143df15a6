"""Merging trees by object id, against what real repositories hold."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from promontory.change import EntryEdit, FileEdit, FileEdits, Merge, TreeEntry
from promontory.errors import StrategyError
from promontory.repository import RefUpdate, Repository
from tests.repository.conftest import FILES, git


def branch_off(repository: Repository, name: str, contents: Mapping[str, bytes | None]) -> str:
    """A branch at main with some files changed; its commit."""
    base = repository.head("main")
    files = repository.files(base)
    edits = tuple(FileEdit(path, files.read(path), content) for path, content in contents.items())
    if name not in repository.heads():
        repository.push([RefUpdate(name, None, FileEdits(), "Begin", forward_to=base)])
    return repository.push([RefUpdate(name, repository.head(name), FileEdits(edits), f"Change {name}")])[0]


def merged(repository: Repository, source: str, into: str, **options: object) -> str:
    """Merge ``source`` into a branch and push; the new commit."""
    head = repository.head(into)
    merge = Merge(source, repository.head("main"), **options)  # type: ignore[arg-type]
    result = repository.merge(head, merge)
    update = RefUpdate(into, head, result.edits, "Merge", merges=(source,), forward_to=result.forward_to)
    return repository.push([update])[0]


def test_both_sides_changes_are_there_afterwards(repository: Repository, origin: Path) -> None:
    theirs = branch_off(repository, "dev", {"new/file": b"new\n", "run.sh": None})
    branch_off(repository, "staging", {"own": b"own\n"})

    merged(repository, theirs, "staging")

    names = [path for path, _ in repository.tree(repository.head("staging"))]
    assert names == sorted([*(name for name in FILES if name != "run.sh"), "new/file", "own"])
    assert git(origin, "log", "-1", "--format=%P", "staging").split()[1] == theirs


def test_modes_and_links_are_taken_over_as_they_are(repository: Repository, origin: Path) -> None:
    base = repository.head("main")
    blob = dict(repository.tree(base))["run.sh"]
    entries = (
        EntryEdit("script", None, TreeEntry("100755", blob)),
        EntryEdit("link", None, TreeEntry("120000", blob)),
        EntryEdit("module", None, TreeEntry("160000", base)),
    )
    (theirs,) = repository.push([RefUpdate("dev", None, FileEdits((), entries), "Add")])
    branch_off(repository, "staging", {"own": b"own\n"})
    head = repository.head("staging")

    result = repository.merge(head, Merge(theirs, empty(repository)))
    repository.push([RefUpdate("staging", head, result.edits, "Merge")])

    modes = dict(reversed(line.split(" ", 1)) for line in modes_of(origin, "staging"))
    assert {name: modes[name] for name in ("script", "link", "module")} == {
        "script": "100755",
        "link": "120000",
        "module": "160000",
    }


def empty(repository: Repository) -> str:
    return repository.push([RefUpdate("empty", None, FileEdits(), "Nothing")])[0]


def modes_of(origin: Path, branch: str) -> list[str]:
    return git(origin, "ls-tree", "-r", "--format=%(objectmode) %(path)", branch).splitlines()


def test_a_new_file_below_what_is_a_file_here_is_a_conflict(repository: Repository) -> None:
    theirs = branch_off(repository, "dev", {"place/file": b"theirs\n"})
    branch_off(repository, "staging", {"place": b"ours\n"})

    with pytest.raises(StrategyError, match="both sides changed place/file"):
        merged(repository, theirs, "staging")


def test_a_file_where_a_directory_is_here_is_a_conflict(repository: Repository) -> None:
    theirs = branch_off(repository, "dev", {"place": b"theirs\n"})
    branch_off(repository, "staging", {"place/file": b"ours\n"})

    with pytest.raises(StrategyError, match="both sides changed place"):
        merged(repository, theirs, "staging")


def test_a_directory_that_becomes_a_file_is_taken_over(repository: Repository, origin: Path) -> None:
    base = branch_off(repository, "dev", {"place/file": b"old\n"})
    repository.push([RefUpdate("staging", None, FileEdits(), "Begin", forward_to=base)])
    old = dict(repository.tree(base))["place/file"]
    blob = dict(repository.tree(base))["run.sh"]
    there = (
        EntryEdit("place/file", TreeEntry("100644", old), None),
        EntryEdit("place", None, TreeEntry("100644", blob)),
    )
    (theirs,) = repository.push([RefUpdate("dev", base, FileEdits((), there), "Make it a file")])
    head = repository.head("staging")

    result = repository.merge(head, Merge(theirs, base))
    repository.push([RefUpdate("staging", head, result.edits, "Merge")])

    assert git(origin, "show", "staging:place") == FILES["run.sh"].strip()


def test_only_what_is_wanted_is_touched(repository: Repository, origin: Path) -> None:
    theirs = branch_off(repository, "dev", {"apps/a/x": b"1\n", "apps/ab/x": b"1\n", "apps/a/replicas.yaml": b"9\n"})
    branch_off(repository, "staging", {"own": b"own\n"})

    merged(repository, theirs, "staging", paths=("apps/a",), keep=("**/replicas.yaml",))

    assert git(origin, "diff", "--name-only", "staging~1", "staging").split() == ["apps/a/x"]


def test_a_branch_with_nothing_of_its_own_is_moved_forward(repository: Repository, origin: Path) -> None:
    repository.push([RefUpdate("staging", None, FileEdits(), "Begin", forward_to=repository.head("main"))])
    theirs = branch_off(repository, "dev", {"new": b"1\n"})

    merged(repository, theirs, "staging", mode="ff")

    assert git(origin, "rev-parse", "staging") == theirs


def test_what_is_kept_back_is_never_lost_by_a_fast_forward(repository: Repository, origin: Path) -> None:
    repository.push([RefUpdate("staging", None, FileEdits(), "Begin", forward_to=repository.head("main"))])
    theirs = branch_off(repository, "dev", {"new": b"1\n", "kept": b"1\n"})

    merged(repository, theirs, "staging", mode="ff", keep=("kept",))

    assert git(origin, "rev-parse", "staging") != theirs
    assert "kept" not in git(origin, "ls-tree", "--name-only", "staging").split()


def test_the_diff_shows_new_modes_and_many_files_by_name_only(repository: Repository) -> None:
    base = repository.head("main")
    files = dict(repository.tree(base))
    run = EntryEdit("run.sh", TreeEntry("100755", files["run.sh"]), TreeEntry("100644", files["run.sh"]))
    many = tuple(FileEdit(f"many/{number:04}", None, b"x\n") for number in range(1001))

    paths, diff = repository.describe(base, FileEdits(many, (run,)))

    assert len(paths) == 1002
    assert "many/1000: changes too, too many files to show" in diff
    assert repository.describe(base, FileEdits((), (run,)))[1] == (
        "diff --git a/run.sh b/run.sh\nold mode 100755\nnew mode 100644\n"
    )
