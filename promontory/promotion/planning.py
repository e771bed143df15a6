"""What would be pushed, and whether it may be: plans and their gates. Nothing is changed here."""

from __future__ import annotations

from dataclasses import dataclass

from promontory import gates
from promontory.model import FileEdits, GateState, Place, Plan
from promontory.promotion.workspace import Workspace


@dataclass(frozen=True)
class Drawn:
    """A plan with the edits it was drawn from."""

    plan: Plan
    edits: FileEdits


def draw_plan(workspace: Workspace, place: Place, release: str, head: str | None = None) -> Drawn:
    """Plan ``release`` into ``place`` on ``head``; on the head as of the last sync where None."""
    repository = workspace.repository
    base = head or repository.head()
    files = repository.files(base)
    strategy = workspace.strategy(place.application, place.environment)
    sources = [workspace.strategy(place.application, environment) for environment in place.after]
    edits = strategy.change(files, release, sources)
    paths, diff = repository.describe(base, edits)
    plan = Plan(
        application=place.application,
        environment=place.environment,
        release=release,
        previous=strategy.current(files),
        source=place.after[0] if place.after else None,
        ref=repository.branch,
        base=base,
        paths=paths,
        diff=diff,
    )
    return Drawn(plan, edits)


def ask_gates(workspace: Workspace, place: Place, release: str) -> tuple[GateState, ...]:
    """Every gate's answer for ``release`` into ``place`` now, from the ledger as of the last sync."""
    upstream = {name: workspace.record(Place(place.application, name)) for name in place.after}
    unverifiable = frozenset(name for name in place.after if not workspace.config.environment(name).verify)
    return gates.ask(
        gates.Passage(place, release, workspace.clock.now(), workspace.record(place), upstream, unverifiable)
    )


def closed(states: tuple[GateState, ...]) -> tuple[GateState, ...]:
    return tuple(state for state in states if not state.open)
