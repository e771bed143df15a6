"""Commits signed with an ssh key, as git itself verifies them."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from promontory.errors import RepositoryError
from promontory.model import FileEdit, FileEdits
from promontory.repository import Person, RefUpdate
from tests.repository.conftest import WEB, Open, change, git

pytestmark = pytest.mark.skipif(shutil.which("ssh-keygen") is None, reason="ssh-keygen is not installed")

ROBOT = Person("Robot", "robot@example.com")


@pytest.fixture
def key(tmp_path: Path) -> Path:
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(tmp_path / "key")], check=True)
    return tmp_path / "key"


def test_commits_are_signed(origin: Path, open_repository: Open, key: Path, tmp_path: Path) -> None:
    repository = open_repository(signing_format="ssh", signing_key=str(key), author=ROBOT, committer=ROBOT)
    record = RefUpdate("promontory/ledger", None, FileEdits((FileEdit("1.json", None, b"{}"),)), "Record")

    commits = repository.push([change(repository, WEB, b"images: []\n", message="Promote\n\nRelease: v1"), record])

    allowed = tmp_path / "allowed"
    allowed.write_text(f"robot@example.com {key.with_suffix('.pub').read_text()}")
    for commit in commits:
        git(origin, "-c", f"gpg.ssh.allowedSignersFile={allowed}", "verify-commit", commit)
    assert git(origin, "show", f"main:{WEB}") == "images: []"
    assert (
        git(origin, "log", "-1", "--format=%an %ce %(trailers)", "main").strip()
        == "Robot robot@example.com Release: v1"
    )
    assert git(origin, "rev-list", "--count", "main") == "2"


def test_unusable_key_pushes_nothing(origin: Path, open_repository: Open, tmp_path: Path) -> None:
    repository = open_repository(signing_format="ssh", signing_key=str(tmp_path / "no-key"))

    with pytest.raises(RepositoryError, match="cannot be signed"):
        repository.push([change(repository, WEB, b"images: []\n")])

    assert git(origin, "rev-list", "--count", "main") == "1"
