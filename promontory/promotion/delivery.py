"""The push: exactly once, only what was planned, only through open gates."""

from __future__ import annotations

import logging
from collections.abc import Sequence

from promontory.approvals import judge
from promontory.errors import NotAllowed, PlanChanged
from promontory.model import GateState, Plan, SuiteResult
from promontory.promotion.message import promotion_message
from promontory.promotion.planning import ask_gates, closed, draw_plan
from promontory.promotion.values import Hop
from promontory.promotion.workspace import Workspace
from promontory.record import Entry, Pushed
from promontory.repository import RefUpdate

log = logging.getLogger("promontory.promotion")


def plan_hop(workspace: Workspace, hop: Hop) -> tuple[Plan, tuple[GateState, ...]]:
    """Plan on a fresh head and ask the gates. A plan that a closed gate stops is recorded."""
    workspace.repository.sync()
    plan = draw_plan(workspace, hop.place, hop.release).plan
    states = ask_gates(workspace, hop.place, hop.release)
    if closed(states) and not plan.nothing_to_do:
        workspace.append(planned_entries(workspace, hop, plan, states, ()))
    return plan, states


def deliver(workspace: Workspace, hop: Hop, plan: Plan, suites: Sequence[SuiteResult] = ()) -> Entry:
    """Push what ``plan`` says and record it, in one atomic push; return the ``pushed`` entry.

    Whatever happened before, a crash after the push included, the same promotion is pushed once: its own entry
    is looked for first. A lost race plans again on the new head. Raises `PlanChanged` where that plan is another
    one, and `NotAllowed` where a gate has closed meanwhile or the ledger holds no approval of exactly this plan.
    """
    return workspace.racing(lambda: _attempt(workspace, hop, plan, tuple(suites)))


def _attempt(workspace: Workspace, hop: Hop, plan: Plan, suites: tuple[SuiteResult, ...]) -> Entry:
    seen = workspace.ledger_head()
    if done := _already_pushed(workspace, hop):
        return done
    drawn = draw_plan(workspace, hop.place, hop.release)
    if drawn.plan.nothing_to_do:
        return adopt(workspace, hop)
    if drawn.plan.digest != plan.digest:
        raise PlanChanged(
            f"what would be pushed to {hop.environment} has changed since it was planned: somebody else changed "
            f"{', '.join(path.path for path in drawn.plan.paths)}",
            "nothing was pushed; promote again to plan, and to approve, what is there now",
        )
    states = ask_gates(workspace, hop.place, hop.release)
    if shut := closed(states):
        raise NotAllowed("; ".join(f"{gate.gate}: {gate.reason}" for gate in shut), shut[0].remedy)
    approved_by = _approvers(workspace, hop, drawn.plan)
    recorded = () if approved_by else planned_entries(workspace, hop, drawn.plan, states, suites)
    entry = _pushed_entry(workspace, hop, drawn.plan)
    message = promotion_message(hop, drawn.plan, approved_by, workspace.actor.run)
    update = RefUpdate(drawn.plan.ref, drawn.plan.base, drawn.edits, message)
    pushed = workspace.push_recorded(update, [*recorded, entry], seen)
    log.info("promote-%s: pushed %s: %s", hop.environment, short(pushed), _moved(plan))
    return pushed


def _approvers(workspace: Workspace, hop: Hop, plan: Plan) -> tuple[str, ...]:
    """Who approved exactly this; nobody where nobody has to. Like a gate it is asked again before the push."""
    rule = workspace.config.environment(hop.environment).approval
    if rule is None:
        return ()
    state = judge(rule, workspace.record(hop.place).of(hop.promotion), plan.digest, workspace.clock.now())
    if state.status != "granted":
        raise NotAllowed(f"approval: {state.reason}", "promontory pending lists what waits for approval")
    return state.by


def _pushed_entry(workspace: Workspace, hop: Hop, plan: Plan) -> Entry:
    return workspace.hop_entry(
        "pushed",
        hop,
        previous=plan.previous,
        digest=plan.digest,
        pushed=Pushed(ref=plan.ref, before=plan.base, after=""),
    )


def planned_entries(
    workspace: Workspace, hop: Hop, plan: Plan, states: tuple[GateState, ...], suites: tuple[SuiteResult, ...]
) -> tuple[Entry, ...]:
    """What is recorded of the way to a push: the suites' results and the plan with its gates."""
    tested = workspace.hop_entry("tested", hop, suites=suites)
    planned = workspace.hop_entry("planned", hop, previous=plan.previous, digest=plan.digest, plan=plan, gates=states)
    return (tested, planned) if suites else (planned,)


def _already_pushed(workspace: Workspace, hop: Hop) -> Entry | None:
    entries = workspace.record(hop.place).of(hop.promotion)
    return next((entry for entry in reversed(entries) if entry.kind == "pushed"), None)


def adopt(workspace: Workspace, hop: Hop) -> Entry:
    """The entry that put the release there; where no run did, it is recorded that somebody else had.

    Another run may have pushed the same meanwhile. Whoever goes on from its entry verifies, and if need be takes
    back, that very promotion: both runs come to the same end, and one of them may be killed.
    """
    return workspace.racing(lambda: _adopt(workspace, hop))


def _adopt(workspace: Workspace, hop: Hop) -> Entry:
    seen = workspace.ledger_head()
    if known := workspace.record(hop.place).standing(hop.release).entry:
        return known
    previous = None if hop.current == hop.release else hop.current
    entry = workspace.hop_entry("found", hop, previous=previous)
    workspace.append_at([entry], seen)
    return entry


def short(entry: Entry) -> str:
    return entry.pushed.after[:7] if entry.pushed else ""


def _moved(plan: Plan) -> str:
    return (
        f"{plan.application} {plan.previous} → {plan.release}"
        if plan.previous
        else f"{plan.application} {plan.release}"
    )
