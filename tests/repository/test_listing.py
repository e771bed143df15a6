"""Directories that are looked through without being parsed, against what git itself says of them."""

from __future__ import annotations

from pathlib import Path

import pytest

from promontory.repository import GitSettings, Repository
from tests.repository.conftest import git

NAMES = (
    "07T101010.000000Z-held-ab12-00000000.json",
    "a b.json",
    "100644 x",
    "übung",
    "\udcff".encode(errors="surrogateescape"),
)


@pytest.mark.parametrize("form", ["sha1", "sha256"])
def test_it_has_the_files_that_git_lists_and_nothing_else(tmp_path: Path, form: str) -> None:
    bare = tmp_path / "new.git"
    git(tmp_path, "init", "-q", "--bare", "-b", "main", f"--object-format={form}", str(bare))
    blob = git(bare, "hash-object", "-w", "--stdin", stdin=b"x")
    link = "120000 100644 08T101010.000000Z-held-ab12-00000000.json"
    names = [name if isinstance(name, bytes) else name.encode() for name in NAMES]
    files = b"".join(b"100644 blob %b\t%b\0" % (blob.encode(), name) for name in names)
    mode, name = link.split(" ", 1)
    empty = git(bare, "mktree", stdin=b"")
    others = f"{mode} blob {blob}\t{name}\0040000 tree {empty}\t09T101010.000000Z-held-ab12.json\0".encode()
    tree = git(bare, "mktree", "-z", stdin=files + others)
    git(bare, "update-ref", "refs/heads/main", git(bare, "commit-tree", tree, "-m", "x"))
    repository = Repository.open(str(bare), GitSettings(tmp_path / "cache"))
    repository.sync()

    (listing,) = repository.listings([tree])

    assert sorted(listing.files()) == sorted((name.decode(errors="surrogateescape"), blob) for name in names)
    assert listing.mentions(["-lifted-", "-held-"])
    assert not listing.mentions(["-lifted-", "-pushed-", "\ud800"])
    repository.close()
