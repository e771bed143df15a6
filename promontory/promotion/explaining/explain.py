"""Why a release is not where it should be, or why another one is: everything put together."""

from __future__ import annotations

from dataclasses import dataclass, replace

from promontory.clock import moment
from promontory.clusters import KubernetesObjects
from promontory.entry import Entry
from promontory.errors import StrategyError, TransientError, UsageError
from promontory.model import Place
from promontory.promotion.explaining.answer import answer
from promontory.promotion.explaining.asking import Expected, expected, gate_lines, owner
from promontory.promotion.explaining.drift import cluster_drift, ledger_drift
from promontory.promotion.explaining.in_force import in_force
from promontory.promotion.explaining.live import Live
from promontory.promotion.explaining.offline import NobodyAsked
from promontory.promotion.explaining.stages import way
from promontory.promotion.explaining.steps import next_steps
from promontory.promotion.explaining.subject import Subject, choose, named
from promontory.promotion.explaining.values import IN_FORCE, Explanation
from promontory.promotion.finishing import unfinished
from promontory.promotion.snapshot import RepositorySnapshot
from promontory.promotion.workspace import Workspace


@dataclass(frozen=True)
class Asked:
    """How much is looked at. ``source``: whether where releases are published may be asked, over the network.

    ``plan``: whether the change is drawn, to see whether an approval is still for it. ``clusters``: whether gates and
    strategies may ask clusters what they have to know of them, each time for no longer than ``seconds``.
    """

    source: bool = True
    plan: bool = True
    clusters: bool = True
    seconds: float = 10.0

    def workspace(self, workspace: Workspace) -> Workspace:
        """The same that asks no more than this."""
        if not self.clusters:
            return replace(workspace, objects=NobodyAsked(), clusters=NobodyAsked())
        real = isinstance(workspace.objects, KubernetesObjects)
        return replace(workspace, objects=KubernetesObjects(self.seconds)) if real else workspace


ALL = Asked()


def explain(
    workspace: Workspace, application: str, environment: str, release: str = "", asked: Asked = ALL
) -> Explanation:
    """From Git and the ledger, as of the last sync. ``release`` empty: the one that somebody would ask about.

    Raises `UsageError` for names that nobody knows.
    """
    workspace = asked.workspace(workspace)
    place = workspace.config.place(application, environment)
    snapshot = workspace.snapshot()
    names = {name for wave in workspace.config.pipeline(application).waves(environment) for name in wave}
    workspace.look_ahead([Place(application, name) for name in names], snapshot)
    if release:
        subject = named(workspace, place, release, snapshot, ask=asked.source)
    else:
        subject = choose(workspace, place, snapshot, ask=asked.source)
    return concluded(_seen(workspace, place, subject, snapshot, asked), Live())


def everywhere(workspace: Workspace, application: str, asked: Asked = ALL) -> tuple[Explanation, ...]:
    """One for each environment that the application runs in, in the order of a promotion."""
    environments = [name for wave in workspace.config.pipeline(application).waves() for name in wave]
    if not environments:
        raise UsageError(f"{application} runs in no environment", "write environments: into promontory.yaml")
    return tuple(explain(workspace, application, name, asked=asked) for name in environments)


def concluded(seen: Explanation, live: Live, *, asked: bool = False) -> Explanation:
    """With what others say; ``asked``: whether anybody was."""
    told = seen.model_copy(
        update={
            "live": asked,
            "controllers": live.controllers,
            "request": live.request,
            "unseen": live.unseen,
            "drift": (*seen.drift, *cluster_drift(live.controllers)),
        }
    )
    told = told.model_copy(update={"next": next_steps(told)})
    return told.model_copy(update={"answer": answer(told, moment)})


def _seen(
    workspace: Workspace, place: Place, subject: Subject, snapshot: RepositorySnapshot, asked: Asked
) -> Explanation:
    release, now = subject.release, workspace.clock.now()
    stages = way(workspace, place, release, snapshot) if release else ()
    there = bool(stages) and stages[-1].state in IN_FORCE
    gates = gate_lines(workspace, place, release, snapshot, plan=asked.plan) if release and not there else ()
    delivery = workspace.config.environment(place.environment).deliver
    passed = bool(stages) and bool(stages[-1].break_glass)
    keep = [gate for gate in gates if gate.gate == "approval" or not passed]
    when = expected(keep, stages, delivery, now) if stages and not there else Expected()
    known = in_force(workspace, place, snapshot)
    left = _unfinished(workspace, place, snapshot)
    return Explanation(
        application=place.application,
        environment=place.environment,
        release=release,
        chosen=subject.chosen,
        owner=owner(workspace, place),
        at=now,
        there=there,
        in_force=known,
        way=stages,
        gates=gates,
        earliest=when.earliest,
        not_before=when.not_before,
        needs=when.needs,
        drift=tuple(ledger_drift(place, known, left)),
    )


def _unfinished(workspace: Workspace, place: Place, snapshot: RepositorySnapshot) -> Entry | None:
    """None also where the cluster that would know cannot be asked."""
    try:
        return unfinished(workspace.record(place), snapshot)
    except (StrategyError, TransientError):
        return None
