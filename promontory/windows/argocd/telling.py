"""What Argo CD would do, in words."""

from __future__ import annotations

from datetime import datetime

from promontory.windows.argocd.predicting import Prediction
from promontory.windows.wording import clock_time, in_time


def told(seen: Prediction) -> str:
    """``blocked: a deny window is active; allowed from 2026-11-24 02:00 UTC, in 13 h``."""
    return told_row(seen.allowed, seen.because, seen.changes, seen.zone, seen.at)


def told_row(allowed: bool | None, because: str, changes: datetime | None, zone: str, at: datetime) -> str:
    """The same of what has been read already; ``allowed`` is None where it cannot be foretold."""
    if allowed is None:
        return f"cannot be foretold: {because}"
    change = ""
    if changes is not None:
        change = f"; {'blocked' if allowed else 'allowed'} from {clock_time(changes, zone)}, {in_time(changes, at)}"
    return f"{'allowed' if allowed else 'blocked'}: {because}{change}"
