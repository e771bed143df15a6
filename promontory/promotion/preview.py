"""What a promotion would do, without doing it: nothing is written, neither to the repository nor to the ledger."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from types import MappingProxyType
from uuid import uuid4

from promontory.approvals import ApprovalState
from promontory.change import Value
from promontory.errors import StrategyError
from promontory.model import GateState, Plan
from promontory.options import Target
from promontory.promotion.delivery import check_deliverable
from promontory.promotion.judging import judged, rule_for
from promontory.promotion.planning import ask_all, closed, draw_plans, movers
from promontory.promotion.resolving import Resolved, resolve
from promontory.promotion.survey import survey
from promontory.promotion.values import Hop, Step
from promontory.promotion.workspace import Workspace
from promontory.suites.contract import Suite

_NOTHING: Mapping[str, str] = MappingProxyType({})


class Moving(Value):
    """One application, and what it runs before and after."""

    application: str
    release: str
    current: str | None


class HopPreview(Value):
    """One hop. ``waits_for`` are the environments that this promotion has to pass before.

    ``application`` is the first of those that move; ``also`` are the others, with what they run now and are to run.

    ``gates`` are as of now, ``provenance`` only for what does not lie on this promotion's own way. ``plan`` is against
    the present head; None where nothing would be pushed, or, for ``reason``, where it cannot be planned yet.
    ``request`` is the id of an approval request that waits already; ``approval`` is None where none is wanted.
    ``deliver`` is how it gets there: ``push``, or ``pull-request``. ``tests`` and ``checks`` say what runs before and
    after that.
    """

    application: str = ""
    environment: str
    step: Step
    release: str
    current: str | None
    also: tuple[Moving, ...] = ()
    reason: str = ""
    waits_for: tuple[str, ...] = ()
    plan: Plan | None = None
    digest: str | None = None
    gates: tuple[GateState, ...] = ()
    tests: tuple[str, ...] = ()
    checks: tuple[str, ...] = ()
    deliver: str = "push"
    approval: ApprovalState | None = None
    request: str | None = None

    @property
    def closed(self) -> tuple[GateState, ...]:
        return closed(self.gates)


class Preview(Value):
    """Every hop, in the order of the promotion, against the commit ``base`` of ``branch``.

    ``resolved`` says for each application which release came of what was asked for, and why.
    """

    application: str
    release: str
    resolved: Mapping[str, Resolved]
    branch: str
    base: str
    hops: tuple[HopPreview, ...]

    @property
    def exit_code(self) -> int:
        """3 where a gate would stop it, else 0."""
        return 3 if any(hop.closed for hop in self.hops) else 0


def preview(
    workspace: Workspace,
    application: str,
    asked: str,
    to: str | None,
    also: Mapping[str, str] = _NOTHING,
    *,
    allow_downgrade: bool = False,
) -> Preview:
    """The hops to the environment ``to`` (None: to all), each planned and its gates asked, on the same head.

    ``also``: more applications that move together with it, and what is asked for of them. Raises what `resolve` and
    `survey` raise, and `StrategyError` where the next hop cannot be planned.
    """
    hops: list[HopPreview] = []
    moving: set[str] = set()
    run = str(uuid4())
    resolved = {name: resolve(workspace, name, text, to, run) for name, text in {application: asked, **also}.items()}
    releases = {name: each.release for name, each in resolved.items()}
    others = {name: releases[name] for name in also}
    waves = survey(workspace, application, releases[application], to, run, others, allow_downgrade=allow_downgrade)
    for wave in waves:
        hops += [_preview(workspace, hop, moving) for hop in wave]
        moving |= {hop.environment for hop in wave if hop.step != "skip"}
    repository = workspace.repository
    return Preview(
        application=", ".join([application, *also]),
        release=", ".join(releases.values()),
        resolved=resolved,
        branch=repository.branch,
        base=repository.head(),
        hops=tuple(hops),
    )


def _preview(workspace: Workspace, hop: Hop, moving: Collection[str]) -> HopPreview:
    before = dict.fromkeys(name for member in hop.members for name in member.after)
    waits_for = tuple(name for name in before if name in moving)
    plan, reason = _planned(workspace, hop, waits_for)
    approval = _approval(workspace, hop, plan)
    record = workspace.record(hop.place)
    target = Target(hop.place, hop.release)
    return HopPreview(
        application=hop.application,
        environment=hop.environment,
        step=hop.step,
        release=hop.release,
        current=hop.current,
        also=tuple(Moving(application=it.application, release=it.release, current=it.current) for it in hop.also),
        reason=reason,
        waits_for=waits_for,
        plan=plan,
        digest=plan.digest if plan else None,
        gates=ask_all(workspace, hop, passing=moving) if hop.step == "promote" else (),
        tests=tuple(_test(suite, target) for suite in workspace.suites(hop.environment)) if plan else (),
        checks=tuple(target.fill(check.label) for check in workspace.checks(hop.environment)),
        deliver=workspace.config.environment(hop.environment).deliver.kind,
        approval=approval,
        request=hop.promotion if record.of(hop.promotion) and approval else None,
    )


def _test(suite: Suite, target: Target) -> str:
    through = " (a failure is let through)" if suite.continue_on_failure else ""
    return f"{target.fill(suite.label)}{through}"


def _planned(workspace: Workspace, hop: Hop, waits_for: tuple[str, ...]) -> tuple[Plan | None, str]:
    if hop.step != "promote":
        return None, hop.reason
    try:
        plan = draw_plans(workspace, movers(hop)).plan
        if workspace.config.environment(hop.environment).deliver.by_request:
            check_deliverable(plan)
        return plan, hop.reason
    except StrategyError as error:
        if not waits_for:
            raise
        return None, f"can be planned once {' and '.join(waits_for)} runs {hop.release}: {error.message}"


def _approval(workspace: Workspace, hop: Hop, plan: Plan | None) -> ApprovalState | None:
    """Where the approval stands for exactly this plan."""
    rule = rule_for(workspace, hop.environment)
    if rule is None or hop.step != "promote" or (plan and plan.nothing_to_do):
        return None
    entries = workspace.record(hop.place).of(hop.promotion)
    return judged(workspace, rule, entries, plan.digest if plan else "")
