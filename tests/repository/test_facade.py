"""Reading and pushing: what arrives in the bare repository, and what Promontory says about it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from promontory.change import FileEdit, FileEdits
from promontory.errors import LostRace, PlanChanged, RepositoryError, RepositoryNotFound, StrategyError, UsageError
from promontory.repository import BranchRemoval, RefUpdate, Replaced, Repository
from tests.repository.conftest import FILES, WEB, Open, change, git


def test_reads_files_and_directories_of_a_commit(repository: Repository) -> None:
    files = repository.files(repository.head())

    assert files.read("apps/übung/a b.yaml") == b"tag: v1\n"
    assert files.read("apps/none.yaml") is None
    assert files.read("apps") is None
    assert files.names("") == ("apps/", "run.sh")
    assert files.names("apps/web") == ("kustomization.yaml",)
    assert files.names("nowhere") is None


def test_lists_a_tree_below_a_prefix(repository: Repository, origin: Path) -> None:
    listed = repository.tree(repository.head(), "apps")

    assert [path for path, _ in listed] == sorted(path for path in FILES if path.startswith("apps"))
    assert repository.read(oid for _, oid in listed) == {oid: FILES[path].encode() for path, oid in listed}
    assert repository.tree(repository.head(), "nowhere") == []


def test_default_branch_is_the_servers(origin: Path, open_repository: Open) -> None:
    git(origin, "branch", "-m", "main", "trunk")

    repository = open_repository()

    assert repository.branch == "trunk"
    assert repository.heads() == {"trunk": git(origin, "rev-parse", "trunk")}


def test_default_branch_renamed_on_the_server_is_noticed(origin: Path, repository: Repository) -> None:
    git(origin, "branch", "-m", "main", "trunk")

    repository.sync()

    assert repository.branch == "trunk"


def test_unknown_branch_is_answered_with_a_suggestion(repository: Repository) -> None:
    with pytest.raises(UsageError, match="did you mean 'main'"):
        repository.head("mian")


def test_before_the_first_sync_nothing_is_known(open_repository: Open) -> None:
    with pytest.raises(RepositoryError, match="not been fetched"):
        open_repository(sync=False).heads()


def test_second_process_sees_the_last_sync_without_network(origin: Path, open_repository: Open) -> None:
    commit = open_repository().head()
    origin.rename(origin.with_name("away.git"))

    assert open_repository(sync=False).heads() == {"main": commit}


def test_push_writes_what_describe_announced(repository: Repository, origin: Path) -> None:
    base = repository.head()
    edits = FileEdits(
        (
            FileEdit(WEB, FILES[WEB].encode(), b"images: []\n"),
            FileEdit("apps/new/\u00e4 file.bin", None, b"\x00\xff"),
            FileEdit("apps/übung/a b.yaml", b"tag: v1\n", None),
            FileEdit("run.sh", b"#!/bin/sh\n", b"#!/bin/sh\nexit\n"),
        )
    )

    changes, diff = repository.describe(base, edits)
    (commit,) = repository.push([RefUpdate("main", base, edits, "Promote\n\nPromotion-Id: 1")])

    assert git(origin, "rev-parse", "main") == commit == repository.head()
    for path in changes:
        if path.after:
            assert git(origin, "rev-parse", f"main:{path.path}") == path.after
    assert [path.path for path in changes if path.after is None] == ["apps/übung/a b.yaml"]
    assert "apps/übung/a b.yaml" not in git(
        origin, "-c", "core.quotePath=false", "ls-tree", "-r", "--name-only", "main"
    )
    assert git(origin, "ls-tree", "main", "run.sh").startswith("100755")
    assert git(origin, "-c", "core.quotePath=false", "diff", base, commit) == diff.strip()


def test_change_and_ledger_are_pushed_together(repository: Repository, origin: Path) -> None:
    record = RefUpdate("promontory/ledger", None, FileEdits((FileEdit("2026/1.json", None, b"{}"),)), "Record")

    commits = repository.push([change(repository, WEB, b"images: []\n"), record])

    assert repository.heads() == {"main": commits[0], "promontory/ledger": commits[1]}
    assert git(origin, "rev-list", "--count", "promontory/ledger") == "1"
    assert repository.sync() == repository.heads()


def test_of_two_pushes_from_the_same_head_one_wins(origin: Path, open_repository: Open) -> None:
    one, two = open_repository(cache="one"), open_repository(cache="two")
    mine, theirs = change(one, WEB, b"one\n"), change(two, "run.sh", b"two\n")
    record = RefUpdate("promontory/ledger", None, FileEdits((FileEdit("1.json", None, b"{}"),)), "Record")

    one.push([mine])
    with pytest.raises(LostRace):
        two.push([theirs, record])

    assert git(origin, "rev-list", "--count", "main") == "2"
    assert git(origin, "branch", "--list", "promontory/ledger") == ""


def test_branch_that_was_set_back_is_not_pushed_forward_again(origin: Path, repository: Repository) -> None:
    first = repository.head()
    repository.push([change(repository, WEB, b"withdrawn\n")])
    git(origin, "update-ref", "refs/heads/main", first)

    with pytest.raises(LostRace):
        repository.push([change(repository, WEB, b"next\n")])

    assert git(origin, "rev-parse", "main") == first


def test_two_first_ledger_commits_do_not_both_arrive(open_repository: Open) -> None:
    one, two = open_repository(cache="one"), open_repository(cache="two")
    update = RefUpdate("promontory/ledger", None, FileEdits((FileEdit("1.json", None, b"1"),)), "Record")
    one.push([update])

    with pytest.raises(LostRace):
        two.push([replace(update, edits=FileEdits((FileEdit("2.json", None, b"2"),)))])


def test_the_very_same_commit_pushed_twice_is_a_lost_race(open_repository: Open) -> None:
    one, two = open_repository(cache="one"), open_repository(cache="two")
    update = change(one, WEB, b"same\n")

    one.push([update])
    with pytest.raises(LostRace):
        two.push([update])


def test_edit_made_from_other_content_is_refused(repository: Repository) -> None:
    edits = FileEdits((FileEdit(WEB, b"something else", b"new"),))

    with pytest.raises(PlanChanged, match="kustomization"):
        repository.push([RefUpdate("main", repository.head(), edits, "Promote")])
    with pytest.raises(PlanChanged, match="kustomization"):
        repository.describe(repository.head(), edits)


@pytest.mark.parametrize("path", ["../x", "/etc/x", "a//b", ".git/hooks/x", "a/.GIT/x", "a/./b", ""])
def test_dangerous_path_is_refused(repository: Repository, path: str) -> None:
    with pytest.raises(UsageError):
        repository.push([RefUpdate("main", repository.head(), FileEdits((FileEdit(path, None, b""),)), "Promote")])


@pytest.mark.parametrize("branch", ["-main", "--force", "a..b", "a b", "main:other", "+main", ""])
def test_branch_that_could_be_an_option_or_refspec_is_refused(repository: Repository, branch: str) -> None:
    with pytest.raises(UsageError):
        repository.push([RefUpdate(branch, None, FileEdits(), "Promote")])


def test_symbolic_link_is_refused_by_name(origin: Path, open_repository: Open, tmp_path: Path) -> None:
    tree = tmp_path / "tree"
    git(tmp_path, "clone", "-q", str(origin), str(tree))
    (tree / "link.yaml").symlink_to("/etc/passwd")
    (tree / "linked").symlink_to("apps")
    git(tree, "add", ".")
    git(tree, "commit", "-qm", "Link")
    git(tree, "push", "-q", "origin", "main")
    repository = open_repository()
    files = repository.files(repository.head())

    with pytest.raises(StrategyError, match=r"link\.yaml"):
        files.read("link.yaml")
    with pytest.raises(StrategyError, match="linked"):
        files.read("linked/web/kustomization.yaml")
    edits = FileEdits((FileEdit("linked/new.yaml", None, b""),))
    with pytest.raises(StrategyError, match="linked"):
        repository.push([RefUpdate("main", repository.head(), edits, "Promote")])


def test_nothing_temporary_stays_in_the_mirror(repository: Repository, tmp_path: Path) -> None:
    repository.push([change(repository, WEB, b"images: []\n")])

    (mirror,) = (tmp_path / "cache").glob("*.git")
    assert git(mirror, "for-each-ref", "--format=%(refname)") == "refs/heads/main"
    assert not list((tmp_path / "cache").glob(".*"))


def test_deleted_branch_disappears(origin: Path, repository: Repository) -> None:
    git(origin, "branch", "feature", "main")
    assert "feature" in repository.sync()

    git(origin, "branch", "-D", "feature")

    assert "feature" not in repository.sync()


def test_missing_repository(open_repository: Open, tmp_path: Path) -> None:
    with pytest.raises(RepositoryNotFound, match=r"nowhere\.git"):
        open_repository(tmp_path / "nowhere.git")


def test_empty_repository(open_repository: Open, tmp_path: Path) -> None:
    git(tmp_path, "init", "-q", "--bare", "-b", "main", "empty.git")
    repository = open_repository(tmp_path / "empty.git", sync=False)

    with pytest.raises(RepositoryNotFound, match="is empty"):
        repository.sync()

    git(tmp_path / "gitops.git", "push", "-q", str(tmp_path / "empty.git"), "main")
    assert "main" in repository.sync()


def test_sha256_repository(open_repository: Open, tmp_path: Path) -> None:
    bare = tmp_path / "sha256.git"
    git(tmp_path, "init", "-q", "--bare", "-b", "main", "--object-format=sha256", str(bare))
    stream = b"commit refs/heads/main\ncommitter A <a@b.c> 1 +0000\ndata 1\nx\nM 100644 inline a\ndata 2\n1\n\n"
    git(bare, "fast-import", "--quiet", stdin=stream)
    repository = open_repository(bare)
    update = change(repository, "a", b"2\n")

    changes, _ = repository.describe(repository.head(), update.edits)
    repository.push([update])

    assert changes[0].after == git(bare, "rev-parse", "main:a")


def side(repository: Repository, content: bytes, seen: str | None) -> RefUpdate:
    """A branch of its own with one commit on the head of main, in place of what was seen there."""
    update = change(repository, WEB, content)
    return replace(update, branch="side", replaces=Replaced(seen))


def test_a_branch_is_replaced_from_where_it_was_seen_only(repository: Repository, origin: Path) -> None:
    first = repository.push([side(repository, b"tag: v2\n", None)])[0]
    second = repository.push([side(repository, b"tag: v3\n", first)])[0]

    assert git(origin, "rev-parse", "side") == second
    assert git(origin, "rev-parse", "side~1") == repository.head()
    for expected in (None, first):
        with pytest.raises(LostRace):
            repository.push([side(repository, b"tag: v4\n", expected)])


def test_a_branch_is_removed_from_where_it_was_seen_only(repository: Repository, origin: Path) -> None:
    head = repository.push([side(repository, b"tag: v2\n", None)])[0]

    with pytest.raises(LostRace):
        repository.push([BranchRemoval("side", repository.head())])
    assert repository.push([BranchRemoval("side", head)]) == ("",)

    assert git(origin, "branch", "--list", "side") == ""
    assert "side" not in repository.heads()


@pytest.mark.parametrize("line_break", ["\u2028", "\x85"])
def test_names_hold_what_python_takes_for_a_line_break(origin: Path, open_repository: Open, line_break: str) -> None:
    head = git(origin, "rev-parse", "main")
    for name in ("heads", "tags"):
        git(origin, "update-ref", f"refs/{name}/x{line_break}y", head)

    repository = open_repository()

    assert repository.heads() == {"main": head, f"x{line_break}y": head}
    assert repository.tags().commits[f"x{line_break}y"] == head
