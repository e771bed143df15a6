"""The answer in one line: whether it is there, and if not, what it waits for and until when. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

from promontory.health import Trouble
from promontory.model import GateState
from promontory.promotion.breaking_glass import about_to_break
from promontory.promotion.explaining.values import Explanation, Stage
from promontory.release import shown

When = Callable[[datetime], str]


def answer(seen: Explanation, when: When) -> str:
    """``when`` writes times."""
    if seen.in_force.problem:
        return f"what {seen.environment} runs cannot be read: {seen.in_force.problem}"
    if seen.release is None:
        return f"{seen.environment} runs nothing, and no release is known that could go there"
    if seen.there:
        return _there(seen, when)
    more = [about_to_break(seen.stage.break_glass, _shut(seen))] if seen.stage.break_glass else _more(seen)
    why = "; ".join(part for part in (_why(seen, when), *more) if part)
    return f"{shown(seen.release)} is not in {seen.environment}: {why}{_expected(seen, when)}"


def _there(seen: Explanation, when: When) -> str:
    stage = seen.stage
    told = _IN_FORCE[stage.state](stage, when) if stage.state in _IN_FORCE else "is there"
    name = shown(seen.release)
    if stage.state == "foreign" and seen.in_force.change:
        told = f"by no promotion: {seen.in_force.change.author} put it there {when(seen.in_force.change.at)}"
    behind = _behind(seen)
    if behind:
        return f"{name} is in {seen.environment} as Git says, but the cluster does not run it: {behind}"
    return f"{name} is in {seen.environment}{'' if told.startswith(',') else ' '}{told}"


def _behind(seen: Explanation) -> str:
    """What keeps the cluster from running what Git says; empty where nothing is known to."""
    for report in seen.controllers:
        if report.in_place is False:
            trouble = _first(report.troubles)
            return f"{report.subject}: {trouble.message if trouble else report.reason}"
    return ""


def _first(troubles: tuple[Trouble, ...]) -> Trouble | None:
    """What a person has to end comes before what may only be slow."""
    order = ("suspended", "auto-sync-off", "sync-window", "error", "missing", "other-image", "not-synced", "unhealthy")
    return min(troubles, key=lambda trouble: order.index(trouble.kind), default=None)


def _since(stage: Stage, when: When) -> str:
    return f" {when(stage.since)}" if stage.since else ""


def _soaking(stage: Stage, when: When) -> str:
    until = f" until {when(stage.until)}" if stage.until else ""
    return f"and healthy; it is watched{until}, and counts as verified then"


_IN_FORCE: Mapping[str, Callable[[Stage, When], str]] = {
    "verified": lambda stage, when: f", verified{_since(stage, when)}",
    "deployed": lambda stage, when: f"since{_since(stage, when)}; no checks are configured, so nobody verifies it",
    "verifying": lambda stage, when: f"since{_since(stage, when)}, and not verified yet",
    "soaking": _soaking,
    "unhealthy": lambda stage, _: f"and unhealthy: {stage.reason}",
    "foreign": lambda _, __: "by no promotion, and no commit says who put it there",
    "reverting": lambda stage, _: f"and is to go back: {stage.url} waits to be merged ({stage.reason})",
}


def _why(seen: Explanation, when: When) -> str:
    """The one thing that keeps it out, as far as one does more than the others."""
    stage = seen.stage
    told = _ELSEWHERE.get(stage.state)
    if told:
        return told(stage, when)
    if any(not gate.open and gate.gate != "approval" for gate in seen.gates):
        return ""
    if stage.state in ("passed", "replaced"):
        return f"it was there{_since(stage, when)}, and {shown(stage.runs) or 'nothing'} has replaced it since"
    return "nobody has promoted it there yet, and the gates are open"


_ELSEWHERE: Mapping[str, Callable[[Stage, When], str]] = {
    "approval": lambda stage, _: f"it waits: {stage.reason}",
    "approved": lambda stage, _: f"it is {stage.reason}, and its run has not gone on yet",
    "proposed": lambda stage, _: f"its pull request is open: {stage.url}",
    "reverted": lambda stage, when: f"it was taken back{_since(stage, when)}: {stage.reason}",
    "held": lambda stage, when: f"it is held since{_since(stage, when)} by {stage.by}: {stage.reason}",
    "superseded": lambda stage, _: f"a newer release overtook it: {stage.reason}",
    "rejected": lambda stage, when: f"{stage.by} said no{_since(stage, when)}: {stage.reason}",
    "expired": lambda stage, when: f"its request expired{_since(stage, when)}: {stage.reason}",
    "tests-failed": lambda stage, _: f"its tests failed: {stage.reason}",
    "unknown": lambda stage, _: stage.reason,
}


def _more(seen: Explanation) -> list[str]:
    """What else is closed, the first of it in words. A hold, and the approval, are told by `_why` already."""
    told = seen.stage.reason if seen.stage.state in _ELSEWHERE else ""
    shut = [gate for gate in _shut(seen) if not (told and told in gate.reason)]
    if not shut:
        return []
    more = f" (and {len(shut) - 1} more gate{'s' if len(shut) > 2 else ''})" if len(shut) > 1 else ""
    return [f"{shut[0].reason}{more}"]


def _shut(seen: Explanation) -> list[GateState]:
    return [gate for gate in seen.gates if not gate.open and gate.gate != "approval"]


def _expected(seen: Explanation, when: When) -> str:
    if seen.earliest and seen.earliest > seen.at:
        return f"; earliest {when(seen.earliest)}"
    return f"; not before {when(seen.not_before)}" if seen.not_before and seen.not_before > seen.at else ""
