"""What was seen of Applications: one observation of all of them, and what it rests on. Nothing of it is secret."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from promontory.checks.argocd.application import Application, one_line
from promontory.checks.argocd.judging import Judgement
from promontory.checks.argocd.memory import Memory
from promontory.checks.argocd.revision import Proof, Wanted
from promontory.health import Health, Observation, worst

_MOST_TOLD = 20
_MOST_REASONS = 5


@dataclass(frozen=True)
class Seen:
    """One Application. ``since``: when its health changed last; ``again``: seconds until it may be judged otherwise."""

    title: str
    judgement: Judgement
    since: datetime | None = None
    again: float | None = None
    evidence: Mapping[str, Any] = field(default_factory=dict)


def evidence(application: Application, proof: Proof, memory: Memory) -> dict[str, Any]:
    status, state = application.status, application.status.operation_state
    known: dict[str, Any] = {
        "application": application.title,
        "revisions": [one_line(revision) for revision in application.observed],
        "shown by": proof.way,
        "sync": one_line(status.sync.status),
        "health": one_line(status.health.status),
        "health since": _time(status.health.last_transition_time),
        "compared": _time(status.reconciled_at),
        "operation": one_line(state.phase) if state else "",
        "operation ended": _time(state.finished_at) if state else "",
        "images": [one_line(image) for image in status.summary.images[:_MOST_TOLD]],
        "refreshes asked for": memory.refreshes,
        "syncs started": memory.syncs,
    }
    return {name: value for name, value in known.items() if value}


def together(seen: Sequence[Seen], wanted: Wanted) -> Observation:
    """The worst of them wins, and each that is not healthy is told."""
    ordered = sorted(seen, key=lambda one: (-one.judgement.health.severity, one.title))
    health = worst(*(one.judgement.health for one in seen))
    times = [one.since for one in seen if one.since]
    waits = [one.again for one in seen if one.again is not None]
    return Observation(
        health=health,
        reason=_reason(ordered, health),
        proven=all(one.judgement.proven for one in seen),
        final=any(one.judgement.final for one in seen),
        since=max(times) if times else None,
        again_within=min(waits) if waits else None,
        evidence={"wanted": wanted.revision or wanted.commit or "", **_told(ordered)},
    )


def _reason(ordered: Sequence[Seen], health: Health) -> str:
    (first, *others) = ordered
    if not others:
        return first.judgement.reason
    if health is Health.HEALTHY:
        return f"{len(ordered)} Applications are {first.judgement.reason}"
    bad = [one for one in ordered if one.judgement.health is not Health.HEALTHY]
    told = [f"{one.title}: {one.judgement.reason}" for one in bad[:_MOST_REASONS]]
    return "; ".join([*told, *([f"and {len(bad) - _MOST_REASONS} more"] if len(bad) > _MOST_REASONS else [])])


def _told(ordered: Sequence[Seen]) -> dict[str, Any]:
    (first, *others) = ordered
    if not others:
        return dict(first.evidence)
    told = {one.title: {**one.evidence, "application": None} for one in ordered[:_MOST_TOLD]}
    return {"applications": len(ordered), **{title: _some(each) for title, each in told.items()}}


def _some(known: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in known.items() if value is not None}


def _time(when: datetime | None) -> str:
    return f"{when.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}" if when else ""
