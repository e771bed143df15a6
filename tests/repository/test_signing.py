"""Commits signed with an ssh or a GPG key, as git itself verifies them."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from promontory.change import FileEdit, FileEdits
from promontory.errors import RepositoryError
from promontory.repository import Person, RefUpdate
from tests.repository.conftest import WEB, Open, change, git

needs_ssh_keygen = pytest.mark.skipif(shutil.which("ssh-keygen") is None, reason="ssh-keygen is not installed")
needs_gpg = pytest.mark.skipif(shutil.which("gpg") is None, reason="gpg is not installed")

ROBOT = Person("Robot", "robot@example.com")


@pytest.fixture
def key(tmp_path: Path) -> Path:
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(tmp_path / "key")], check=True)
    return tmp_path / "key"


@needs_ssh_keygen
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


@needs_gpg
def test_commits_are_signed_with_gpg(origin: Path, open_repository: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    # A directory of its own with a short name: gpg-agent's socket in it must fit into a socket address.
    with TemporaryDirectory(prefix="gpg-") as home:
        monkeypatch.setenv("GNUPGHOME", home)
        who, *make = "robot@example.com", "gpg", "--batch", "--quiet", "--passphrase", ""
        subprocess.run([*make, "--quick-gen-key", who, "ed25519", "sign"], check=True, capture_output=True)
        repository = open_repository(signing_format="gpg", signing_key=who, author=ROBOT, committer=ROBOT)

        (commit,) = repository.push([change(repository, WEB, b"images: []\n", message="Promote")])

        git(origin, "verify-commit", commit)
        subprocess.run(["gpgconf", "--kill", "gpg-agent"], check=False)
