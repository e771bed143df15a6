"""The approvals that are waited for, as people and programs ask about them. Nothing is recorded here."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Literal

from promontory.approvals import in_force
from promontory.approvals.schedule import expires_at, next_reminder
from promontory.change import Value
from promontory.entry import Entry
from promontory.ledger import Wanted
from promontory.promotion.abandoned import asked_back, hop_of
from promontory.promotion.breaking_glass import to_be_broken
from promontory.promotion.closed_gates import at_gates
from promontory.promotion.judging import judged, rule_for
from promontory.promotion.requests import asked_together, open_requests
from promontory.promotion.withdrawing import open_proposals, proposed_together
from promontory.promotion.workspace import Workspace


class Given(Value):
    """An approval that counts: whose, which way it came, when, and what was said with it."""

    by: str
    proof: str | None
    at: datetime
    note: str = ""


class Waiting(Value):
    """One request. ``state`` says what is missing; ``run`` is the Prefect flow run that waits, where one does.

    ``also`` are the other applications that move together with this one, with their releases. ``pull_request`` is the
    address of the open one (or its branch, while it is not known), where the change goes through one. ``gates`` are the
    closed ones that it waits for, and ``until`` is when they open, as far as that is known. ``break_glass`` warns who
    answers that the glass is to be broken, and says past what.

    Of an approval ``answers`` are those that count, ``wanted`` is who may still give one (empty: anybody), ``lapsed``
    whose was for what would have been pushed before that changed; ``reminded`` is how often the approvers were.
    """

    id: str
    application: str
    environment: str
    release: str
    previous: str | None
    also: tuple[str, ...] = ()
    pull_request: str = ""
    gates: tuple[str, ...] = ()
    until: datetime | None = None
    since: datetime
    digest: str | None
    requested_by: str
    break_glass: str = ""
    run: str | None
    status: Literal["granted", "waiting", "rejected", "expired"]
    state: str
    approved_by: tuple[str, ...]
    approvers: tuple[str, ...]
    required: int
    signed: bool = False
    answers: tuple[Given, ...] = ()
    wanted: tuple[str, ...] = ()
    lapsed: tuple[str, ...] = ()
    expires: datetime | None = None
    next_reminder: datetime | None = None
    reminded: int = 0


def waiting(workspace: Workspace) -> tuple[Waiting, ...]:
    """Approvals, pull requests that wait to be merged, reverts' too, and what waits at a gate.

    Oldest first, as of the last sync.
    """
    asked = {request.promotion: waiting_request(workspace, request) for request in open_requests(workspace)}
    for proposal in open_proposals(workspace):
        known = asked.get(proposal.promotion) or _waiting_proposal(workspace, proposal)
        asked[proposal.promotion] = known.model_copy(update={"pull_request": proposal.address})
    for entry in _at_gates(workspace):
        known = asked.get(entry.promotion) or _waiting_entry(entry, _with(workspace, entry))
        state = f"waits at the gate: {at_gates(entry)}"
        told = {"state": state, "gates": tuple(gate.gate for gate in entry.gates), "until": entry.until}
        asked[entry.promotion] = known.model_copy(update=told)
    reverts = [_waiting_revert(workspace, entry) for entry in asked_back(workspace)]
    return tuple(sorted([*asked.values(), *reverts], key=lambda one: one.since))


def waiting_request(workspace: Workspace, request: Entry) -> Waiting:
    """Where one request stands. Where the configuration wants no approval any more, it is granted."""
    normal = rule_for(workspace, request.environment)
    rule = in_force(normal, request) if normal else None
    entries = workspace.record(request.place).of(request.promotion)
    digest = request.digest or ""
    state = judged(workspace, rule, entries, digest)
    reminders = [entry for entry in entries if entry.kind == "reminded" and entry.digest == digest]
    return Waiting(
        id=request.promotion,
        application=request.application,
        environment=request.environment,
        release=request.release,
        previous=request.previous,
        also=tuple(f"{it.application} {it.release}" for it in asked_together(workspace, request)[1:]),
        since=request.at,
        digest=request.digest,
        requested_by=request.by,
        break_glass=to_be_broken(request, entries),
        run=request.run,
        status=state.status,
        state=(state.reason or state.status) if rule else "no approval is needed any more",
        approved_by=state.by,
        approvers=tuple(rule.approvers) if rule else (),
        required=rule.required if rule else 0,
        signed=rule.signed if rule else False,
        answers=tuple(_given(entry) for entry in _counted(entries, digest, state.by)),
        wanted=state.wanted,
        lapsed=state.lapsed,
        expires=expires_at(rule, request) if rule else None,
        next_reminder=next_reminder(rule, request, workspace.clock.now())
        if rule and state.status == "waiting"
        else None,
        reminded=len(reminders),
    )


def _counted(entries: Sequence[Entry], digest: str, by: Sequence[str]) -> list[Entry]:
    """The answers of those who have approved this plan."""
    said = [entry for entry in entries if entry.kind == "approved" and entry.digest == digest]
    given = {entry.by: entry for entry in reversed(said)}
    return [given[name] for name in by if name in given]


def _given(entry: Entry) -> Given:
    return Given(by=entry.by, proof=entry.proof, at=entry.at, note=entry.reason)


def _waiting_revert(workspace: Workspace, asked: Entry) -> Waiting:
    back = asked.model_copy(update={"release": asked.previous or "no release", "previous": asked.release})
    others = hop_of(workspace, asked).also
    told = {"state": "urgent: takes it back", "also": tuple(f"{it.application} without {it.release}" for it in others)}
    return _waiting_proposal(workspace, back).model_copy(update={**told, "pull_request": asked.address})


def _waiting_proposal(workspace: Workspace, proposal: Entry) -> Waiting:
    return _waiting_entry(proposal, proposed_together(workspace, proposal)[1:])


def _at_gates(workspace: Workspace) -> list[Entry]:
    """One for each promotion: of several that move together the first one that has a closed gate of its own."""
    found: dict[str, Entry] = {}
    for entry in _waits(workspace):
        if entry.gates or entry.promotion not in found:
            found.setdefault(entry.promotion, entry)
    return list(found.values())


def _waits(workspace: Workspace) -> list[Entry]:
    config = workspace.config
    places = [config.place(name, place) for name, it in config.applications.items() for place in it.strategies]
    waits = [workspace.record(place).wait() for place in places]
    return sorted((entry for entry in waits if entry), key=lambda entry: not entry.gates)


def _with(workspace: Workspace, entry: Entry) -> tuple[Entry, ...]:
    """What waits together with it."""
    if entry.members == 1:
        return ()
    others = (each for each in _waits(workspace) if each.promotion == entry.promotion)
    return tuple(each for each in others if each.place != entry.place)


def _waiting_entry(entry: Entry, together: Sequence[Entry]) -> Waiting:
    return Waiting(
        id=entry.promotion,
        application=entry.application,
        environment=entry.environment,
        release=entry.release,
        previous=entry.previous,
        also=tuple(f"{it.application} {it.release}" for it in together),
        since=entry.at,
        digest=entry.digest,
        requested_by=entry.by,
        run=entry.run,
        status="waiting",
        state="the pull request is open",
        approved_by=(),
        approvers=(),
        required=0,
    )


def last_answer(workspace: Workspace, promotion: str) -> Entry | None:
    """The answer that was given last to the request whose id begins with ``promotion``."""
    wanted = Wanted(kinds=("approved", "rejected"), beginning=promotion)
    return next(workspace.ledger.newest(wanted=wanted), None)
