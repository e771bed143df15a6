"""The requests for approval that the ledger holds: finding them, and what they ask about. Nothing is recorded here."""

from __future__ import annotations

from promontory.entry import Entry
from promontory.errors import NotAllowed, PromontoryError, UsageError
from promontory.model import Plan
from promontory.promotion.workspace import Workspace

_REMEDY = "promontory pending lists what waits"
_SHOWN = 40


def open_requests(workspace: Workspace) -> tuple[Entry, ...]:
    """Every approval that is waited for, oldest first; places and people as the ledger has them.

    Where several applications move together, the request of the first one stands for all (`asked_together`).
    """
    first = {entry.promotion: entry for entry in reversed(_open_requests(workspace))}
    return tuple(sorted(first.values(), key=lambda entry: entry.at))


def asked_together(workspace: Workspace, request: Entry) -> tuple[Entry, ...]:
    """The open requests of all applications that move together in the promotion, ``request`` first."""
    if request.members == 1:
        return (request,)
    asked = (request.promotion, request.digest)
    others = (entry for entry in _open_requests(workspace) if (entry.promotion, entry.digest) == asked)
    return (request, *(entry for entry in others if entry.place != request.place))


def _open_requests(workspace: Workspace) -> list[Entry]:
    records = workspace.records()
    order = {name: position for position, name in enumerate(workspace.config.applications)}
    known = sorted((place for place in records if place.application in order), key=lambda it: order[it.application])
    return [request for place in known for request in records[place].requests()]


def find_request(workspace: Workspace, promotion: str) -> Entry:
    """The open request whose id begins with ``promotion``.

    Raises `UsageError` where none or several do, `NotAllowed` where it is over.
    """
    found = [entry for entry in open_requests(workspace) if promotion and entry.promotion.startswith(promotion)]
    if len(found) == 1:
        return found[0]
    if found:
        raise UsageError(f"several approvals begin with {promotion!r}", _REMEDY)
    raise _not_open(workspace, promotion)


def _not_open(workspace: Workspace, promotion: str) -> PromontoryError:
    known = workspace.ledger.promotions(promotion)
    ends = [end for each in known for end in workspace.ledger.of(each, "rejected", "pushed", "superseded", "reverted")]
    if not ends or len(known) > 1:
        return UsageError(f"no approval is waiting with the id {promotion[:_SHOWN]!r}", _REMEDY)
    end = ends[-1]
    why = f": {end.reason}" if end.reason else ""
    told = f"{end.application} {end.release} for {end.environment} waits for no approval any more"
    how = "expired" if end.kind == "rejected" and end.proof is None else f"{end.kind} by {end.by}"
    return NotAllowed(f"{told}: {how}{why}", f"promontory history {end.application} shows it all")


def plan_of(workspace: Workspace, request: Entry) -> Plan | None:
    """The plan that ``request`` asks about, of all applications that move together."""
    plans = [_plan(workspace, each) for each in asked_together(workspace, request)]
    if plans[0] is None:
        return None
    return plans[0].model_copy(update={"also": tuple(plan for plan in plans[1:] if plan)})


def _plan(workspace: Workspace, request: Entry) -> Plan | None:
    entries = workspace.record(request.place).of(request.promotion)
    return next((e.plan for e in reversed(entries) if e.plan and e.digest == request.digest), None)
