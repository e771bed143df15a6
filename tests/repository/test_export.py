"""A commit's files on disk, however hostile its names are."""

from __future__ import annotations

import os
from pathlib import Path

from promontory.change import EntryEdit, FileEdit, FileEdits
from tests.repository.conftest import FILES, WEB, Open, git


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


def test_edits_that_are_not_pushed_are_written_as_if_they_were(open_repository: Open, tmp_path: Path) -> None:
    repository = open_repository()
    head = repository.head()
    there = dict(repository.entries(head))
    edits = FileEdits(
        (
            FileEdit("run.sh", FILES["run.sh"].encode(), b"#!/bin/sh\necho new\n"),
            FileEdit("new/deep.txt", None, b"new\n"),
            FileEdit(WEB, FILES[WEB].encode(), None),
        ),
        (EntryEdit("copy.sh", None, there["run.sh"]),),
    )

    assert repository.export(head, tmp_path / "out", edits) == ()

    assert (tmp_path / "out" / "run.sh").read_text() == "#!/bin/sh\necho new\n"
    assert os.access(tmp_path / "out" / "run.sh", os.X_OK)
    assert (tmp_path / "out" / "new" / "deep.txt").read_text() == "new\n"
    assert (tmp_path / "out" / "copy.sh").read_text() == FILES["run.sh"]
    assert not (tmp_path / "out" / WEB).exists()


def test_edits_of_a_branch_that_does_not_exist_yet_are_all_there_is(open_repository: Open, tmp_path: Path) -> None:
    repository = open_repository()

    repository.export(None, tmp_path / "out", FileEdits((FileEdit("a.yaml", None, b"a: 1\n"),)))

    assert [path.name for path in (tmp_path / "out").iterdir()] == ["a.yaml"]


def test_an_edit_whose_name_leads_out_is_left_out(open_repository: Open, tmp_path: Path) -> None:
    edits = FileEdits((FileEdit("../evil", None, b"x"), FileEdit("ok", None, b"x")))

    assert open_repository().export(None, tmp_path / "out", edits) == ("../evil",)
    assert not (tmp_path / "evil").exists()
