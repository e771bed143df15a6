"""Many reports on one commit → one state. Worst wins."""

from __future__ import annotations

from collections.abc import Iterable

from promontory.ci_runs import Report
from promontory.forges.contract import OWN_CONTEXTS, ChecksState, StatusState

MOST_REASONS = 20
_ORDER: tuple[StatusState, ...] = ("failure", "pending")


def combined(reports: Iterable[Report]) -> ChecksState:
    """Our own are left out, or a pull request would wait for itself."""
    others = [report for report in reports if not report.name.startswith(OWN_CONTEXTS)]
    if not others:
        return ChecksState(state="none")
    reasons = [str(report) for state in _ORDER for report in others if report.state == state]
    worst = next((state for state in _ORDER if any(report.state == state for report in others)), "success")
    return ChecksState(state=worst, reasons=tuple(reasons[:MOST_REASONS]))


def described(word: str, description: str) -> str:
    """``failure (3 tests failed)``."""
    return f"{word} ({description})" if description else word
