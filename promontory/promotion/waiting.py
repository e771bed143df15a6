"""The approvals that are waited for, as people and programs ask about them. Nothing is recorded here."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from promontory.approvals import judge
from promontory.change import Value
from promontory.errors import UsageError
from promontory.promotion.approving import asked_together, open_requests
from promontory.promotion.workspace import Workspace
from promontory.record import Entry


class Waiting(Value):
    """One request. ``state`` says what is missing; ``run`` is the Prefect flow run that waits, where one does.

    ``also`` are the other applications that move together with this one, with their releases.
    """

    id: str
    application: str
    environment: str
    release: str
    previous: str | None
    also: tuple[str, ...] = ()
    since: datetime
    digest: str | None
    requested_by: str
    run: str | None
    status: Literal["granted", "waiting", "rejected", "expired"]
    state: str
    approved_by: tuple[str, ...]
    approvers: tuple[str, ...]
    required: int


def waiting(workspace: Workspace) -> tuple[Waiting, ...]:
    """Oldest first, as of the last sync."""
    return tuple(waiting_request(workspace, request) for request in open_requests(workspace))


def waiting_request(workspace: Workspace, request: Entry) -> Waiting:
    """Where one request stands. Where the configuration wants no approval any more, it is granted."""
    environment = workspace.config.environments.get(request.environment)
    rule = environment.approval if environment else None
    entries = workspace.record(request.place).of(request.promotion)
    state = judge(rule, entries, request.digest or "", workspace.clock.now()) if rule else None
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
        run=request.run,
        status=state.status if state else "granted",
        state=(state.reason or state.status) if state else "no approval is needed any more",
        approved_by=state.by if state else (),
        approvers=tuple(rule.approvers) if rule else (),
        required=rule.required if rule else 0,
    )


def last_answer(workspace: Workspace, promotion: str) -> Entry:
    """The answer that closed a request whose id begins with ``promotion``.

    Raises `UsageError` where there is no such promotion, or more than one.
    """
    entries = [entry for entry in workspace.ledger.entries() if promotion and entry.promotion.startswith(promotion)]
    answers = [entry for entry in entries if entry.kind in ("approved", "rejected")]
    if len({entry.promotion for entry in entries}) > 1:
        raise UsageError(f"several promotions begin with {promotion!r}", "give more of its digits")
    if not answers:
        raise UsageError(f"no approval is waiting with the id {promotion!r}", "promontory pending lists them")
    return answers[-1]
