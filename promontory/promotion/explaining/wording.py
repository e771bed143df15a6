"""How stages, gates and what is in force are told, one line each, wherever an explanation is read. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from promontory.model import GateState
from promontory.promotion.explaining.answer import When
from promontory.promotion.explaining.values import Explanation, InForce, Stage, StageState
from promontory.release import shown

STATES: Mapping[StageState, str] = {
    "verified": "verified",
    "deployed": "deployed",
    "verifying": "verifying",
    "soaking": "soaking",
    "unhealthy": "unhealthy",
    "foreign": "put there by others",
    "reverting": "to be taken back",
    "passed": "was verified",
    "replaced": "was there",
    "approval": "waits for approval",
    "approved": "approved",
    "proposed": "pull request open",
    "waiting": "waits",
    "held": "held",
    "reverted": "taken back",
    "superseded": "overtaken",
    "rejected": "rejected",
    "expired": "expired",
    "tests-failed": "tests failed",
    "closed": "stopped at a gate",
    "begun": "begun",
    "absent": "never started",
    "unknown": "unknown",
}
GOOD: frozenset[StageState] = frozenset({"verified", "deployed", "passed"})
UNDER_WAY: frozenset[StageState] = frozenset(
    {"verifying", "soaking", "approval", "approved", "proposed", "waiting", "begun", "foreign", "replaced"}
)


def mark(stage: Stage) -> str:
    if stage.state in GOOD:
        return "✓"
    if stage.state in UNDER_WAY:
        return "…"
    return "·" if stage.state == "absent" else "✗"


def about_stage(stage: Stage, release: str | None, when: When) -> str:
    """Since when, until when, by whom, and why."""
    runs = f"runs {shown(stage.runs) or 'nothing'}" if stage.runs != release else ""
    since = f"since {when(stage.since)}" if stage.since else ""
    until = f"{_UNTIL.get(stage.state, 'until')} {when(stage.until)}" if stage.until else ""
    by = f"by {stage.by}" if stage.by else ""
    facts = [" ".join(part for part in (since, by) if part), until, stage.url, stage.reason, runs]
    return "; ".join(fact for fact in facts if fact)


_UNTIL: Mapping[StageState, str] = {
    "approval": "expires",
    "approved": "lapses",
    "waiting": "goes on",
    "soaking": "until",
}


def about_gate(gate: GateState, when: When) -> str:
    facts = [gate.reason]
    # A window says itself when it opens, on the clock of its time zone.
    if not gate.open and (gate.opens or gate.waits) and "; opens " not in gate.reason:
        facts.append(f"opens {when(gate.opens)}" if gate.opens else "opens by itself")
    if gate.owner and not gate.open:
        facts.append(f"ask {gate.owner}")
    return "; ".join(fact for fact in facts if fact)


def about_in_force(seen: Explanation, when: When) -> Iterator[tuple[str, str]]:
    """Why the version that is here is here: title and text, a line each."""
    known = seen.in_force
    if known.problem:
        yield "runs", f"cannot be read: {known.problem}"
        return
    yield "runs", _origin(known, when)
    if known.approvals:
        yield "approved", "; ".join(f"{yes.by}{f' ({yes.proof})' if yes.proof else ''}" for yes in known.approvals)
    if known.pull_request:
        yield "merged", f"{known.pull_request} by {known.merged_by or 'somebody'}"
    if known.bypassed:
        yield "bypassed", f"the glass was broken by {known.bypassed}"
    if known.judged:
        because = f": {'; '.join(known.reasons)}" if known.reasons else ""
        yield "verdict", f"{known.health} {when(known.judged)}{because}"


def _origin(known: InForce, when: When) -> str:
    name = shown(known.release) or "nothing"
    if known.change:
        change = known.change
        told = f"{name}, put there by {change.author} {when(change.at)}"
        return f"{told} in commit {change.commit[:12]}: {change.subject}"
    if known.since is None:
        return f"{name}{'' if known.release is None else ', and nobody knows who put it there'}"
    how = f"since {when(known.since)}, by {known.by}"
    back = f", when {shown(known.taken_back)} was taken back" if known.taken_back else ""
    ids = f" (promotion {known.promotion}{f', commit {known.commit[:12]}' if known.commit else ''})"
    return f"{name} {how}{back}{ids}"
