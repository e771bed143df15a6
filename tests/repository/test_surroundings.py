"""What lies around a repository: the caller's environment and configuration, tags, checkouts, maintenance."""

from __future__ import annotations

from pathlib import Path

import pytest

from promontory.repository import Person, Repository, create_bare, origin_of
from tests.repository.conftest import WEB, Open, change, git


def test_callers_git_variables_do_not_leak(
    repository: Repository, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "other"))
    monkeypatch.setenv("GIT_INDEX_FILE", str(tmp_path / "index"))
    monkeypatch.setenv("GIT_OBJECT_DIRECTORY", str(tmp_path / "objects"))
    monkeypatch.setenv("GIT_NAMESPACE", "other")

    repository.sync()
    repository.push([change(repository, WEB, b"images: []\n")])

    assert len(repository.log("main", 9)) == 2


def test_users_hooks_and_colours_do_not_disturb(open_repository: Open, tmp_path: Path) -> None:
    hooks = tmp_path / "hooks"
    hooks.mkdir()
    (hooks / "pre-push").write_text("#!/bin/sh\nexit 1\n")
    (hooks / "pre-push").chmod(0o755)
    for key, value in {"core.hooksPath": str(hooks), "color.ui": "always", "safe.bareRepository": "explicit"}.items():
        git(tmp_path, "config", "--global", key, value)

    repository = open_repository()
    repository.push([change(repository, WEB, b"images: []\n")])

    assert repository.log("main", 1)[0].subject == "Change"


def test_author_committer_and_hostile_names(open_repository: Open, origin: Path) -> None:

    repository = open_repository(
        author=Person("Ann <x>\nfrom", "ann@example.com"), committer=Person("Robot", "r@example.com")
    )

    repository.push([change(repository, WEB, b"images: []\n")])

    assert (
        git(origin, "log", "-1", "--format=%an|%ae|%cn|%ce", "main") == "Ann xfrom|ann@example.com|Robot|r@example.com"
    )


def test_remote_tags_without_peeled_ones(origin: Path, repository: Repository) -> None:
    git(origin, "tag", "v1", "main")
    git(origin, "tag", "-a", "v2", "-m", "two", "main")

    assert repository.remote_tags() == ("v1", "v2")
    assert repository.remote_tags(f"file://{origin}") == ("v1", "v2")


def test_maintenance_runs_once_a_day(repository: Repository) -> None:
    assert [repository.maintain(), repository.maintain()] == [True, False]


def test_origin_of_a_checkout(origin: Path, tmp_path: Path) -> None:
    git(tmp_path, "clone", "-q", str(origin), "checkout")
    git(tmp_path / "checkout", "remote", "set-url", "origin", "../gitops.git")
    git(tmp_path, "init", "-q", "lonely")
    (tmp_path / "plain").mkdir()

    found = origin_of(tmp_path / "checkout" / "apps")
    assert found is not None
    assert found[0] is not None
    assert (Path(found[0]).resolve(), found[1].resolve()) == (origin.resolve(), (tmp_path / "checkout").resolve())
    assert origin_of(tmp_path / "lonely") == (None, (tmp_path / "lonely").resolve())
    assert origin_of(tmp_path / "plain") is None


def test_executables_of_a_new_repository(tmp_path: Path) -> None:
    commit = create_bare(tmp_path / "new.git", {"a": b"\x00", "b.sh": "echo"}, branch="trunk", executable=["b.sh"])

    assert git(tmp_path / "new.git", "rev-parse", "HEAD") == commit
    assert git(tmp_path / "new.git", "ls-tree", "trunk", "b.sh").startswith("100755")
