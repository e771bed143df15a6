"""Markdown for people: what became of the suites, with their attempts, failed tests and output."""

from __future__ import annotations

from collections.abc import Sequence

from promontory.escaping.markdown import Markup, cell, fence, link, table
from promontory.model import CaseReport, SuiteResult


def suites_report(results: Sequence[SuiteResult]) -> str:
    rows = [
        (
            result.title,
            result.outcome if result.passed else Markup(f"**{result.outcome}**"),
            str(result.report) if result.report else "—",
            f"{result.seconds:.1f} s",
            result.reason or "—",
        )
        for result in results
    ]
    return "\n".join([table(("Suite", "Result", "Tests", "Took", "Why"), rows), *map(_details, results)])


def _details(result: SuiteResult) -> str:
    """What does not fit into a row of the table: where it ran, earlier attempts, failed tests, output."""
    attempts = [(str(number), each.reason, f"{each.seconds:.1f} s") for number, each in enumerate(result.attempts, 1)]
    parts = [
        link(result.url),
        table(("Attempt", "Why it failed", "Took"), attempts) if attempts else "",
        _cases(result.report) if result.report else "",
        fence(result.output) if result.output else "",
    ]
    told = "\n\n".join(part for part in parts if part)
    return f"\n{cell(result.title)}\n\n{told}" if told else ""


def _cases(report: CaseReport) -> str:
    rows = [(case.name, case.message or "—") for case in report.cases]
    more = report.failed - len(rows)
    shown = table(("Failed test", "Message"), rows) if rows else ""
    return f"{shown}\n\n… and {more} more" if more > 0 else shown
