"""The push: exactly once, only what was planned, only through open gates."""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Sequence
from typing import TypeVar

from promontory.entry import Entry, Pushed, tags_pushed
from promontory.errors import NotAllowed, PlanChanged, UsageError
from promontory.model import GateState, Plan, SuiteResult
from promontory.promotion.breaking_glass import bypassing, glass_trailers, passed_gates, wants_approval
from promontory.promotion.finishing import finish
from promontory.promotion.judging import judged, rule_for
from promontory.promotion.message import promotion_message
from promontory.promotion.planning import GateClosed, ask_all, closed, draw_plans, movers, open_by_themselves
from promontory.promotion.present_rule import ensure_rule_is_present
from promontory.promotion.superseding import ensure_not_superseded, overtaken_by, overtaking
from promontory.promotion.values import Hop
from promontory.promotion.workspace import Workspace
from promontory.release import shown

log = logging.getLogger("promontory.promotion")


def plan_hop(workspace: Workspace, hop: Hop) -> tuple[Plan, tuple[GateState, ...]]:
    """Plan on a fresh head and ask the gates. A plan that a closed gate stops is recorded.

    Raises `Superseded` where something newer has overtaken the promotion.
    One that waits for gates to open is recorded by who waits (`at_gates`). Raises `NotAllowed` as well where the hop
    breaks the glass and may not.
    """
    workspace.repository.sync()
    for member in hop.members:
        ensure_not_superseded(workspace, member.place, hop.promotion)
    plan = draw_plans(workspace, movers(hop)).plan
    if workspace.config.environment(hop.environment).deliver.by_request:
        check_deliverable(plan)
    states = ask_all(workspace, hop)
    shut = closed(states)
    if plan.nothing_to_do:
        return plan, states
    if hop.break_glass:
        bypassing(workspace, hop, plan, shut)  # whoever may not do it learns that before the tests
    elif shut and not open_by_themselves(shut):
        workspace.append(planned_entries(workspace, hop, plan, states, ()))
    return plan, states


def deliver(workspace: Workspace, hop: Hop, plan: Plan, suites: Sequence[SuiteResult] = ()) -> Entry:
    """Push what ``plan`` says and record it, in one atomic push; return the ``pushed`` entry (of the first member).

    Whatever happened before, a crash after the push included, the same promotion is pushed once: its own entry
    is looked for first. A lost race plans again on the new head. Raises `PlanChanged` where that plan is another
    one, `GateClosed` where gates have closed meanwhile, and `NotAllowed` where the ledger holds no approval of exactly
    this plan. What cannot be part of a push is done after it, and again by whoever finds it recorded and not done.
    """
    pushed = workspace.racing(lambda: _attempt(workspace, hop, plan, tuple(suites)))
    if any(part.fields for part in plan.members):
        finish(workspace, hop, pushed)
    return pushed


def _attempt(workspace: Workspace, hop: Hop, plan: Plan, suites: tuple[SuiteResult, ...]) -> Entry:
    seen = workspace.ledger_head()
    if done := pushed_entry(workspace, hop):
        return done
    overtaken = overtaking(workspace, hop)
    drawn = draw_plans(workspace, movers(hop))
    if drawn.plan.nothing_to_do:
        return adopt(workspace, hop)
    if drawn.plan.digest != plan.digest:
        raise changed_plan(hop, drawn.plan)
    states = ask_all(workspace, hop)
    shut = closed(states)
    if shut and not hop.break_glass:
        raise GateClosed(shut)
    approved_by = approvers(workspace, hop, drawn.plan)
    broken = bypassing(workspace, hop, drawn.plan, shut)
    recorded = [
        *overtaken,
        *broken,
        *(() if approved_by else planned_entries(workspace, hop, drawn.plan, states, suites)),
    ]
    moved = _moved_entries(workspace, hop, drawn.plan)
    trailers = (*glass_trailers(broken), *drawn.trailers, *workspace.ledger_trailers())
    message = promotion_message(hop, drawn.plan, approved_by, workspace.actor.run, trailers)
    pushed = workspace.push_recorded(drawn.updates(message), [*recorded, *moved], seen)[len(recorded)]
    if broken:
        log.warning("promote-%s: the glass was broken, past %s", hop.environment, passed_gates(broken))
    log.info("promote-%s: pushed %s: %s", hop.environment, short(pushed), _told(plan))
    return pushed


