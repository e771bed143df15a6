"""A throw-away home for gpg, with nothing in it but the team's public keys, at the time that is asked about."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from promontory.processes.filter import Filtered, run_filter

MOST_BYTES = 1024 * 1024
# No agent, no network, no configuration; and no trust but that in the file itself.
_OPTIONS = (
    "--batch",
    "--no-tty",
    "--no-options",
    "--no-autostart",
    "--no-auto-key-retrieve",
    "--no-auto-key-locate",
    "--trust-model=always",
    "--ignore-time-conflict",
    "--quiet",
)
_ADDRESS = re.compile(r"<([^<>]+)>\s*$")


@dataclass(frozen=True)
class PublicKey:
    """``addresses`` are those of its user ids that are neither revoked nor expired; ``expires`` None: never."""

    fingerprint: str
    addresses: tuple[str, ...]
    expires: datetime | None = None
    usable: bool = True


@dataclass(frozen=True)
class Keyring:
    """Answers as gpg would have at the time ``at``."""

    home: Path
    at: datetime
    program: str

    def run(self, *arguments: str, given: bytes = b"") -> Filtered:
        time = f"--faked-system-time={self.at.astimezone(UTC):%Y%m%dT%H%M%S}!"
        environment = {
            "PATH": os.environ.get("PATH", os.defpath),
            "TZ": "UTC",
            "LC_ALL": "C",
            "HOME": str(self.home),
            "GNUPGHOME": str(self.home),
        }
        return run_filter([self.program, *_OPTIONS, time, *arguments], given, self.home, environment)

    def keys(self, *fingerprints: str) -> tuple[PublicKey, ...]:
        listed = self.run("--with-colons", "--fixed-list-mode", "--list-keys", "--", *fingerprints)
        return _keys([line.split(":") for line in listed.output.decode(errors="replace").splitlines()])


@contextmanager
def keyring(content: bytes, at: datetime, program: str = "gpg") -> Iterator[Keyring]:
    """What cannot be read in ``content`` is not in it. Raises `UsageError` where there is no gpg."""
    with TemporaryDirectory(prefix="promontory-gpg-") as directory:
        ring = Keyring(Path(directory), at, program)
        (ring.home / "common.conf").touch()  # so that no gpg writes one that wants a daemon for the keys
        if len(content) <= MOST_BYTES:
            ring.run("--import", given=content)
        yield ring


def _keys(records: Sequence[list[str]]) -> tuple[PublicKey, ...]:
    """From gpg's colon listings (its doc/DETAILS): ``pub``, then its ``fpr``, then its ``uid``s."""
    keys: list[PublicKey] = []
    primary: list[str] = []
    for fields in records:
        if fields[0] == "pub":
            primary = fields
        elif fields[0] == "fpr" and primary:
            keys.append(PublicKey(fields[9], (), _moment(primary[6]), primary[1] not in ("r", "e", "i", "d", "n")))
            primary = []
        elif fields[0] == "uid" and keys and fields[1] not in ("r", "e", "n"):
            last = keys.pop()
            keys.append(PublicKey(last.fingerprint, (*last.addresses, _address(fields[9])), last.expires, last.usable))
    return tuple(keys)


def _address(user_id: str) -> str:
    """The address in it, in small letters; all of it where there is none."""
    text = re.sub(r"\\x([0-9a-f]{2})", lambda found: chr(int(found[1], 16)), user_id)
    found = _ADDRESS.search(text)
    return (found[1] if found else text).strip().casefold()


def _moment(seconds: str) -> datetime | None:
    return datetime.fromtimestamp(int(seconds), UTC) if seconds.isdigit() else None
