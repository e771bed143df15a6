"""Every gate's answer for the release, whose it is and when it opens; the approval, and the plan itself, among them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import chain

from promontory.approvals import Rule
from promontory.approvals import in_force as of_request
from promontory.config import Delivery
from promontory.errors import PromontoryError
from promontory.model import GateState, Place
from promontory.promotion.explaining.values import Stage
from promontory.promotion.judging import judged, rule_for
from promontory.promotion.planning import ask_gates, draw_plan
from promontory.promotion.snapshot import RepositorySnapshot
from promontory.promotion.workspace import Workspace

# A run, or whoever takes it up, waits there already.
_GOES_ON = ("waiting", "approval", "approved", "proposed")


def gate_lines(
    workspace: Workspace, place: Place, release: str, snapshot: RepositorySnapshot, *, plan: bool
) -> tuple[GateState, ...]:
    """As they would answer a promotion now. ``plan``: whether it is drawn, which may have to render manifests."""
    asked = ask_gates(workspace, place, release, snapshot)
    request = workspace.record(place).request(release) or workspace.record(place).proposal(release)
    wanted = plan and (request is not None or all(gate.open for gate in asked))
    digest, fault = _drawn(workspace, place, release, snapshot) if wanted else ("", None)
    known = digest or (request.digest if request else None) or ""
    lines = chain(asked, [fault] if fault else [], _approval(workspace, place, release, known))
    return tuple(line if line.owner else line.model_copy(update={"owner": owner(workspace, place)}) for line in lines)


def owner(workspace: Workspace, place: Place) -> str:
    """Whom to call."""
    config = workspace.config
    return config.environment(place.environment).owner or config.application(place.application).owner


def _drawn(
    workspace: Workspace, place: Place, release: str, snapshot: RepositorySnapshot
) -> tuple[str, GateState | None]:
    """The digest of what would be pushed; or why nothing could be."""
    try:
        return draw_plan(workspace, place, release, snapshot).plan.digest, None
    except PromontoryError as error:
        return "", GateState(gate="plan", open=False, reason=error.message, remedy=error.remedy)


def _approval(workspace: Workspace, place: Place, release: str, digest: str) -> Sequence[GateState]:
    rule = rule_for(workspace, place.environment)
    if rule is None:
        return ()
    record = workspace.record(place)
    request = record.request(release) or record.proposal(release)
    rule = of_request(rule, request)
    if request is None:
        who = f" of {', '.join(rule.approvers)}" if rule.approvers else ""
        told = f"{rule.required} approval{'s' if rule.required > 1 else ''}{who} will be wanted; nobody is asked now"
        return (GateState(gate="approval", open=False, reason=told, owner=", ".join(rule.approvers)),)
    state = judged(workspace, rule, record.of(request.promotion), digest)
    if state.status == "granted":
        return (GateState(gate="approval", open=True, reason=f"given by {', '.join(state.by)}"),)
    given = f"approved by {', '.join(state.by)}; " if state.by else ""
    lapsed = f"; what {', '.join(state.lapsed)} approved has changed since" if state.lapsed else ""
    return (
        GateState(
            gate="approval",
            open=False,
            reason=f"{given}{state.reason}{lapsed}",
            remedy=_approve(rule, request.promotion) if state.status == "waiting" else "",
            owner=", ".join(state.wanted or rule.approvers),
        ),
    )


def _approve(rule: Rule, promotion: str) -> str:
    return f"promontory approve {promotion}{' --sign' if rule.signed else ''}"


@dataclass(frozen=True)
class Expected:
    """When it could be there; when at the earliest, whatever else is wanted; and what people have to do before."""

    earliest: datetime | None = None
    not_before: datetime | None = None
    needs: tuple[str, ...] = ()


def expected(gates: Sequence[GateState], way: Sequence[Stage], delivery: Delivery, now: datetime) -> Expected:
    """From the gates alone, whatever they are; and what soaks in an environment before holds it up, too."""
    shut = [gate for gate in gates if not gate.open]
    here, before = way[-1], way[:-1]
    soaks = [stage.until for stage in before if stage.state == "soaking" and stage.until]
    not_before = max((time for time in (*(gate.opens for gate in shut), *soaks) if time), default=None)
    needs = [gate.reason for gate in shut if not (gate.opens or gate.waits)]
    if here.state == "proposed" and delivery.merge == "wait":
        needs.append(f"somebody has to merge {here.url}")
    if not needs and here.state not in _GOES_ON:
        needs.append(f"somebody has to promote it to {here.environment}")
    blind = here.state == "proposed" or any(gate.waits and not gate.opens for gate in shut)
    return Expected(None if needs or blind else not_before or now, not_before, tuple(needs))
