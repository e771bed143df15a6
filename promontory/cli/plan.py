"""`promontory plan`: what `promote` would do now."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from promontory.cli.arguments import downgrade_option, moves_argument, to_option
from promontory.cli.printing import Part, say, say_diff, say_json
from promontory.cli.source import json_option, open_source, source_options
from promontory.release import shown

if TYPE_CHECKING:
    from promontory.model import GateState
    from promontory.promotion.preview import HopPreview, Preview


@click.command()
@moves_argument
@to_option
@downgrade_option
@json_option
@source_options
def plan(moves: Mapping[str, str], to: str, *, allow_downgrade: bool, as_json: bool) -> int:
    """Show what promoting RELEASE of APPLICATION would do: the exact diff of each push, and which gates are open.

    RELEASE is a version or a digest, or stands for one: latest, verified, or a range such as ">=1.2 <2". Several
    applications, as APPLICATION=RELEASE each, move together: one plan, one approval, one push.

    Nothing is written anywhere. All hops are planned on the present head; one that comes after another is planned
    again when its turn comes. Exits with 3 where a gate is closed.
    """
    from promontory.promotion.preview import preview

    (application, release), *others = moves.items()
    end = None if to == "all" else to
    seen = preview(open_source(), application, release, end, dict(others), allow_downgrade=allow_downgrade)
    if as_json:
        say_json(seen.model_dump(mode="json"))
    else:
        _show(seen)
    return seen.exit_code


def _show(seen: Preview) -> None:
    names = zip(seen.application.split(", "), seen.release.split(", "), strict=True)
    say(
        (", ".join(f"{application} {release}" for application, release in names), "bold"),
        f"   on {seen.branch} at {seen.base[:7]}",
    )
    for application, resolved in seen.resolved.items():
        if resolved.why:
            of = f"{application}: " if len(seen.resolved) > 1 else ""
            say(f"{of}{resolved.asked} → {resolved.release} ", (f"({resolved.why})", "dim"))
    verified = {hop.environment for hop in seen.hops if hop.checks}
    for hop in seen.hops:
        say("")
        _show_hop(hop, verified)
    say("")
    say(*_conclusion(seen))


def _show_hop(hop: HopPreview, verified: Collection[str]) -> None:
    say((f"{hop.environment:<12} ", "bold cyan"), _headline(hop))
    for title, what in _facts(hop, verified):
        say((f"  {title:<9} ", "dim"), *what)
    if hop.plan and hop.plan.shown:
        say("")
        say_diff(hop.plan.shown, "  ")


def _headline(hop: HopPreview) -> str:
    moved = f"{shown(hop.current) or 'nothing'} → {shown(hop.release)}"
    if hop.also:
        several = [(hop.application, hop.current, hop.release)]
        several += [(other.application, other.current, other.release) for other in hop.also]
        moved = ", ".join(
            f"{name} {shown(current) or 'nothing'} → {shown(release)}" for name, current, release in several
        )
    if hop.step == "skip":
        return f"skipped: {hop.reason}"
    if hop.step == "verify" and hop.current != hop.release:
        return f"{moved}: it was pushed, and not all of it is done: that comes first, then it is verified"
    if hop.step == "verify":
        return f"runs {hop.release} already, not verified yet: nothing is pushed, it is verified"
    if hop.step == "verify-revert":
        return f"{hop.release} was reverted: first {hop.current} is verified; promote again after that"
    if hop.plan and hop.plan.nothing_to_do:
        return f"{moved}: there is nothing to change"
    return f"{moved}, {hop.reason}" if hop.reason else moved


def _facts(hop: HopPreview, verified: Collection[str]) -> list[tuple[str, Sequence[Part]]]:
    if hop.step == "skip":
        return []
    facts: list[tuple[str, Sequence[Part]]] = []
    if hop.waits_for:
        facts.append(("after", [f"{' and '.join(hop.waits_for)}, planned again then"]))
    facts += [("test", [label]) for label in hop.tests]
    facts += [("gate", _gate(gate, hop, verified)) for gate in _to_show(hop.gates)]
    if hop.step == "promote":
        facts.append(("approval", [_approval(hop)]))
        facts += [("deliver", ["through a pull request"])] if hop.deliver == "pull-request" else []
    facts += [("verify", [label]) for label in hop.checks]
    if not hop.checks:
        facts.append(("verify", [("no checks are configured: it is deployed but never verified", "yellow")]))
    if hop.digest:
        facts.append(("digest", [hop.digest]))
    return facts


def _to_show(gates: Sequence[GateState]) -> list[GateState]:
    """Every closed one; of those that are open for several applications, one of a kind."""
    return [gate for gate in gates if not gate.open] + list(
        {gate.gate: gate.model_copy(update={"application": ""}) for gate in gates if gate.open}.values()
    )


def _gate(gate: GateState, hop: HopPreview, verified: Collection[str]) -> Sequence[Part]:
    if not gate.open:
        whose = f"{gate.application}: " if gate.application else ""
        return [f"{whose}{gate.gate} is ", ("closed", "red"), f": {gate.reason}", *_more(gate)]
    if gate.gate == "provenance" and hop.waits_for:
        steps = [f"{name} is {'verified' if name in verified else 'deployed'}" for name in hop.waits_for]
        return [f"{gate.gate} ", ("opens", "yellow"), f" once {' and '.join(steps)}"]
    return [f"{gate.gate} is ", ("open", "green"), f": {gate.reason}" if gate.reason else ""]


def _more(gate: GateState) -> Iterator[Part]:
    """In what time it opens, whose it is, and what to do."""
    from promontory.windows import in_time

    if gate.opens:
        yield f", {in_time(gate.opens, datetime.now(UTC))}"
    if gate.owner:
        yield f" ({gate.owner})"
    if gate.remedy:
        yield f"  → {gate.remedy}"


def _approval(hop: HopPreview) -> str:
    if hop.approval is None:
        return "none is needed"
    if hop.approval.status == "granted":
        return f"given by {', '.join(hop.approval.by)}"
    asked = f" (asked for already: {hop.request})" if hop.request else ""
    return f"{hop.approval.reason}{asked}"


def _conclusion(seen: Preview) -> Sequence[Part]:
    shut = [hop.environment for hop in seen.hops if hop.closed]
    moving = [hop.environment for hop in seen.hops if hop.step != "skip"]
    if shut:
        return [("it would stop at ", "red"), f"{shut[0]}: a gate is closed"]
    if not moving:
        return ["nothing to do"]
    return [("it could go: ", "green"), f"{', then '.join(moving)}"]
