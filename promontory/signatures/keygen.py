"""How ssh-keygen is run to verify: in a directory of its own, without the user's environment, offline."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC
from pathlib import Path
from tempfile import TemporaryDirectory

from promontory.errors import ProgramMissing
from promontory.processes.filter import Filtered, run_filter
from promontory.signatures.statement import NAMESPACE
from promontory.signatures.verdict import Claim

OLDEST = "install OpenSSH 8.9 or newer (its ssh-keygen verifies as of a point in time)"
_SIGNATURE, _SIGNERS = "signature", "allowed_signers"
# What an ssh-keygen says that knows no -Y (before 8.2), or no time to verify for (before 8.8).
_TOO_OLD = re.compile(
    r"(?:unknown|illegal|invalid) option.*(?:\bY\b|verify-time)|(?:^|\n)usage: ssh-keygen", re.IGNORECASE
)


@dataclass(frozen=True)
class Keygen:
    """``directory`` holds the claim's signature and signers, by names of ours."""

    directory: Path
    claim: Claim

    def verify(self, name: str) -> Filtered:
        return self._run("verify", "-f", _SIGNERS, "-I", name, "-n", NAMESPACE, "-s", _SIGNATURE, *self._at)

    def check(self) -> Filtered:
        """Whether the signature is one of the statement at all, whoever made it."""
        return self._run("check-novalidate", "-n", NAMESPACE, "-s", _SIGNATURE)

    @property
    def _at(self) -> tuple[str, ...]:
        return (f"-Overify-time={self.claim.at.astimezone(UTC):%Y%m%d%H%M%S}",)

    def _run(self, *arguments: str) -> Filtered:
        # It takes times for those of its time zone, and asks for no terminal, home or agent.
        environment = {
            "PATH": os.environ.get("PATH", os.defpath),
            "TZ": "UTC",
            "LC_ALL": "C",
            "HOME": str(self.directory),
        }
        ended = run_filter(["ssh-keygen", "-Y", *arguments], self.claim.statement.encode(), self.directory, environment)
        if too_old(ended):
            raise ProgramMissing("the ssh-keygen here is too old to verify signatures", OLDEST)
        return ended


def too_old(ended: Filtered) -> bool:
    return ended.code != 0 and bool(_TOO_OLD.search(ended.errors))


@contextmanager
def keygen(claim: Claim) -> Iterator[Keygen]:
    with TemporaryDirectory(prefix="promontory-signature-") as directory:
        place = Path(directory)
        (place / _SIGNATURE).write_text(claim.signature.text)
        (place / _SIGNERS).write_bytes(claim.signers)
        yield Keygen(place, claim)
