"""Why an answer is not taken: each refusal says what is in its way, and what to do about it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Literal

from promontory.approvals.judging import counted, in_time
from promontory.approvals.people import asked_for_it, may_answer, still_wanted
from promontory.approvals.rule import NO_PROOFS, Proofs, Rule
from promontory.clock import moment
from promontory.entry import Entry
from promontory.errors import NotAllowed, UsageError
from promontory.escaping.plain import legible
from promontory.escaping.shell import command

Decision = Literal["approved", "rejected"]
LONGEST_NAME, LONGEST_NOTE, LONGEST_ID = 200, 2000, 64


def refusal(
    rule: Rule, given: Entry, request: Entry, entries: Sequence[Entry], now: datetime, proofs: Proofs = NO_PROOFS
) -> NotAllowed | None:
    """``given`` is the answer as it would be recorded, ``entries`` are its promotion's; None where it is taken."""
    if not may_answer(rule, given.by):
        return NotAllowed(
            f"{given.by} is not among the approvers of {request.environment}: {', '.join(rule.approvers)}",
            f"{_ask(still_wanted(rule, entries, []))}, or answer by the name that promontory.yaml has for you",
        )
    if not in_time(rule, request, now):
        again = command("promontory", "promote", request.application, request.release, "--to", request.environment)
        return NotAllowed(
            f"the request to approve {request.release} for {request.environment} has expired",
            f"promote it again to ask anew: {again}",
        )
    return _refused_yes(rule, given, request, entries, now, proofs) if given.kind == "approved" else None


def _refused_yes(
    rule: Rule, given: Entry, request: Entry, entries: Sequence[Entry], now: datetime, proofs: Proofs
) -> NotAllowed | None:
    remedy = _ask(still_wanted(rule, entries, [given.by]))
    if rule.exclude_requester and asked_for_it(rule, given.by, entries):
        return NotAllowed(
            f"{given.by} asked for this promotion, and {request.environment} wants somebody else's word for it", remedy
        )
    if before := _same_person(rule, given, request, entries, now, proofs):
        also = f" as {before.by}" if before.by != given.by else ""
        told = f"{given.by} has approved this already{also}, {moment(before.at)}; one person counts once"
        return NotAllowed(told, remedy)
    how = f"promontory approve {given.promotion} --sign"
    if rule.signed and (fault := proofs.fault(given)):
        return NotAllowed(
            f"{request.environment} wants signed approvals: {fault.removesuffix(f': {how}')}",
            f"sign it: {how}",
        )
    return None


def _ask(names: Sequence[str]) -> str:
    return f"ask {' or '.join(names)}" if names else "ask somebody else"


def _same_person(
    rule: Rule, given: Entry, request: Entry, entries: Sequence[Entry], now: datetime, proofs: Proofs
) -> Entry | None:
    person = rule.people.person(given.by)
    good = (entry for entry in counted(rule, entries, request.digest or "", proofs) if in_time(rule, entry, now))
    return next((entry for entry in good if rule.people.person(entry.by) == person), None)


def checked_name(name: str) -> str:
    """Who answers, as one line. Raises `UsageError` where that is no name."""
    line = " ".join(name.split())
    if not line:
        raise UsageError("an answer needs a name", "say who you are, as promontory.yaml lists you")
    if len(line) > LONGEST_NAME or not line.isprintable():
        raise UsageError(f"that is no name: at most {LONGEST_NAME} characters that can be read", "say who you are")
    return line


def checked_note(decision: Decision, note: str) -> str:
    """What was said with the answer, as one line that can be read. Raises `UsageError` where a no gives no reason."""
    line = legible(" ".join(note.split()))
    if decision == "rejected" and not line:
        raise UsageError("a rejection needs a reason", "say why not: whoever asked reads it in the ledger")
    if len(line) > LONGEST_NOTE:
        raise UsageError(f"the note is longer than {LONGEST_NOTE} characters", "put it somewhere, and note the address")
    return line