def check_deliverable(plan: Plan) -> None:
    """Raises `UsageError` where a pull request cannot carry the plan: it asks for one branch to be moved."""
    remedy = f"write `deliver: push` for {plan.environment}"
    if any(part.tags for part in plan.members):
        raise UsageError("a pull request cannot make or move tags", remedy)
    if any(part.fields for part in plan.members):
        raise UsageError("a pull request cannot change fields of live objects", remedy)
    branches = dict.fromkeys(part.ref for part in plan.members if part.paths or part.merges)
    if len(branches) > 1:
        raise UsageError(
            f"a pull request cannot move several branches: {', '.join(branches)}",
            f"promote these applications one by one, or {remedy}",
        )
    if branches and any(part.base is None for part in plan.members if part.ref in branches):
        raise UsageError(f"there is no branch {next(iter(branches))} that a pull request could be for", "create it")


def changed_plan(hop: Hop, found: Plan) -> PlanChanged:
    return PlanChanged(
        f"what would be pushed to {hop.environment} has changed since it was planned: somebody else changed "
        f"{_touched(found)}",
        "nothing was pushed; promote again to plan, and to approve, what is there now",
    )


def approvers(workspace: Workspace, hop: Hop, plan: Plan) -> tuple[str, ...]:
    """Who approved exactly this; nobody where nobody has to. Like a gate it is asked again before the push."""
    ensure_rule_is_present(workspace, hop.environment)
    rule = rule_for(workspace, hop.environment)
    if rule is None or not wants_approval(workspace, hop):
        return ()
    state = judged(workspace, rule, workspace.record(hop.place).of(hop.promotion), plan.digest)
    if state.status != "granted":
        raise NotAllowed(f"approval: {state.reason}", "promontory pending lists what waits for approval")
    return state.by


def _moved_entries(workspace: Workspace, hop: Hop, plan: Plan) -> list[Entry]:
    """One for each application. What a member finds done already by somebody else is not counted as pushed."""
    digest = plan.digest

    def moved(member: Hop, part: Plan) -> Entry:
        if part.nothing_to_do:
            return _found(workspace, member)
        return workspace.hop_entry(
            "pushed",
            member,
            previous=part.previous,
            digest=digest,
            pushed=Pushed(ref=part.ref, before=part.base, after="") if part.moves_branch else None,
            tags=tags_pushed(part.tags),
            fields=part.fields,
            members=len(hop.members),
        )

    return [moved(member, part) for member, part in zip(hop.members, plan.members, strict=True)]


def planned_entries(
    workspace: Workspace, hop: Hop, plan: Plan, states: tuple[GateState, ...], suites: tuple[SuiteResult, ...]
) -> tuple[Entry, ...]:
    """What is recorded of the way to a push, for each application: the suites' results and the plan with its gates."""
    entries: list[Entry] = []
    digest = plan.digest
    tested, asked = _by_application(suites), _by_application(states)
    for member, part in zip(hop.members, plan.members, strict=True):
        own, gates = (each[member.application] or each[""] for each in (tested, asked))
        if own:
            entries.append(workspace.hop_entry("tested", member, suites=own))
        entries.append(
            workspace.hop_entry(
                "planned",
                member,
                previous=part.previous,
                digest=digest,
                plan=part,
                gates=gates,
                members=len(hop.members),
            )
        )
    return tuple(entries)


Answer = TypeVar("Answer", GateState, SuiteResult)


def _by_application(answers: Sequence[Answer]) -> dict[str, list[Answer]]:
    grouped: dict[str, list[Answer]] = defaultdict(list)
    for answer in answers:
        grouped[answer.application].append(answer)
    return grouped


def pushed_entry(workspace: Workspace, hop: Hop) -> Entry | None:
    """The entry with which this very promotion was pushed, where it was."""
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
    known = [workspace.record(member.place).standing(member.release).entry for member in hop.members]
    new = [_found(workspace, member) for member, entry in zip(hop.members, known, strict=True) if entry is None]
    if new:
        workspace.append_at([*new, *overtaken_by(workspace, hop)], seen)
    return known[0] or new[0]


def _found(workspace: Workspace, hop: Hop) -> Entry:
    previous = None if hop.current == hop.release else hop.current
    return workspace.hop_entry("found", hop, previous=previous)


def short(entry: Entry) -> str:
    return (entry.commit or "")[:7]


def _touched(plan: Plan) -> str:
    """The files, tags and fields; the branch where there is none of them."""
    paths = [path.path for part in plan.members for path in part.paths]
    others = [move.name for part in plan.members for move in part.tags]
    fields = [str(move) for part in plan.members for move in part.fields]
    return ", ".join([*paths, *others, *fields] or [plan.ref])


def _told(plan: Plan) -> str:
    before = [f"{shown(part.previous)} → " if part.previous else "" for part in plan.members]
    moved = [f"{part.application} {was}{shown(part.release)}" for part, was in zip(plan.members, before, strict=True)]
    return ", ".join(moved)
