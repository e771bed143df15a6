"""A release waits for gates that are closed and open by themselves: that it does is recorded once for each reason.

Nothing here waits. Each look plans anew and asks all gates anew, possibly in another process.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from promontory.entry import Entry
from promontory.model import GateState, Plan, SuiteResult
from promontory.promotion.closed_gates import told_closed
from promontory.promotion.delivery import planned_entries
from promontory.promotion.judging import judged, rule_for
from promontory.promotion.next_in_line import waits_for_others
from promontory.promotion.planning import last_opening, named_reasons
from promontory.promotion.superseding import overtaking
from promontory.promotion.values import AtGate, Hop
from promontory.promotion.workspace import Workspace


def wait_at_gates(
    workspace: Workspace, hop: Hop, plan: Plan, shut: Sequence[GateState], suites: Sequence[SuiteResult] = ()
) -> AtGate:
    """Record that ``hop`` waits for ``shut``, unless that is known; since when, and until when as far as that is known.

    What the suites found goes along: they need not run again for this promotion. One that was refused while nobody
    looked waits for nothing any more. Raises what `overtaking` does.
    """
    if refused := _refused(workspace, hop):
        return refused
    until = last_opening(shut, workspace.clock.now())
    entry = workspace.racing(lambda: _record(workspace, hop, plan, tuple(shut), tuple(suites)))
    for_others = any(waits_for_others(gate) for gate in shut)
    return AtGate(since=entry.at, until=until, reason=told_closed(named_reasons(shut), until), for_others=for_others)


def _refused(workspace: Workspace, hop: Hop) -> AtGate | None:
    record = workspace.record(hop.place)
    no = next(record.newest("rejected", promotion=hop.promotion), None)
    if no is None:
        return None
    state = judged(workspace, rule_for(workspace, hop.environment), record.of(hop.promotion), no.digest or "")
    if state.status in ("rejected", "expired"):
        return AtGate(since=no.at, reason=state.reason, refused=state.status)
    return AtGate(since=no.at, reason=no.reason, refused="rejected")


def _record(
    workspace: Workspace, hop: Hop, plan: Plan, shut: tuple[GateState, ...], suites: tuple[SuiteResult, ...]
) -> Entry:
    seen = workspace.ledger_head()
    until = last_opening(shut, workspace.clock.now())
    same = {"digest": plan.digest, "members": len(hop.members)}
    waiting = [_waiting(workspace, member, shut, until, **same) for member in hop.members]
    known = [workspace.record(member.place).wait(member.release) for member in hop.members]
    if all(old and _same(old, new) for old, new in zip(known, waiting, strict=True)) and known[0]:
        return known[0]
    overtaken = overtaking(workspace, hop)
    workspace.append_at([*overtaken, *planned_entries(workspace, hop, plan, shut, suites), *waiting], seen)
    return waiting[0]


def _waiting(
    workspace: Workspace, member: Hop, shut: Sequence[GateState], until: datetime | None, **fields: object
) -> Entry:
    own = tuple(gate for gate in shut if gate.application in ("", member.application))
    names = " and ".join(dict.fromkeys(gate.application for gate in shut))
    reason = named_reasons(own) or f"moves together with {names}"
    return workspace.hop_entry("waiting", member, gates=own, until=until, reason=reason, **fields)


def _same(old: Entry, new: Entry) -> bool:
    return (old.promotion, old.gates, old.until, old.reason) == (new.promotion, new.gates, new.until, new.reason)
