"""Breaking the glass: a named person pushes past closed gates, for a reason, and everybody gets to know.

It passes every gate and stands in for approvals that are not signed; of signed ones, one by somebody in `break_glass:`
is left to be asked for. It passes no test, no verification, and no plan that has changed.
"""

from __future__ import annotations

from collections.abc import Sequence

from promontory.approvals import judge
from promontory.approvals.refusing import checked_note
from promontory.entry import Entry
from promontory.errors import NotAllowed, UsageError
from promontory.model import GateState, Plan
from promontory.people import People, members
from promontory.promotion.judging import proofs_for, rule_for
from promontory.promotion.message import Trailers
from promontory.promotion.planning import closed
from promontory.promotion.survey import Waves
from promontory.promotion.values import Hop
from promontory.promotion.workspace import Workspace


def emergency(to: str, by: str, reason: str) -> str:
    """The reason, in one line. Raises `UsageError` where it, the environment or the person is not named."""
    if not (line := checked_note("approved", reason)):
        raise UsageError("the glass is not broken without a reason", "say it: --reason TEXT")
    if to == "all":
        raise UsageError("the glass is broken for one environment", "name it: --to ENVIRONMENT")
    if not by.split():
        raise UsageError("the glass is not broken without a name", "say who asks for it: requested_by, or --as NAME")
    return line


def through_glass(waves: Waves, environment: str | None, reason: str) -> Waves:
    """With a ``reason`` only the hops into ``environment``, which do not wait for the environments before it."""
    if not reason:
        return waves
    broken = {"break_glass": reason}
    there = (tuple(hop.model_copy(update=broken) for hop in wave if hop.environment == environment) for wave in waves)
    return tuple(wave for wave in there if wave)


def wants_approval(workspace: Workspace, hop: Hop) -> bool:
    """Whether somebody has to say yes; a broken glass stands in for that, unless the yes has to be signed."""
    rule = rule_for(workspace, hop.environment)
    return rule is not None and (rule.signed or not hop.break_glass)


def bypassing(workspace: Workspace, hop: Hop, plan: Plan, shut: Sequence[GateState]) -> list[Entry]:
    """What is to be recorded of gates and approvals that are passed although they are closed or missing.

    One entry for each application; none where nothing is passed. Raises `NotAllowed` where it may not be.
    """
    passed = (*shut, *_missing_approvals(workspace, hop, plan))
    if not hop.break_glass or not passed:
        return []
    ensure_allowed(workspace, hop)
    return [
        workspace.hop_entry(
            "bypassed",
            member,
            digest=plan.digest,
            gates=tuple(gate for gate in passed if gate.application in ("", member.application)),
            reason=hop.break_glass,
            members=len(hop.members),
        )
        for member in hop.members
    ]


def broken_before(workspace: Workspace, hop: Hop) -> list[Entry]:
    """What is recorded of it already, for the first application."""
    return [entry for entry in workspace.record(hop.place).of(hop.promotion) if entry.kind == "bypassed"]


def record_bypassed(workspace: Workspace, hop: Hop, plan: Plan, shut: Sequence[GateState]) -> list[Entry]:
    """Before a merge, which cannot be part of a push of ours: what is passed, unless that is known."""
    known = broken_before(workspace, hop)
    broken = bypassing(workspace, hop, plan, shut)
    names = {gate.gate for entry in known for gate in entry.gates}
    if all(gate.gate in names for entry in broken for gate in entry.gates):
        return known
    workspace.append(broken)
    return [*known, *broken]


def ensure_allowed(workspace: Workspace, hop: Hop) -> None:
    """Raises `NotAllowed` where the actor may not break the glass of the hop's environment.

    Where approvals are signed, whoever signs breaks it, and anybody may ask for that.
    """
    environment, by = hop.environment, workspace.actor.by
    may = workspace.config.environment(environment).break_glass
    rule = rule_for(workspace, environment)
    remedy = "let the gates open, or ask somebody who may"
    if may is False:
        raise NotAllowed(f"nobody may break the glass of {environment} (break_glass: false)", "let the gates open")
    if workspace.actor.automatic:
        raise NotAllowed(f"the glass of {environment} is for people, not for schedules and pipelines", remedy)
    if rule and rule.signed and not may:
        told = f"approvals of {environment} are signed, and no break_glass: says whose signature may do without others"
        raise NotAllowed(told, f"get it approved, or name people under break_glass: of {environment}")
    people = People(workspace.config.people)
    named = people.persons(members(may or (), workspace.config.groups))
    if may and not (rule and rule.signed) and people.person(by) not in named:
        raise NotAllowed(f"{by} may not break the glass of {environment}: {', '.join(may)} may", remedy)


def to_be_broken(request: Entry | None, entries: Sequence[Entry]) -> str:
    """What whoever answers ``request`` has to know; ``entries`` are its promotion's. Empty where no glass is broken."""
    if request is None or not request.break_glass:
        return ""
    planned = [entry.gates for entry in entries if entry.kind == "planned" and entry.digest == request.digest]
    return about_to_break(request.break_glass, closed(planned[-1] if planned else ()))


def about_to_break(reason: str, shut: Sequence[GateState]) -> str:
    names = ", ".join(dict.fromkeys(gate.gate for gate in shut))
    past = f"past gates that are closed ({names})" if names else "instead of all other approvals"
    return f"the glass is to be broken, {past}: {reason}"


def glass_trailers(broken: Sequence[Entry]) -> Trailers:
    """What the commit says of it."""
    if not broken:
        return ()
    return (("Break-Glass", f"{broken[0].by}: {broken[0].reason}"), ("Bypassed-Gates", passed_gates(broken)))


def glass_in_request(broken: Sequence[Entry]) -> str:
    """What a pull request says of it; empty where no glass was broken."""
    if not broken:
        return ""
    first = broken[0]
    return f"The glass was broken by {first.by}: {first.reason}. Passed although closed: {passed_gates(broken)}."


def passed_gates(broken: Sequence[Entry]) -> str:
    return ", ".join(dict.fromkeys(gate.gate for entry in broken for gate in entry.gates))


def _missing_approvals(workspace: Workspace, hop: Hop, plan: Plan) -> tuple[GateState, ...]:
    """By the environment's own rule, whatever a broken glass makes of it."""
    rule = rule_for(workspace, hop.environment)
    if rule is None:
        return ()
    entries = workspace.record(hop.place).of(hop.promotion)
    state = judge(rule, entries, plan.digest, workspace.clock.now(), proofs_for(workspace))
    missing = state.reason or f"approved by {', '.join(state.by) or 'nobody'}"
    return () if state.status == "granted" else (GateState(gate="approval", open=False, reason=missing),)
