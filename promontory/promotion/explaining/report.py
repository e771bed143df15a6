"""An explanation as Markdown, for an artifact, an issue or a chat. What comes from outside stays text."""

from __future__ import annotations

from collections.abc import Iterator

from promontory.clock import moment
from promontory.escaping.markdown import Markup, cell, fence, table
from promontory.promotion.explaining.values import Explanation
from promontory.promotion.explaining.wording import STATES, about_gate, about_in_force, about_stage, mark


def explanation_report(seen: Explanation) -> str:
    return "\n\n".join(part for part in _parts(seen) if part)


def _parts(seen: Explanation) -> Iterator[str]:
    yield f"**{cell(seen.answer)}**"
    facts = list(about_in_force(seen, moment))
    yield table((seen.environment, ""), [*facts, *([("owner", seen.owner)] if seen.owner else [])])
    stages = [
        (f"{mark(stage)} {stage.environment}", STATES[stage.state], about_stage(stage, seen.release, moment) or "—")
        for stage in seen.way
    ]
    yield table(("Environment", "State", "What"), stages) if stages else ""
    gates = [
        (gate.gate, "open" if gate.open else Markup("**closed**"), about_gate(gate, moment) or "—")
        for gate in seen.gates
    ]
    yield table(("Gate", "State", "Why"), gates) if gates else ""
    said = [
        (report.subject, report.health.value, "; ".join(f"{name}: {text}" for name, text in report.facts.items()))
        for report in seen.controllers
    ]
    yield table(("Controller", "Health", "It says"), said) if said else ""
    unseen = [(each.what, each.why) for each in seen.unseen]
    yield table(("Not asked", "Why"), unseen) if unseen else ""
    drift = [(finding.kind, finding.message) for finding in seen.drift]
    yield table(("Drift", "What"), drift) if drift else ""
    yield from _next(seen)


def _next(seen: Explanation) -> Iterator[str]:
    if not seen.next:
        return
    yield "What to do next:"
    for step in seen.next:
        yield f"{cell(step.why)}\n\n{fence(step.command, 'sh')}" if step.command else cell(step.why)
