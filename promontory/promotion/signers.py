"""Whose keys count: the files of signers, as they stand at commits of the protected branch and nowhere else."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from promontory.config import Signers
from promontory.errors import PromontoryError, UsageError
from promontory.repository import Repository, configured
from promontory.repository_url import repository_name
from promontory.signatures import Claim

Format = Literal["ssh", "gpg"]
MOST_BYTES = 1024 * 1024


@dataclass(frozen=True)
class Keys:
    """What stands in the file for one format at one commit."""

    file: str
    content: bytes


@dataclass(frozen=True)
class SignersFiles:
    """The files that ``signers:`` names; None: it is not there."""

    repository: Repository
    signers: Signers | None

    def names(self) -> tuple[str, ...]:
        """What the repository is called, the name that is signed first. Raises `UsageError` for a copy of it."""
        url = self.repository.url
        names = self._configured.names(url)
        if not names:
            raise UsageError(
                f"this repository is reached as {repository_name(url)}, which signers.repository does not list",
                "list it there, if it is the same repository; a copy wants approvals of its own",
            )
        return names

    def keys(self, commit: str, format_: Format) -> Keys:
        """Raises `UsageError` where there is no such file, or one that cannot be used."""
        file = self._configured.ssh if format_ == "ssh" else self._configured.gpg
        if file is None:
            raise UsageError(
                f"signers: names no file for signatures of {format_.upper()}",
                f"sign with {'GPG' if format_ == 'ssh' else 'SSH'}, or add {format_}: to signers: in promontory.yaml",
            )
        try:
            content = self.repository.files(commit).read(file)
        except PromontoryError as error:
            raise UsageError(error.message, error.remedy) from None
        if content is None or len(content) > MOST_BYTES:
            what = "is larger than 1 MiB" if content else f"is not there at {commit[:12]}"
            raise UsageError(f"{file}, the file of signers, {what}", "push it to the branch that promontory.yaml is on")
        return Keys(file, content)

    @property
    def _configured(self) -> Signers:
        if self.signers is None:
            raise UsageError(
                "promontory.yaml does not say whose signatures count",
                "write `signers: {ssh: .promontory/allowed_signers}`, and push that file",
            )
        return self.signers


def gpg_program(format_: Format) -> str:
    """Git's own, so that whoever verifies commits verifies approvals."""
    return configured("gpg.program", path=True) or Claim.gpg if format_ == "gpg" else Claim.gpg
