"""Markdown for people: what comes from outside stays text, as a real Markdown parser sees it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token

from promontory.entry import Entry, Pushed
from promontory.health import CheckResult, Health, Verdict
from promontory.model import CaseReport, FailedAttempt, FailedCase, GateState, Plan, SuiteResult
from promontory.promotion.reports import (
    approval_report,
    cell,
    fence,
    plan_report,
    proposal_report,
    status_report,
    verdict_report,
)
from promontory.promotion.suites_report import suites_report
from promontory.promotion.views import StatusRow

HOSTILE = [
    "a | b",
    "a \\| b",
    "a \\\\| b",
    "`code`",
    "`a|b`",
    "```",
    "<script>alert(1)</script>",
    "[click](https://evil.example)",
    "![x](https://evil.example/x.png)",
    "**bold** _it_ ~~gone~~ __init__",
    "line\nbreak\r\nand | more",
    "&lt;b&gt; &amp;",
    "\\",
    "ends with \\",
    "| --- |",
    "# not a heading",
]
MARKDOWN = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
NOW = datetime(2025, 3, 1, 12, tzinfo=UTC)


def rows(markdown: str, own: Sequence[str] = ()) -> list[list[str]]:
    """The cells of all tables' bodies; markup inside of a cell is an error, but for our ``own``."""
    found: list[list[str]] = []
    tokens = MARKDOWN.parse(markdown)
    for position, token in enumerate(tokens):
        if token.type == "tr_open":
            found.append([])
        if token.type == "td_open":
            found[-1].append(_text(tokens[position + 1].children or [], own))
    return [row for row in found if row]


def _text(children: Sequence[Token], own: Sequence[str]) -> str:
    text = "".join(child.content for child in children)
    assert text in own or {child.type for child in children} <= {"text", "text_special"}, children
    return text


def fences(markdown: str) -> list[str]:
    return [token.content for token in MARKDOWN.parse(markdown) if token.type == "fence"]


def one_line(text: str) -> str:
    return " ".join(text.split())


def status_row(**fields: object) -> StatusRow:
    return StatusRow.model_validate({"application": "web-app", "environment": "dev", "health": "healthy", **fields})


def plan(**fields: object) -> Plan:
    values = {"application": "web-app", "environment": "dev", "release": "v1", "previous": "v0", "ref": "main"}
    return Plan.model_validate({**values, "base": "0" * 40, "paths": (), "diff": "", **fields})


@pytest.mark.parametrize("text", HOSTILE)
def test_a_cell_shows_any_text_as_it_is(text: str) -> None:
    (row,) = rows(status_report([status_row(release=text, pending=text)]))

    assert row == ["web-app", "dev", one_line(text), "—", "healthy", one_line(text), "—"]


@given(st.text(st.sampled_from("ab \\|`*_~<>[]()!#&;-\n\t"), max_size=15))
def test_no_text_breaks_out_of_its_cell(text: str) -> None:
    (row,) = rows(f"| a | b |\n| --- | --- |\n| x{cell(text)}x | y |")

    assert row == [f"x{one_line(text)}x", "y"]


@given(st.text(st.sampled_from("a`~ \n|<"), max_size=30))
def test_no_text_breaks_out_of_its_fence(text: str) -> None:
    (content,) = fences(fence(text))

    assert content.rstrip() == text.rstrip()


@pytest.mark.parametrize("text", HOSTILE)
def test_a_plan_shows_releases_reasons_and_the_diff(text: str) -> None:
    gates = [GateState(gate="hold", open=False, reason=text), GateState(gate="provenance", open=True)]

    shown = plan(release=text, diff=f"+{text}\n")

    report = plan_report(shown, gates)

    table = rows(report, own=["closed", shown.digest])
    assert ["Release", one_line(text)] in table
    assert table[-2:] == [["hold", "closed", one_line(text)], ["provenance", "open", "—"]]
    assert f"+{text}".splitlines()[0] in fences(report)[0]


@pytest.mark.parametrize("text", HOSTILE)
def test_the_approval_form_is_one_heading_with_the_diff_in_a_fence(text: str) -> None:
    report = approval_report(plan(release=text, diff=f"+{text}"), [], text, [text], asked=text)

    kinds = [token.type for token in MARKDOWN.parse(report)]
    assert kinds.count("heading_open") == 1
    assert kinds.count("fence") == 1
    assert not {"html_block", "blockquote_open", "bullet_list_open"} & set(kinds)
    inline = [child for token in MARKDOWN.parse(report) for child in token.children or ()]
    assert not {"html_inline", "link_open", "image", "em_open", "s_open"} & {child.type for child in inline}
    code = [child.content for child in inline if child.type == "code_inline"]
    assert f"sha256:{''.join(code)}" == plan(release=text).digest
    assert [child.type for child in inline].count("strong_open") == 1


def test_suites_show_what_they_printed() -> None:
    results = [
        SuiteResult(name="make | test", passed=False, reason="exit status 2", output="boom\n```\nmore", seconds=1.24),
        SuiteResult(name="lint", passed=True),
    ]

    report = suites_report(results)

    assert "| make \\| test | **failed** | — | 1.2 s | exit status 2 |" in report
    assert "| lint | passed | — | 0.0 s | — |" in report
    assert fences(report) == ["boom\n```\nmore\n"]


