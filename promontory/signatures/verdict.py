"""What is asked of a signature, and what came of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from promontory.signatures.armor import Armored


@dataclass(frozen=True)
class Claim:
    """That ``signature`` is one of ``statement``, made by who is called one of ``names``, and good at the time ``at``.

    ``signers`` is what stands in the file of keys for the signature's format, ``file`` its path in the repository.
    ``gpg`` is the program that verifies signatures of that format.
    """

    statement: str
    signature: Armored
    names: tuple[str, ...]
    at: datetime
    signers: bytes
    file: str
    gpg: str = "gpg"


@dataclass(frozen=True)
class Proof:
    """It is. ``principal`` is the one of the names that the key is listed for, ``key`` the key's fingerprint."""

    principal: str
    key: str


@dataclass(frozen=True)
class Refusal:
    """It is not, or does not count; and what can be done about it."""

    message: str
    remedy: str = ""
