"""A server that says no: what the user reads, and that nothing arrives."""

from __future__ import annotations

from pathlib import Path

import pytest

from promontory.change import FileEdit, FileEdits
from promontory.errors import PushRefused, TransientError
from promontory.repository import RefUpdate
from tests.repository.conftest import WEB, Open, change, git, install_hook


def test_hook_that_declines_is_quoted(origin: Path, open_repository: Open) -> None:
    install_hook(origin, "pre-receive", "printf 'main is \\033[1mfrozen\\033[0m until Monday\\n' >&2; exit 1")
    repository = open_repository()

    with pytest.raises(PushRefused, match="main is frozen until Monday") as refused:
        repository.push([change(repository, WEB, b"images: []\n")])

    assert "\x1b" not in str(refused.value)
    assert git(origin, "rev-list", "--count", "main") == "1"


def test_protected_branch_takes_the_ledger_down_with_it(origin: Path, open_repository: Open) -> None:
    install_hook(
        origin, "update", 'test "$1" = refs/heads/main && echo "GH006: Protected branch" >&2 && exit 1; exit 0'
    )
    repository = open_repository()
    record = RefUpdate("promontory/ledger", None, FileEdits((FileEdit("1.json", None, b"{}"),)), "Record")

    with pytest.raises(PushRefused, match="protects the branch"):
        repository.push([change(repository, WEB, b"images: []\n"), record])

    assert git(origin, "for-each-ref", "--format=%(refname)") == "refs/heads/main"


def test_checked_out_branch_is_explained(origin: Path, open_repository: Open, tmp_path: Path) -> None:
    git(tmp_path, "clone", "-q", str(origin), "tree")
    repository = open_repository(tmp_path / "tree")

    with pytest.raises(PushRefused, match="checked out"):
        repository.push([change(repository, WEB, b"images: []\n")])


def test_server_that_hangs_runs_into_the_timeout(origin: Path, open_repository: Open) -> None:
    install_hook(origin, "pre-receive", "sleep 30")
    repository = open_repository(timeout=1)

    with pytest.raises(TransientError, match="longer than 1 s"):
        repository.push([change(repository, WEB, b"images: []\n")])