def test_a_verdict_says_what_each_check_saw_and_whether_it_proves_the_release() -> None:
    pushed = Entry(
        version=1,
        kind="pushed",
        promotion="ab12",
        application="web-app",
        environment="dev",
        release="v1",
        at=NOW,
        by="ci",
        pushed=Pushed(ref="main", before="0" * 40, after="1" * 40),
    )
    evidence = {"sync": {"status": "Synced"}, "images": ["web|app:v1", "jobs:v1"], "refreshes": 2}
    check = CheckResult(
        check="http x", health=Health.UNHEALTHY, reason="500 | sorry", attempts=3, seconds=2.0, evidence=evidence
    )

    report = verdict_report(pushed, Verdict(health=Health.UNHEALTHY, checks=(check,)))

    assert report.startswith(f"v1 is **unhealthy** (commit `{'1' * 40}`)")
    assert "| http x | unhealthy | 3 | 2.0 s |" in report
    assert "**http x**: 500 \\| sorry" in report
    assert rows(report.partition("**http x**")[2]) == [
        ["sync.status", "Synced"],
        ["images", "web|app:v1, jobs:v1"],
        ["refreshes", "2"],
    ]
    assert "No check proves which release answered." in report
    proven = Verdict(health=Health.HEALTHY, checks=(check.model_copy(update={"proven": True}),))
    assert "No check proves" not in verdict_report(pushed, proven)


def test_the_environment_table_tells_problems_and_holds() -> None:
    broken = status_row(release=None, health="unknown", problem="no such file", held=("v1", "v2"), since=NOW)

    (row,) = rows(status_report([broken]))

    assert row == ["web-app", "dev", "—", "2025-03-01 12:00 UTC", "unknown: no such file", "—", "v1, v2"]


def test_suites_show_attempts_and_failed_tests_and_where_they_ran() -> None:
    report = CaseReport(
        tests=40, failed=2, cases=(FailedCase(name="web | adds", message="3 is <b>not</b> 4"), FailedCase(name="b"))
    )
    attempts = (FailedAttempt(reason="too | slow", seconds=61.04), FailedAttempt(reason="exit code 1", seconds=2))
    results = [
        SuiteResult(name="e2e", passed=True, attempts=attempts, url="https://ci.example/runs/7"),
        SuiteResult(name="unit", passed=False, reason="2 failed", report=report, tolerated=True),
    ]

    shown = suites_report(results)

    assert "| e2e | passed at the 3rd attempt | — | 0.0 s | — |" in shown
    assert "| unit | **failed, and is let through** | 40 tests, 2 failed | 0.0 s | 2 failed |" in shown
    assert "<https://ci.example/runs/7>" in shown
    assert "| 1 | too \\| slow | 61.0 s |\n| 2 | exit code 1 | 2.0 s |" in shown
    assert "| web \\| adds | 3 is \\<b\\>not\\</b\\> 4 |\n| b | — |" in shown


@pytest.mark.parametrize("url", ["javascript:alert(1)", "https://a.example/> <script>", "https://a b", "", "ftp://x"])
def test_a_suites_address_is_a_link_or_nothing(url: str) -> None:
    assert "script" not in suites_report([SuiteResult(name="e2e", passed=True, url=url)])
    assert "<" not in suites_report([SuiteResult(name="e2e", passed=True, url=url)])


def test_more_failed_tests_than_are_kept_are_counted() -> None:
    report = CaseReport(tests=100, failed=30, cases=tuple(FailedCase(name=str(number)) for number in range(20)))

    assert "… and 10 more" in suites_report([SuiteResult(name="unit", passed=False, report=report)])


def test_an_approver_cannot_overlook_what_was_let_through() -> None:
    through = SuiteResult(name="e2e", passed=False, reason="exit | code 1", tolerated=True)

    shown = approval_report(
        plan(diff="+x"), [], "1 of 1 missing", suites=[through, SuiteResult(name="fine", passed=True)]
    )

    warning = shown.index("**e2e failed, and is let through: exit \\| code 1**")
    assert warning < shown.index("```diff")
    assert "fine" not in shown


def test_an_approver_sees_which_gates_are_closed_who_asks_and_until_when() -> None:
    gates = [GateState(gate="hold", open=False, reason="it leaks"), GateState(gate="window", open=True)]

    shown = approval_report(plan(diff="+x"), gates, "1 missing", ["past a hold"], asked="Asked for by ci; expires soon")

    assert "Gates open: window. Gates **closed**: hold. 1 missing. Asked for by ci; expires soon." in shown
    assert shown.index("**past a hold**") < shown.index("```diff")


def test_a_pull_request_says_what_was_let_through_and_what_took_several_attempts() -> None:
    suites = [
        SuiteResult(name="e2e", passed=False, reason="exit code 1", tolerated=True),
        SuiteResult(name="smoke", passed=True, attempts=(FailedAttempt(reason="no"),)),
    ]

    body = proposal_report(plan(diff="+x"), [], suites, "0123456789ab")

    assert "| e2e | **failed, and is let through** | exit code 1 |" in body
    assert "| smoke | passed at the 2nd attempt | — |" in body
