"""What Git needs to know about whoever is calling it: who commits, with which credentials, where the cache is.

It reads no environment and no file; the caller filled it in.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from pydantic import SecretStr

CLONE_PATIENCE = 10


@dataclass(frozen=True)
class Person:
    """An author or committer, as Git writes them."""

    name: str
    email: str

    def __str__(self) -> str:
        # Git's own rule: these characters end a name or an address, so they cannot be part of one.
        name, email = (
            "".join(c for c in part if c.isprintable() and c not in "<>") for part in (self.name, self.email)
        )
        return f"{name.strip() or 'unknown'} <{email.strip()}>"


PROMONTORY = Person("Promontory", "promontory@localhost")


@dataclass(frozen=True)
class GitSettings:
    """``timeout`` is in seconds and holds for every call of Git; a clone may take ten times as long."""

    cache_dir: Path
    branch: str | None = None
    ledger_branch: str = "promontory/ledger"
    author: Person = PROMONTORY
    committer: Person = PROMONTORY
    signing_format: Literal["ssh", "gpg"] | None = None
    signing_key: str | None = None
    username: str | None = None
    password: SecretStr | None = field(default=None, repr=False)
    ssh_key: Path | None = None
    known_hosts: Path | None = None
    timeout: float = 60

    def signing(self) -> tuple[dict[str, str], tuple[tuple[str, str], ...]]:
        """The variables and the configuration with which git signs what it writes for these people."""
        configuration = [("gpg.format", "openpgp" if self.signing_format == "gpg" else "ssh")]
        if self.signing_key:
            configuration.append(("user.signingKey", self.signing_key))
        variables = {
            "GIT_AUTHOR_NAME": self.author.name,
            "GIT_AUTHOR_EMAIL": self.author.email,
            "GIT_COMMITTER_NAME": self.committer.name,
            "GIT_COMMITTER_EMAIL": self.committer.email,
        }
        return variables, tuple(configuration)
