"""Markdown for people: the plan, the suites, the verdict, the environment table, the approval form.

What comes from outside (releases, paths, output) goes through `escaping.markdown`, so that it stays text.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence

from promontory.clock import moment
from promontory.entry import Entry
from promontory.escaping.markdown import Markup, cell, code, fence, named_link, table
from promontory.health import CheckResult, Verdict
from promontory.model import GateState, Plan, SuiteResult
from promontory.options import Remark
from promontory.promotion.views import StatusRow

# The smallest limit of a body is GitHub's, 65,536 characters.
MOST_DIFF = 40_000


def plan_report(plan: Plan, gates: Sequence[GateState]) -> str:
    rows = [
        *(row for part in plan.members for row in _releases(part)),
        ("Environment", plan.environment),
        ("Branch", ", ".join(dict.fromkeys(part.ref for part in plan.members))),
        ("Plan digest", code(plan.digest)),
    ]
    parts = [table(("", ""), rows), "", fence(plan.shown or "nothing to do", "diff")]
    return "\n".join([*parts, "", *gates_report(gates)])


def proposal_report(
    plan: Plan,
    gates: Sequence[GateState],
    suites: Sequence[SuiteResult],
    promotion: str,
    link: str = "",
    approval: str = "",
) -> str:
    """The body of a pull request: releases, change, gates, suites, approval, and where the run can be looked at."""
    moves = [(part.application, part.previous or "—", part.release) for part in plan.members]
    shown = plan.shown if len(plan.shown) <= MOST_DIFF else plan.shown[:MOST_DIFF] + "\n… (more in the files changed)"
    results = [(result.title, _outcome(result), result.reason or "—") for result in suites]
    facts = [
        f"Promotion {code(promotion)} into {cell(plan.environment)}, plan digest {code(plan.digest)}.",
        named_link("The run that waits for it", link),
        *([cell(approval)] if approval else []),
        "Closing this request without merging it means that the promotion is rejected.",
    ]
    parts = [
        table(("Application", "Runs now", "Release"), moves),
        fence(shown, "diff"),
        "\n".join(gates_report(gates)),
        table(("Suite", "Result", "Why"), results) if results else "",
        *facts,
    ]
    return "\n\n".join(part for part in parts if part)


def revert_report(entries: Sequence[Entry], link: str = "") -> tuple[str, str]:
    """Title and body of a pull request that takes something back."""
    first = entries[0]
    names = " and ".join(f"{entry.application} {entry.release}" for entry in entries)
    moves = [(entry.application, entry.release, entry.previous or "—") for entry in entries]
    facts = [
        f"**{cell(first.environment)} does not run as it should: merge this as soon as you can.**",
        table(("Application", "Runs now", "Goes back to"), moves),
        cell(first.reason),
        f"Takes promotion {code(first.promotion)} back.",
        named_link("The run that waits for it", link),
        "Closing this request without merging it leaves the release there; then a person has to see to it.",
    ]
    return f"Revert {names} in {first.environment}", "\n\n".join(fact for fact in facts if fact)


def _outcome(result: SuiteResult) -> str:
    return result.outcome if result.passed else Markup(f"**{result.outcome}**")


def _let_through(result: SuiteResult) -> str:
    return f"**{cell(result.title)} {result.outcome}: {cell(result.reason)}**"


def gone_report(reverted: Entry, rivals: Sequence[Remark]) -> str:
    """What was taken back, why, and who would undo that."""
    head = f"{cell(reverted.release)} left {cell(reverted.environment)} for {cell(reverted.previous or 'no release')} "
    rows = [(remark.message, remark.remedy) for remark in rivals]
    return "\n".join(
        [
            f"{head}(commit {code(reverted.commit or '')}), and is held there.",
            "",
            cell(reverted.reason),
            *(["", table(("Who would undo it", "What to do"), rows)] if rows else []),
        ]
    )


def _releases(plan: Plan) -> tuple[tuple[str, str], ...]:
    return (("Application", plan.application), ("Release", plan.release), ("Runs now", plan.previous or "—"))


def gates_report(gates: Sequence[GateState]) -> list[str]:
    rows = [
        (
            f"{gate.application}: {gate.gate}" if gate.application else gate.gate,
            "open" if gate.open else Markup("**closed**"),
            gate.reason or "—",
        )
        for gate in gates
    ]
    return [table(("Gate", "State", "Why"), rows)] if rows else []


def approval_report(
    plan: Plan,
    gates: Sequence[GateState],
    missing: str,
    notices: Sequence[str] = (),
    suites: Sequence[SuiteResult] = (),
    asked: str = "",
) -> str:
    """What the approver sees above the form: it shows few lines at once, so that the change comes first.

    Before it stands only what must not be overlooked: ``notices``, and tests that failed and did not stop the
    promotion. ``asked`` says who asked, and until when an answer counts.
    """
    places = [(part.application, part.environment, part.previous or "—", part.release) for part in plan.members]
    what = f"{plan.application} {plan.release}" if not plan.also else f"{len(plan.members)} applications"
    lines = [
        f"### Approve {cell(what)} for {cell(plan.environment)}?",
        *(line for notice in notices for line in ("", f"**{cell(notice)}**")),
        *(line for result in suites if result.tolerated for line in ("", _let_through(result))),
        "",
        table(("Application", "Environment", "Runs now", "Release"), places),
        "",
        fence(_without_git_header(plan.shown), "diff"),
        "",
        f"Plan digest {_breakable(plan.digest)}",
        "",
        " ".join(f"{part}." for part in (*_standing(gates), cell(missing), cell(asked)) if part),
    ]
    return "\n".join(lines)


def _standing(gates: Sequence[GateState]) -> Iterator[str]:
    for word, stand in (("open", True), ("**closed**", False)):
        if names := ", ".join(dict.fromkeys(gate.gate for gate in gates if gate.open is stand)):
            yield f"Gates {word}: {cell(names)}"


def _breakable(digest: str) -> str:
    """In two halves, so that a narrow form can break the line instead of cutting it off."""
    algorithm, _, digits = digest.partition(":")
    half = len(digits) // 2
    return f"{algorithm}: `{digits[:half]}` `{digits[half:]}`"


def _without_git_header(diff: str) -> str:
    return "\n".join(line for line in diff.split("\n") if not line.startswith(("diff --git ", "index ")))


def verdict_report(entry: Entry, verdict: Verdict) -> str:
    """The checks in a table, and below it why, and what each of them rests on: reasons are too long for a column."""
    rows = [
        (check.title, check.health.value, str(check.attempts), f"{check.seconds:.1f} s") for check in verdict.checks
    ]
    head = f"{cell(entry.in_force or '')} is **{verdict.health.value}** (commit {code(entry.commit or '')})"
    unproven = "" if verdict.proven else "\nNo check proves which release answered."
    checks = table(("Check", "Health", "Looks", "Took"), rows)
    return "\n".join([head, "", checks, unproven, *(_why(check) for check in verdict.checks)])


def _why(check: CheckResult) -> str:
    known = {
        **({"since": moment(check.since)} if check.since else {}),
        **({"without an answer": f"{check.errors}, the last: {check.last_error}"} if check.errors else {}),
        **check.evidence,
    }
    evidence = f"\n\n{table(('Evidence', ''), [*_flat(known)])}" if known else ""
    return f"\n**{cell(check.title)}**: {cell(check.reason) or check.health.value}{evidence}"


def _flat(document: Mapping[str, object], prefix: str = "") -> Iterator[tuple[str, str]]:
    """Each value with its path, in the order of the document."""
    for key, value in document.items():
        if isinstance(value, Mapping) and value:
            yield from _flat(value, f"{prefix}{key}.")
        elif isinstance(value, list | tuple) and all(isinstance(item, str) for item in value):
            yield f"{prefix}{key}", ", ".join(value) or "—"
        else:
            yield f"{prefix}{key}", value if isinstance(value, str) else json.dumps(value, default=str)


def status_report(rows: Sequence[StatusRow]) -> str:
    header = ("Application", "Environment", "Release", "Since", "Health", "Pending", "Held")
    return table(header, [status_cells(row) for row in rows])


def status_cells(row: StatusRow) -> tuple[str, ...]:
    since = moment(row.since) if row.since else "—"
    health = f"{row.health}: {row.problem}" if row.problem else row.health
    return (
        row.application,
        row.environment,
        row.release or "—",
        since,
        health,
        row.pending or "—",
        ", ".join(row.held) or "—",
    )
