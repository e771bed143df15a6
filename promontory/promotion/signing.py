"""Signed answers: what is to be signed, and taking a signature in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from promontory.entry import Entry, Signature
from promontory.errors import NotAllowed, UsageError
from promontory.model import Plan
from promontory.people import People
from promontory.promotion.planning import Mover, draw_plans
from promontory.promotion.replaying import made_for
from promontory.promotion.signers import SignersFiles, gpg_program
from promontory.promotion.workspace import Workspace
from promontory.repository_url import repository_name
from promontory.signatures import Claim, Decision, Refusal, Statement, is_signature_of, read_armor, verify
from promontory.signatures.statement import MOST_BYTES


@dataclass(frozen=True)
class Signed:
    """An answer that came by ``way``, with the armored ``signature`` of its statement."""

    way: str
    signature: str


def repository_called(workspace: Workspace) -> str:
    """What a request calls the repository: the first address that ``signers:`` lists, else the one it is reached by."""
    url, signers = workspace.repository.url, workspace.config.signers
    names = signers.names(url) if signers else ()
    return names[0] if names else repository_name(url)


def statement_of(workspace: Workspace, requests: Sequence[Entry], decision: Decision) -> str:
    """What is to be signed for an answer to ``requests``, which are one promotion's.

    Raises `UsageError` where that cannot be signed here, or by anybody.
    """
    called, names = requests[0].repository, _files(workspace).names()
    if called is None:
        raise UsageError(
            "this request is from before there were signatures: it does not say which repository it is about",
            "reject it, and promote again",
        )
    if called not in names:
        raise UsageError(
            f"the request is about the repository {called}, and this one is {names[0]}",
            "name the other one with --repository, or list both addresses in signers.repository if they are one",
        )
    text = Statement.of(requests, decision).text
    if len(text) > MOST_BYTES:
        raise UsageError(
            f"{len(requests)} applications are too many for one signature", "promote fewer of them at once"
        )
    return text


def accepted(workspace: Workspace, requests: Sequence[Entry], decision: Decision, text: str) -> Signature:
    """The signature ``text`` of the actor's answer, verified, as it is recorded.

    Raises `UsageError` for what is no signature, `NotAllowed` for one that does not count.
    """
    who, statement = workspace.actor.by, statement_of(workspace, requests, decision)
    armored = read_armor(text)
    commit = workspace.repository.head()
    keys = _files(workspace).keys(commit, armored.format)
    names = People(workspace.config.people).names(who)
    program = gpg_program(armored.format)
    claim = Claim(statement, armored, names, workspace.clock.now(), keys.content, keys.file, program)
    found = verify(claim)
    if isinstance(found, Refusal):
        known = "" if is_signature_of(claim) else made_for(workspace, claim, requests)
        raise NotAllowed(f"the signature is not one of this request: {known}" if known else found.message, found.remedy)
    return Signature(
        format=armored.format,
        statement=statement,
        text=armored.text,
        principal=found.principal,
        key=found.key,
        signers=commit,
    )


def taken(
    workspace: Workspace, requests: Sequence[Entry], decision: Decision, proof: str | Signed
) -> tuple[str, Signature | None]:
    """The way that an answer came, as the ledger has it, and its signature where it brought one."""
    if not isinstance(proof, Signed):
        return proof, None
    signature = accepted(workspace, requests, decision, proof.signature)
    return f"{proof.way}, signed", signature


def drawn_again(workspace: Workspace, requests: Sequence[Entry]) -> Plan:
    """What ``requests`` would push, planned here and now: a signature is worth what its signer has seen.

    The ledger has the plan, too; but its diff is in no digest, and who may write there could have it say anything.
    """
    in_order = sorted(requests, key=lambda entry: entry.at)
    return draw_plans(workspace, [Mover(entry.place, entry.release) for entry in in_order]).plan


def _files(workspace: Workspace) -> SignersFiles:
    return SignersFiles(workspace.repository, workspace.config.signers)
