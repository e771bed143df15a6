"""Real keys of SSH and GPG, the programs that sign with them, and files that list them."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from promontory.entry import Entry
from promontory.signatures import NAMESPACE, Claim, Statement, read_armor

needs_ssh_keygen = pytest.mark.skipif(shutil.which("ssh-keygen") is None, reason="ssh-keygen is not installed")
needs_gpg = pytest.mark.skipif(shutil.which("gpg") is None, reason="gpg is not installed")
ALICE, BOB, CAROL = "alice@acme.example", "bob@acme.example", "carol@acme.example"
NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
DIGEST = "sha256:" + "d" * 64


def requested(**fields: object) -> Entry:
    given: dict[str, object] = {
        "version": 1,
        "kind": "requested",
        "promotion": "0123456789ab",
        "application": "web-app",
        "environment": "production",
        "release": "v1.3.0",
        "previous": "v1.2.3",
        "at": NOW,
        "by": "ci",
        "digest": DIGEST,
        "repository": "git.acme.example/acme/gitops",
    }
    return Entry.model_validate({**given, **fields})


STATEMENT = Statement.of([requested()], "approved").text


@dataclass(frozen=True)
class Key:
    """A key pair of SSH, in files."""

    path: Path

    @property
    def public(self) -> str:
        kind, blob, *_ = self.path.with_name(self.path.name + ".pub").read_text().split()
        return f"{kind} {blob}"

    def sign(self, text: str = STATEMENT, namespace: str = NAMESPACE, file: str = "") -> str:
        command = ["ssh-keygen", "-q", "-Y", "sign", "-n", namespace, "-f", str(file or self.path)]
        return subprocess.run(command, input=text, check=True, capture_output=True, text=True).stdout

    def certify(self, authority: Key, *principals: str, valid: str = "20200101:20300101") -> str:
        """The file of a certificate of this key."""
        own = str(self.path)
        command = ["ssh-keygen", "-q", "-s", str(authority.path), "-I", "id", "-n", ",".join(principals), "-V", valid]
        subprocess.run([*command, f"{own}.pub"], check=True, capture_output=True, env={**os.environ, "TZ": "UTC"})
        return f"{own}-cert.pub"


def make_key(directory: Path, name: str, passphrase: str = "") -> Key:
    path = directory / name
    command = ["ssh-keygen", "-q", "-t", "ed25519", "-N", passphrase, "-C", name, "-f", str(path)]
    subprocess.run(command, check=True)
    return Key(path)


def listing(*lines: tuple[str, str, Key]) -> bytes:
    """An ``allowed_signers`` file: principals, options and key of each line."""
    return "".join(
        f"{' '.join(part for part in (who, options, key.public) if part)}\n" for who, options, key in lines
    ).encode()


def claim(text: str, signers: bytes, *names: str, at: datetime = NOW, statement: str = STATEMENT) -> Claim:
    return Claim(statement, read_armor(text), names or (ALICE,), at, signers, ".promontory/signers")


@dataclass(frozen=True)
class Gpg:
    """A home of gpg, with secret keys in it."""

    home: Path

    def run(self, *arguments: str, given: str = "", at: datetime = NOW) -> str:
        time = f"--faked-system-time={at:%Y%m%dT%H%M%S}!"
        command = ["gpg", "--batch", "--quiet", "--homedir", str(self.home), time, "--passphrase", "", *arguments]
        return subprocess.run(command, input=given, check=True, capture_output=True, text=True).stdout

    def make(self, who: str, expires: str = "never") -> None:
        self.run("--quick-gen-key", who, "ed25519", "sign", expires)

    def export(self) -> bytes:
        return self.run("--armor", "--export").encode()

    def sign(self, who: str, text: str = STATEMENT, *options: str, at: datetime = NOW) -> str:
        return self.run("--armor", "--local-user", who, *options, "--detach-sign", given=text, at=at)


@contextmanager
def gpg_home() -> Iterator[Gpg]:
    # With a short name: the socket of gpg's agent in it must fit into a socket address.
    with TemporaryDirectory(prefix="gpg-", dir="/tmp") as home:
        try:
            yield Gpg(Path(home))
        finally:
            subprocess.run(["gpgconf", "--homedir", home, "--kill", "gpg-agent"], check=False)
