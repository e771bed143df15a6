"""A commit's files on disk, however hostile its names are."""

from __future__ import annotations

import os
from pathlib import Path

from tests.repository.conftest import FILES, Open, git


def test_files_and_modes_arrive_byte_for_byte(open_repository: Open, tmp_path: Path) -> None:
    repository = open_repository()

    skipped = repository.export(repository.head(), tmp_path / "out")

    assert skipped == ()
    assert {
        str(path.relative_to(tmp_path / "out")): path.read_text()
        for path in (tmp_path / "out").rglob("*")
        if path.is_file()
    } == FILES
    assert os.access(tmp_path / "out" / "run.sh", os.X_OK)
    assert not os.access(tmp_path / "out" / "apps/web/kustomization.yaml", os.X_OK)


def test_links_and_names_that_lead_out_are_left_out(origin: Path, open_repository: Open, tmp_path: Path) -> None:
    blob = git(origin, "hash-object", "-w", "--stdin", stdin=b"evil")
    links = {name: git(origin, "hash-object", "-w", "--stdin", stdin=target) for name, target in _LINKS.items()}
    tree_of_evil = git(origin, "mktree", stdin=f"100644 blob {blob}\tevil\n".encode())
    entries = "".join(f"120000 blob {oid}\t{name}\n" for name, oid in links.items())
    entries += f"040000 tree {tree_of_evil}\t..\n040000 tree {tree_of_evil}\t.git\n040000 tree {tree_of_evil}\tgood\n"
    tree = git(origin, "mktree", stdin=entries.encode())
    git(origin, "update-ref", "refs/heads/main", git(origin, "commit-tree", tree, "-m", "Evil"))
    repository = open_repository()

    skipped = repository.export(repository.head(), tmp_path / "deep" / "out")

    out = tmp_path / "deep" / "out"
    assert {path.name for path in out.iterdir()} == {"good", "fine", "chain", "here"}
    assert (out / "fine").read_text() == "evil"
    assert set(skipped) == {"absolute", "above", "hop", "hidden", "../evil", ".git/evil"}
    assert not (tmp_path / "deep" / "evil").exists()


_LINKS = {
    "absolute": b"/etc/passwd",
    "above": b"../x",
    "chain": b"good",
    "fine": b"good/evil",
    "here": b".",
    "hidden": b"here/../x",
    "hop": b"chain/../../x",
}
