"""Blobless mirrors: what is not needed stays on the server, what is needed comes at once."""

from __future__ import annotations

from pathlib import Path

from promontory.change import FileEdit, FileEdits
from promontory.repository import RefUpdate, Repository
from tests.repository.conftest import FILES, WEB, Open, change, git


def missing_blobs(cache: Path) -> set[str]:
    (mirror,) = cache.glob("*.git")
    listed = git(mirror, "rev-list", "--objects", "--all", "--missing=print").splitlines()
    return {line[1:] for line in listed if line.startswith("?")}


def write_ledger(repository: Repository, count: int) -> None:
    edits = FileEdits(tuple(FileEdit(f"2026/{number}.json", None, b"%d" % number) for number in range(count)))
    repository.push([RefUpdate("promontory/ledger", None, edits, "Record")])


def test_blobs_stay_on_the_server(repository: Repository, tmp_path: Path) -> None:
    assert len(missing_blobs(tmp_path / "cache")) == len(FILES)

    repository.files(repository.head()).read(WEB)

    assert len(missing_blobs(tmp_path / "cache")) == len(FILES) - 1


def test_ledger_comes_with_one_fetch(open_repository: Open, recorded_git: Path, tmp_path: Path) -> None:
    write_ledger(open_repository(cache="writer"), 40)
    reader = open_repository(cache="reader")
    recorded_git.write_text("")

    oids = [oid for _, oid in reader.tree(reader.head("promontory/ledger"))]
    assert sorted(reader.read(oids).values()) == sorted(b"%d" % number for number in range(40))

    assert sum("fetch" in line.split() for line in recorded_git.read_text().splitlines()) == 1
    assert len(missing_blobs(tmp_path / "reader")) == len(FILES)


def test_what_was_read_once_is_not_asked_for_again(open_repository: Open, recorded_git: Path) -> None:
    repository = open_repository()
    oids = [oid for _, oid in repository.tree(repository.head())]
    repository.read(oids)
    recorded_git.write_text("")

    repository.read(oids)

    assert recorded_git.read_text() == ""


def test_a_warm_promotion_starts_four_programs(open_repository: Open, recorded_git: Path) -> None:
    repository = open_repository()
    repository.push([change(repository, WEB, b"one\n")])
    recorded_git.write_text("")

    repository.sync()
    repository.push([change(repository, WEB, b"two\n")])

    calls = [line.split()[0] for line in recorded_git.read_text().splitlines()]
    ours = [call for call in calls if call in ("fetch", "for-each-ref", "cat-file", "fast-import", "push", "rev-list")]
    assert ours == ["fetch", "for-each-ref", "fast-import", "push"]


def test_server_without_partial_clones_serves_whole_ones(origin: Path, open_repository: Open, tmp_path: Path) -> None:
    git(origin, "config", "uploadpack.allowFilter", "false")
    repository = open_repository()

    repository.push([change(repository, WEB, b"images: []\n")])

    assert missing_blobs(tmp_path / "cache") == set()
