"""Signatures of GPG keys: gpg says whether one is good; whose it is, the key's user ids say."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from promontory.clock import moment
from promontory.signatures.keyring import Keyring, keyring
from promontory.signatures.ssh import NOT_OF_THIS
from promontory.signatures.verdict import Claim, Proof, Refusal

# MD5, SHA-1 and RIPEMD-160: one can make a second text with the same sum of the first two.
_WEAK = ("1", "2", "3")
_SKEW = timedelta(minutes=5)
_OUTCOMES = ("GOODSIG", "EXPSIG", "EXPKEYSIG", "REVKEYSIG", "BADSIG", "ERRSIG")


def verify_gpg(claim: Claim) -> Proof | Refusal:
    """Raises `UsageError` where there is no gpg."""
    with keyring(claim.signers, claim.at, claim.gpg) as ring:
        statuses = _statuses(ring, claim)
        outcomes = [fields for fields in statuses if fields[0] in _OUTCOMES]
        if len(outcomes) != 1:
            return Refusal("the signature is damaged, or there is more than one in it", "sign again")
        outcome, key = outcomes[0][:2]
        valid = next((fields for fields in statuses if fields[0] == "VALIDSIG"), None)
        if valid is None or len(valid) < 11 or outcome in ("BADSIG", "ERRSIG"):
            return _unknown(claim, key) if outcome == "ERRSIG" else NOT_OF_THIS
        return _bounds(claim, outcome, valid) or _owner(ring, claim, valid[-1])


def _statuses(ring: Keyring, claim: Claim) -> list[list[str]]:
    signature = ring.home / "signature"
    signature.write_text(claim.signature.text)
    said = ring.run("--status-fd=1", "--verify", "--", str(signature), "-", given=claim.statement.encode())
    lines = said.output.decode(errors="replace").splitlines()
    return [line.split()[1:] for line in lines if line.startswith("[GNUPG:] ") and len(line.split()) > 2]


def _unknown(claim: Claim, key: str) -> Refusal:
    return Refusal(
        f"the key {key} of {claim.names[0]} is not in {claim.file}",
        f"have it added to {claim.file} on the protected branch: gpg --armor --export {key}",
    )


def _bounds(claim: Claim, outcome: str, valid: Sequence[str]) -> Refusal | None:
    key = f"the key {valid[-1]} of {claim.names[0]}"
    if outcome == "REVKEYSIG":
        return Refusal(f"{key} is revoked in {claim.file}", "sign with another key")
    if outcome == "EXPKEYSIG":
        return Refusal(f"{key} has expired in {claim.file}", f"extend it, and have it exported to {claim.file} again")
    if outcome == "EXPSIG":
        return Refusal(f"the signature of {claim.names[0]} says that it has expired", "sign without an expiry")
    if valid[8] in _WEAK:
        return Refusal(f"the signature of {claim.names[0]} uses a digest that is no longer safe", "sign with SHA-256")
    made = datetime.fromtimestamp(int(valid[3]), UTC) if valid[3].isdigit() else None
    if made is None or made > claim.at + _SKEW:
        return Refusal(
            f"the signature says that it was made after the answer, at {moment(made) if made else valid[3]}",
            "look at the clock of the machine that signed",
        )
    return None


def _owner(ring: Keyring, claim: Claim, fingerprint: str) -> Proof | Refusal:
    addresses = [address for key in ring.keys(fingerprint) for address in key.addresses]
    mine = next((name for name in claim.names if name.casefold() in addresses), None)
    if mine:
        return Proof(mine, fingerprint)
    owners = ", ".join(addresses) or "nobody"
    return Refusal(
        f"the key {fingerprint} is in {claim.file} for {owners}, not for {claim.names[0]}",
        "answer by the name that your key is listed for: --as NAME",
    )
