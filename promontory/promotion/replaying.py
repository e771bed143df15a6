"""Where a signature that does not fit comes from: most likely it was made for another request of this ledger."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from promontory.entry import Entry
from promontory.promotion.workspace import Workspace
from promontory.signatures import Claim, Decision, Statement, is_signature_of

_NEWEST = 20
_DECISIONS: tuple[Decision, ...] = ("approved", "rejected")


def made_for(workspace: Workspace, claim: Claim, asked: Sequence[Entry]) -> str:
    """What the signature of ``claim``, which is none for ``asked``, was made for; empty where that is not known."""
    for requests in (tuple(asked), *_others(workspace, asked)):
        for decision in _DECISIONS:
            if is_signature_of(replace(claim, statement=Statement.of(requests, decision).text)):
                return _told(requests, asked, decision)
    return ""


def _others(workspace: Workspace, asked: Sequence[Entry]) -> Iterator[tuple[Entry, ...]]:
    """The newest requests besides ``asked``, each with all of its applications."""
    groups: dict[tuple[str, str | None], list[Entry]] = {}
    for entry in reversed(workspace.ledger.entries(kinds=["requested"])):
        groups.setdefault((entry.promotion, entry.digest), []).append(entry)
    own = (asked[0].promotion, asked[0].digest)
    others = [tuple(group) for key, group in groups.items() if key != own]
    yield from others[:_NEWEST]


def _told(requests: Sequence[Entry], asked: Sequence[Entry], decision: Decision) -> str:
    made, wanted = requests[0], asked[0]
    if (made.promotion, made.digest) == (wanted.promotion, wanted.digest):
        return f"it was made for another answer to it ({decision})"
    if made.promotion == wanted.promotion:
        return f"it was made for what would have been pushed before that changed ({made.digest})"
    where = "" if made.environment == wanted.environment else f", into another environment ({made.environment})"
    return f"it was made for another promotion ({made.promotion}: {made.application} {made.release}){where}"
