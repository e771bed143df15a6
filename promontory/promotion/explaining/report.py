"""An explanation as Markdown, for an artifact, an issue or a chat. What comes from outside stays text."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from promontory.clock import moment
from promontory.escaping.markdown import bold, cell, fence
from promontory.health import ControllerReport
from promontory.model import GateState
from promontory.promotion.explaining.values import Explanation, Stage
from promontory.promotion.explaining.wording import STATES, about_gate, about_in_force, about_stage, mark


def explanation_report(seen: Explanation) -> str:
    """Lists, not tables: reasons are long, and the Prefect UI cuts off what is wider than a page."""
    return "\n\n".join(part for part in _parts(seen) if part)


def _parts(seen: Explanation) -> Iterator[str]:
    yield f"**{cell(seen.answer)}**"
    facts = [*about_in_force(seen, moment), *([("owner", seen.owner)] if seen.owner else [])]
    yield _section(seen.environment, [(title, text) for title, text in facts])
    about = f"{seen.release or 'no release'}, {seen.chosen}"
    yield _section(about, [_stage(seen, stage) for stage in seen.way])
    yield _section("gates", [_gate(gate) for gate in seen.gates])
    yield _section("controllers", [(each.subject, _controller(each)) for each in seen.controllers])
    yield _section("not asked", [(each.what, each.why) for each in seen.unseen])
    yield _section("drift", [(finding.kind, finding.message) for finding in seen.drift])
    yield from _next(seen)


def _section(title: str, items: Sequence[tuple[str, str]]) -> str:
    if not items:
        return ""
    return "\n".join([f"{cell(title)}:", "", *(f"- {bold(name)}: {cell(text)}" for name, text in items)])


def _stage(seen: Explanation, stage: Stage) -> tuple[str, str]:
    told = about_stage(stage, seen.release, moment)
    return f"{mark(stage)} {stage.environment}", "; ".join(part for part in (STATES[stage.state], told) if part)


def _gate(gate: GateState) -> tuple[str, str]:
    told = about_gate(gate, moment)
    state = "open" if gate.open else "closed"
    return f"{'✓' if gate.open else '✗'} {gate.gate}", "; ".join(part for part in (state, told) if part)


def _controller(report: ControllerReport) -> str:
    return "; ".join([report.health.value, *(f"{name} {text}" for name, text in report.facts.items())])


def _next(seen: Explanation) -> Iterator[str]:
    if not seen.next:
        return
    yield "What to do next:"
    for step in seen.next:
        yield f"{cell(step.why)}\n\n{fence(step.command, 'sh')}" if step.command else cell(step.why)
