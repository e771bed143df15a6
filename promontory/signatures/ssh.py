"""Signatures of SSH keys: ssh-keygen says whether one counts; why it does not, is found out here."""

from __future__ import annotations

import re

from promontory.clock import moment
from promontory.signatures.allowed_signers import Signer, read_signers
from promontory.signatures.keygen import Keygen, keygen
from promontory.signatures.statement import NAMESPACE
from promontory.signatures.verdict import Claim, Proof, Refusal

NOT_OF_THIS = Refusal(
    "the signature is not one of this statement: it was made for another decision, change, promotion, environment or "
    "repository, or has been changed since",
    "sign what waits now: promontory approve ID --sign",
)
_KEY = re.compile(r"with \S+ key (SHA256:\S+)\s*$")


def verify_ssh(claim: Claim) -> Proof | Refusal:
    """Raises `UsageError` where there is no ssh-keygen, or one that is too old."""
    namespace = claim.signature.namespace
    if namespace != NAMESPACE:
        return Refusal(f"the signature was made for {namespace!r}, not for approvals", f"sign with -n {NAMESPACE}")
    with keygen(claim) as program:
        said = ""
        for name in claim.names:
            ended = program.verify(name)
            if ended.code == 0 and (found := _KEY.search(ended.output.decode(errors="replace"))):
                return Proof(name, found[1])
            said = ended.errors.splitlines()[0] if ended.errors else ""
        return _why_not(program, said)


def _why_not(program: Keygen, said: str) -> Refusal:
    claim = program.claim
    if program.check().code != 0:
        return NOT_OF_THIS
    signers, _ = read_signers(claim.signers)
    listed = [signer for signer in signers if signer.key == claim.signature.key]
    mine = [signer for signer in listed if any(signer.is_for(name) for name in claim.names)]
    if mine:
        return _out_of_bounds(claim, mine[0], said)
    if listed:
        return _somebody_elses(claim, listed)
    if "-cert-" in claim.signature.key_type and any(signer.authority for signer in signers):
        return Refusal(
            f"the certificate of {claim.names[0]} does not count by {claim.file}: {_words(said)}",
            "have a certificate signed that is valid, for your address, by an authority in that file",
        )
    return not_listed(claim)


def not_listed(claim: Claim) -> Refusal:
    signature = claim.signature
    line = f'{claim.names[0]} namespaces="{NAMESPACE}" {signature.key_line}'
    return Refusal(
        f"the key {signature.fingerprint} of {claim.names[0]} is not listed in {claim.file}",
        f"have this line added to {claim.file} on the protected branch: {line}",
    )


def _somebody_elses(claim: Claim, listed: list[Signer]) -> Refusal:
    owners = ", ".join(dict.fromkeys(pattern for signer in listed for pattern in signer.patterns))
    return Refusal(
        f"the key {claim.signature.fingerprint} is listed in {claim.file} for {owners}, not for {claim.names[0]}",
        "answer by the name that your key is listed for: --as NAME",
    )


def _out_of_bounds(claim: Claim, signer: Signer, said: str) -> Refusal:
    where = f"{claim.file}:{signer.line}"
    key = f"the key {signer.fingerprint} of {claim.names[0]}"
    if signer.valid_before and claim.at >= signer.valid_before:
        return Refusal(f"{key} has expired: {where} lets it count before {moment(signer.valid_before)}", _renew(claim))
    if signer.valid_after and claim.at < signer.valid_after:
        return Refusal(
            f"{key} is not valid yet: {where} lets it count after {moment(signer.valid_after)}", _renew(claim)
        )
    if not signer.allows(NAMESPACE):
        spaces = ", ".join(signer.namespaces)
        return Refusal(f"{key} is listed for {spaces} only, in {where}", f"add {NAMESPACE} to its namespaces")
    return Refusal(f"{key} does not count by {where}: {_words(said)}", f"look at {claim.file}")


def _renew(claim: Claim) -> str:
    return f"have {claim.file} say until when on the protected branch, or sign with another key"


def _words(said: str) -> str:
    """ssh-keygen's, without the name of our copy of the file."""
    return " ".join(re.sub(r"^allowed_signers:\d+: ", "", said).split())[:200] or "ssh-keygen does not say why"
