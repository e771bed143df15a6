"""Argo CD's sync windows: what it would not sync is not pushed, and waits until it would."""

from __future__ import annotations

from datetime import datetime

from promontory.gates.contract import Passage
from promontory.model import GateState
from promontory.windows.argocd import Governed, Prediction, predict
from promontory.windows.wording import clock_time


def argocd_window(passage: Passage) -> GateState:
    """Closed where one of the Applications would not be synced, or where that cannot be foretold."""
    states = [_state(governed, passage.now) for governed in passage.governed]
    shut = [state for state in states if not state.open]
    if not shut:
        return GateState(gate="argocd-window", open=True)
    waits = all(state.waits for state in shut)
    known = [state.opens for state in shut if state.opens]
    return GateState(
        gate="argocd-window",
        open=False,
        reason="; ".join(state.reason for state in shut),
        remedy=next((state.remedy for state in shut if state.remedy), ""),
        owner=passage.owner,
        opens=max(known) if waits and len(known) == len(shut) else None,
        waits=waits,
    )


def _state(governed: Governed, now: datetime) -> GateState:
    if governed.problem:
        return GateState(
            gate="argocd-window",
            open=False,
            reason=f"whether Argo CD syncs {governed.application} cannot be foretold: {governed.problem}",
            remedy=governed.remedy,
            waits=governed.transient,
        )
    seen = predict(governed.windows, governed.destination, now, manual=governed.manual)
    if seen.allowed:
        return GateState(gate="argocd-window", open=True)
    return GateState(
        gate="argocd-window",
        open=False,
        reason=f"Argo CD would not sync {governed.application} (AppProject {governed.project}): {_why(seen)}",
        remedy="" if seen.changes else f"change the sync windows of the AppProject {governed.project}",
        opens=seen.changes,
        waits=seen.changes is not None,
    )


def _why(seen: Prediction) -> str:
    windows = ", ".join(str(window) for window in seen.blocking[:3])
    when = f"; opens {clock_time(seen.changes, seen.zone)}" if seen.changes else ""
    return f"{seen.because}: {windows}{when}"
