"""Searching a commit: what is found, and that nothing is fetched or read twice."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from promontory.repository import Repository, create_bare
from tests.repository.conftest import change, git

MARK = re.compile(rb"mark-\d")
YAML = ("*.yaml", "Kustomization")
FILES = {
    "dev/a.yaml": "mark-1 mark-2\n",
    "dev/deep/er/Kustomization": "x mark-3\n",
    "dev/none.yaml": "nothing\n",
    "dev/mark.txt": "mark-4\n",
    "dev/a.yaml.bak": "mark-5\n",
    "dev-2/a.yaml": "mark-6\n",
    "mark.yaml": "mark-7\n",
}


def missing_blobs(cache: Path) -> set[str]:
    (mirror,) = cache.glob("*.git")
    listed = git(mirror, "rev-list", "--objects", "--all", "--missing=print").splitlines()
    return {line[1:] for line in listed if line.startswith("?")}


@pytest.fixture
def origin(tmp_path: Path) -> Path:
    path = tmp_path / "marked.git"
    create_bare(path, FILES)
    return path


def fetches(recorded_git: Path) -> int:
    return sum("fetch" in line.split() for line in recorded_git.read_text().splitlines())


def test_finds_by_directory_name_and_content(repository: Repository) -> None:
    files = repository.files(repository.head())

    assert files.search("dev", MARK, YAML) == {
        "dev/a.yaml": (b"mark-1", b"mark-2"),
        "dev/deep/er/Kustomization": (b"mark-3",),
    }
    assert list(files.search("", MARK, ("*.yaml",))) == ["dev-2/a.yaml", "dev/a.yaml", "mark.yaml"]
    assert files.search(".", MARK, ("*.yaml",)) == files.search("", MARK, ("*.yaml",))
    assert files.search("nowhere", MARK, YAML) == {}
    assert files.search("dev/a.yaml", MARK, YAML) == {}


def test_symbolic_links_and_submodules_are_not_looked_into(origin: Path, repository: Repository) -> None:
    target = git(origin, "hash-object", "-w", "--stdin", stdin=b"a.yaml")
    tree = git(origin, "ls-tree", "main:dev")
    extra = f"120000 blob {target}\tlink.yaml\n160000 commit {repository.head()}\tmodule.yaml\n"
    linked = git(origin, "mktree", "--missing", stdin=f"{tree}\n{extra}".encode())
    commit = git(origin, "commit-tree", "-p", "main", "-m", "Link", linked)
    git(origin, "update-ref", "refs/heads/main", commit)
    repository.sync()

    assert list(repository.files(commit).search("", MARK, YAML)) == ["a.yaml", "deep/er/Kustomization"]


def test_what_is_missing_comes_with_one_fetch_and_nothing_else_comes(
    repository: Repository, recorded_git: Path, tmp_path: Path
) -> None:
    recorded_git.write_text("")

    repository.files(repository.head()).search("dev", MARK, YAML)

    assert fetches(recorded_git) == 1
    assert len(missing_blobs(tmp_path / "cache")) == len(FILES) - 3


def test_searching_again_asks_git_for_nothing(repository: Repository, recorded_git: Path) -> None:
    first = repository.files(repository.head()).search("dev", MARK, YAML)
    repository.close()
    recorded_git.write_text("")

    assert repository.files(repository.head()).search("dev", MARK, YAML) == first
    assert recorded_git.read_text() == ""


def test_of_a_later_commit_only_what_is_new_is_looked_through(repository: Repository, recorded_git: Path) -> None:
    before = repository.files(repository.head()).search("dev", MARK, YAML)
    (commit,) = repository.push([change(repository, "dev/a.yaml", b"mark-8\n")])
    recorded_git.write_text("")

    after = repository.files(commit).search("dev", MARK, YAML)

    assert after == {**before, "dev/a.yaml": (b"mark-8",)}
    assert fetches(recorded_git) == 0


def test_another_pattern_is_another_search(repository: Repository) -> None:
    files = repository.files(repository.head())
    files.search("dev", MARK, YAML)

    assert files.search("dev", re.compile(b"nothing"), YAML) == {"dev/none.yaml": (b"nothing",)}
