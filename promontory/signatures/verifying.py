"""Whether a signature counts, whatever made it. Asked again and again of the same ones, so it is remembered."""

from __future__ import annotations

from functools import lru_cache

from promontory.signatures.gpg import verify_gpg
from promontory.signatures.ssh import NOT_OF_THIS, verify_ssh
from promontory.signatures.verdict import Claim, Proof, Refusal

_VERIFY = {"ssh": verify_ssh, "gpg": verify_gpg}


@lru_cache(maxsize=1024)
def verify(claim: Claim) -> Proof | Refusal:
    """The same claim has the same answer for ever: it names its time, and all that is looked at.

    Raises `UsageError` where the program that verifies is missing or too old, which is not remembered.
    """
    return _VERIFY[claim.signature.format](claim)


def is_signature_of(claim: Claim) -> bool:
    """Whether it is a signature of the claim's statement at all, even one that does not count."""
    return verify(claim) != NOT_OF_THIS
