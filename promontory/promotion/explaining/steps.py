"""What to type next, in order. Pure; every command can be pasted as it stands."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from promontory.escaping.shell import command
from promontory.model import GateState
from promontory.promotion.explaining.values import DriftKind, Explanation, StageState, Step
from promontory.release import is_release, shown

_OURS = "promontory "


def next_steps(seen: Explanation) -> tuple[Step, ...]:
    """A release whose name can be none, as somebody may have written it into Git, is in no command."""
    found: dict[str, Step] = {}
    hostile = seen.release is not None and not is_release(seen.release)
    steps = () if hostile else _there(seen) if seen.there else _not_there(seen)
    behind = any(report.in_place is False for report in seen.controllers)
    for step in (*_repairs(seen), *steps) if seen.there and behind else (*steps, *_repairs(seen)):
        found.setdefault(step.command or step.why, step)
    return tuple(found.values())


def _there(seen: Explanation) -> Iterator[Step]:
    stage = seen.stage
    if stage.state == "reverting":
        yield Step(why=f"merge {stage.url}, which takes it back; or close it, and it stays")
    if stage.state == "unhealthy":
        back = command("promontory", "rollback", seen.application, seen.environment)
        yield Step(command=back, why="takes it back to the release before")
    if stage.state in ("verifying", "foreign") and not seen.runs:
        yield Step(command=_promote(seen), why="pushes nothing, looks at it, and records how it is")
    if stage.state == "foreign" and seen.in_force.before and is_release(seen.in_force.before):
        back = command("promontory", "rollback", seen.application, seen.environment, "--to", seen.in_force.before)
        yield Step(command=back, why=f"or back to {shown(seen.in_force.before)}")


def _not_there(seen: Explanation) -> Iterator[Step]:
    stage = seen.stage
    shut = [gate for gate in seen.gates if not gate.open]
    # What opens by itself, or is to be passed, wants nothing from anybody.
    asks = [gate for gate in shut if gate.gate != "approval" and not (gate.opens or gate.waits or stage.break_glass)]
    yield from (_for(gate) for gate in asks if gate.remedy)
    if stage.state == "approval" and stage.promotion:
        yield from _answers(seen)
    if stage.state == "proposed":
        yield Step(why=f"look at {stage.url}, and merge it if it is good")
        yield from _answers(seen)
    if _goes_on(seen):
        return
    if seen.release and all(_is_command(gate) or not gate.remedy for gate in asks):
        yield Step(command=_promote(seen), why=_AGAIN.get(stage.state, "then it goes its way"))


def _goes_on(seen: Explanation) -> bool:
    """Whether a run does the rest: one that was seen, or, where people have to answer first, one that is woken then.

    What waited in a terminal may be over, and nobody but a Prefect server knows.
    """
    stage = seen.stage
    if stage.state not in _AGAIN or stage.run is None:
        return False
    return bool(seen.runs) or stage.state in ("approval", "proposed")


_AGAIN: Mapping[StageState, str] = {
    "waiting": "goes on from there, where its run has ended",
    "approved": "goes on from there, where its run has ended",
    "approval": "goes on from there",
    "proposed": "goes on from there",
}


def _answers(seen: Explanation) -> Iterator[Step]:
    """As the approval itself says: it may have to be signed."""
    wanted = [gate for gate in seen.gates if gate.gate == "approval" and not gate.open and gate.remedy]
    yield from (Step(command=gate.remedy, why="shows the change, and says yes to it") for gate in wanted)
    if wanted and seen.stage.promotion:
        no = command("promontory", "reject", seen.stage.promotion, "--reason", "WHY")
        yield Step(command=no, why="or no")


def _repairs(seen: Explanation) -> Iterator[Step]:
    for finding in seen.drift:
        if finding.remedy:
            yield Step(command=finding.remedy, why=_REPAIRS[finding.kind])


_REPAIRS: Mapping[DriftKind, str] = {
    "not-by-promontory": "keeps what somebody else put there: verifies and records it",
    "unfinished": "does what is left to be done",
    "not-synced": "makes the controller look again",
    "auto-sync-off": "syncs it, because nobody else does",
    "suspended": "lets the controller go on",
    "sync-window": "shows the windows that stop the sync",
    "error": "once the cause is gone: makes the controller try again",
    "other-image": "shows what runs there",
    "unhealthy": "shows what is wrong with it",
    "missing": "shows what there is instead",
}


def _for(gate: GateState) -> Step:
    if _is_command(gate):
        return Step(command=gate.remedy, why=f"for the gate {gate.gate}, which is closed")
    return Step(why=f"{gate.gate}: {gate.remedy}")


def _is_command(gate: GateState) -> bool:
    """Gates tell a command, or several things in words."""
    return gate.remedy.startswith(_OURS) and not any(mark in gate.remedy for mark in (";", ": ", ", "))


def _promote(seen: Explanation) -> str:
    why = seen.stage.break_glass
    past = ("--break-glass", "--reason", why) if why else ()
    return command("promontory", "promote", seen.application, seen.release or "", "--to", seen.environment, *past)
