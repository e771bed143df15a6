"""Who could sign, by a file of signers: looked at before anybody has to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from promontory.signatures.allowed_signers import Signer, read_signers
from promontory.signatures.keyring import PublicKey, keyring
from promontory.signatures.statement import NAMESPACE


@dataclass(frozen=True)
class Listed:
    """One key of the file. ``where`` says which; ``until`` is None where it does not expire."""

    where: str
    until: datetime | None
    usable: bool
    entry: Signer | PublicKey

    def is_for(self, names: Sequence[str]) -> bool:
        if isinstance(self.entry, Signer):
            return any(self.entry.is_for(name) for name in names)
        return any(name.casefold() in self.entry.addresses for name in names)


def ssh_keys(content: bytes, now: datetime) -> tuple[tuple[Listed, ...], tuple[str, ...]]:
    """The keys of an ``allowed_signers`` file, and what is wrong with its other lines."""
    signers, unreadable = read_signers(content)
    keys = tuple(Listed(f"line {it.line}", it.valid_before, _counts(it, now), it) for it in signers)
    return keys, tuple(f"line {it.line}: {it.message}" if it.line else it.message for it in unreadable)


def gpg_keys(content: bytes, now: datetime, program: str) -> tuple[tuple[Listed, ...], tuple[str, ...]]:
    """The keys of a keyring; gpg does not say what is wrong with the rest. Raises `UsageError` without gpg."""
    with keyring(content, now, program) as ring:
        keys = ring.keys()
    return tuple(Listed(f"key {it.fingerprint[-16:]}", it.expires, it.usable, it) for it in keys), ()


def _counts(signer: Signer, now: datetime) -> bool:
    started = signer.valid_after is None or signer.valid_after <= now
    return started and (signer.valid_before is None or now < signer.valid_before) and signer.allows(NAMESPACE)
