"""An explanation on a terminal: the answer first, then why, the gates, the controllers, and what to type."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from promontory.cli.moments import relative
from promontory.cli.printing import Part, say, say_columns
from promontory.escaping.plain import one_line
from promontory.promotion.explaining.answer import When, answer
from promontory.promotion.explaining.values import Explanation, Step
from promontory.promotion.explaining.wording import STATES, about_gate, about_in_force, about_stage, mark

_MARKS = {"✓": "green", "…": "yellow", "✗": "red", "·": "dim"}
# Of what is as it should be, these are enough.
_MOST_FACTS = 3
Row = Sequence[Part]


def show(seen: Explanation) -> None:
    """All of one environment."""

    def when(moment: datetime) -> str:
        return relative(moment, seen.at)

    say((one_line(answer(seen, when)), _style(seen)))
    facts = [*about_in_force(seen, when), *([("owner", seen.owner)] if seen.owner else [])]
    _section(seen.environment, [[(title, "dim"), text] for title, text in facts])
    about = f"{one_line(seen.release or 'no release')}, {seen.chosen}"
    _section(about, _stages(seen, when))
    _section("gates", _gates(seen, when))
    _section("Prefect", [[run.state, f"{run.name} {run.url}".rstrip()] for run in seen.runs])
    _section("controllers", _controllers(seen))
    _section("drift", [[("✗", "red"), finding.kind, finding.message] for finding in seen.drift])
    _section("next", _next(seen.next) or [["nothing: it goes on by itself" if _goes_on(seen) else "nothing"]])


def show_briefly(several: Sequence[Explanation]) -> None:
    """One line for each environment, and the first thing to type."""
    for seen in several:

        def when(moment: datetime, now: datetime = seen.at) -> str:
            return relative(moment, now)

        say((f"{seen.environment}  ", "bold cyan"), (one_line(answer(seen, when)), _style(seen)))
        step = next((step for step in seen.next if step.command), None)
        if step:
            say("  → ", one_line(step.command))


def _section(title: str, rows: Sequence[Row]) -> None:
    if rows:
        say("")
        say((title, "bold cyan"))
        say_columns(rows)


def _style(seen: Explanation) -> str:
    if seen.there:
        return "bold green" if seen.stage.state in ("verified", "deployed") and not seen.drift else "bold yellow"
    return "bold red" if mark(seen.stage) == "✗" else "bold yellow"


def _goes_on(seen: Explanation) -> bool:
    return seen.earliest is not None or seen.stage.state in ("soaking", "waiting")


def _stages(seen: Explanation, when: When) -> list[Row]:
    return [
        [
            (mark(stage), _MARKS[mark(stage)]),
            stage.environment,
            STATES[stage.state],
            about_stage(stage, seen.release, when),
        ]
        for stage in seen.way
    ]


def _gates(seen: Explanation, when: When) -> list[Row]:
    rows: list[Row] = []
    for gate in seen.gates:
        sign = "✓" if gate.open else "…" if gate.opens or gate.waits else "✗"
        state = "open" if gate.open else "closed"
        rows.append([(sign, _MARKS[sign]), gate.gate, (state, _MARKS[sign]), about_gate(gate, when)])
    return rows


def _controllers(seen: Explanation) -> list[Row]:
    rows: list[Row] = []
    for report in seen.controllers:
        sign = {True: "✓", False: "✗", None: "…"}[report.in_place]
        sign = "✗" if report.troubles else sign
        facts = [f"{name} {text}" for name, text in report.facts.items()]
        said = "; ".join(facts if report.troubles else facts[:_MOST_FACTS])
        rows.append([(sign, _MARKS[sign]), report.subject, f"{report.health.value}: {report.reason}"])
        rows += [["", "", (said, "dim")]] if said else []
    if seen.request:
        checks = f"; checks {seen.request.checks}" if seen.request.checks else ""
        because = f" ({'; '.join(seen.request.reasons)})" if seen.request.reasons else ""
        rows.append([("…", "yellow"), seen.request.url, f"{seen.request.state}{checks}{because}"])
    for unseen in seen.unseen:
        remedy = f" → {unseen.remedy}" if unseen.remedy else ""
        rows.append([("…", "yellow"), unseen.what, f"could not be asked: {unseen.why}{remedy}"])
    return rows


def _next(steps: Sequence[Step]) -> list[Row]:
    return [[str(number), (step.command or "—", "bold"), step.why] for number, step in enumerate(steps, 1)]
