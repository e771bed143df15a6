"""What a night has moved and what it has not, and why: in a sentence each, and as a table for people."""

from __future__ import annotations

from collections.abc import Sequence

from promontory.escaping.markdown import table
from promontory.promotion.values import HopOutcome


def told(outcome: HopOutcome) -> str:
    why = f": {outcome.reason}" if outcome.reason else ""
    return f"{outcome.application} {outcome.release} {outcome.status} in {outcome.environment}{why}"


def nightly_report(outcomes: Sequence[HopOutcome]) -> str:
    rows = [
        (each.application, each.environment, each.previous or "—", each.release, each.status, each.reason or "—")
        for each in outcomes
    ]
    header = ("Application", "Environment", "Ran before", "Release", "Result", "Why")
    return table(header, rows) if rows else "Everything runs what is verified one environment earlier."
