"""What would be pushed, and whether it may be: plans and their gates. Nothing is changed here."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from promontory import gates
from promontory.change import Change, EntryEdit, FileEdit, FileEdits, TagMove
from promontory.config import calendar
from promontory.errors import LostRace, NotAllowed, StrategyError
from promontory.model import GateState, Place, Plan
from promontory.promotion.downgrades import newer_there
from promontory.promotion.rendering import Rendering
from promontory.promotion.snapshot import RepositorySnapshot
from promontory.promotion.sync_windows import governed
from promontory.promotion.turns import ahead, newer_waiting
from promontory.promotion.upstream import upstream_of
from promontory.promotion.values import Hop
from promontory.promotion.workspace import Workspace
from promontory.repository import RefUpdate, TagUpdate


class GateClosed(NotAllowed):
    """Between plan and push gates have closed: ``gates`` says which, and whether they open by themselves."""

    def __init__(self, gates: Sequence[GateState]) -> None:
        super().__init__(named_reasons(gates), gates[0].remedy)
        self.gates = tuple(gates)


@dataclass(frozen=True)
class Mover:
    """One release that is to go into one place."""

    place: Place
    release: str


@dataclass(frozen=True)
class _Part:
    """One application's part of a plan: its change, and what that does to the files of its branch."""

    plan: Plan
    change: Change
    files: FileEdits
    forward_to: str | None = None
    tags: tuple[TagUpdate, ...] = ()


@dataclass(frozen=True)
class Drawn:
    """A plan with the parts it was drawn from, one for each application that moves."""

    plan: Plan
    parts: tuple[_Part, ...]

    def updates(self, message: str) -> tuple[RefUpdate | TagUpdate, ...]:
        """What is to be pushed: one commit for each branch, and the tags; all with the same message."""
        branches: dict[str, list[_Part]] = {}
        for part in self.parts:
            if part.plan.moves_branch:
                branches.setdefault(part.plan.ref, []).append(part)
        tags = {update.name: update for part in self.parts for update in part.tags}
        return (
            *(_branch_update(branch, parts, message) for branch, parts in branches.items()),
            *(replace(update, message=message) for update in tags.values()),
        )

    def files(self, branch: str) -> FileEdits:
        """What becomes of the files of one branch."""
        return _together(part.files for part in self.parts if part.plan.ref == branch)

    @property
    def trailers(self) -> tuple[tuple[str, str], ...]:
        """What the strategies want to be read back from the commit."""
        return tuple(item for part in self.parts for item in part.change.trailers.items())


def draw_plan(workspace: Workspace, place: Place, release: str, snapshot: RepositorySnapshot | None = None) -> Drawn:
    """Plan ``release`` into ``place`` on ``snapshot``; as of the last sync where None."""
    return draw_plans(workspace, [Mover(place, release)], snapshot)


def draw_plans(workspace: Workspace, movers: Sequence[Mover], snapshot: RepositorySnapshot | None = None) -> Drawn:
    """Plan several applications, each on the result of those before it; one plan of all of them."""
    seen = snapshot or workspace.snapshot()
    if len(movers) > 1:
        workspace.look_ahead([mover.place for mover in movers], seen)
    parts: list[_Part] = []
    with Rendering(workspace) as rendering:
        for mover in movers:
            part = _draw(workspace, mover, seen, rendering)
            parts.append(part)
            if part.change.merge is None and part.plan.ref == workspace.repository.branch:
                seen = seen.with_edits(part.change.edits)
    _agree(parts)
    first, *others = (part.plan for part in parts)
    return Drawn(first.model_copy(update={"also": tuple(others)}), tuple(parts))


def _draw(workspace: Workspace, mover: Mover, seen: RepositorySnapshot, rendering: Rendering) -> _Part:
    repository = workspace.repository
    place = workspace.config.place(mover.place.application, mover.place.environment)
    strategy = workspace.strategy(place.application, place.environment)
    sources = [workspace.strategy(place.application, environment) for environment in place.after]
    change = strategy.change(seen, mover.release, sources)
    branch = change.branch or repository.branch
    base = seen.head(branch)
    files, forward_to = FileEdits(change.edits), None
    if change.merge:
        merged = repository.merge(seen.existing_head(branch), change.merge)
        files, forward_to = merged.edits, merged.forward_to
    if change.render:
        files = rendering.edits(base, change.render)
    paths, diff = repository.describe(base, files, seen.rewritten(change))
    plan = Plan(
        application=place.application,
        environment=place.environment,
        release=mover.release,
        previous=strategy.current(seen),
        source=place.after[0] if place.after else None,
        ref=branch,
        base=base,
        paths=paths,
        diff=diff,
        merges=change.merge.source if change.merge else None,
        renders=change.render.commit if change.render else None,
        tags=change.tags,
        fields=change.fields,
    )
    return _Part(plan, change, files, forward_to, tuple(_tag_update(workspace, move) for move in change.tags))


def _tag_update(workspace: Workspace, move: TagMove) -> TagUpdate:
    """The strategy speaks of commits; what is compared and swapped is the tag object, where there is one."""
    there = workspace.repository.tags().get(move.name)
    if (there.commit if there else None) != move.before:
        raise LostRace(f"somebody moved the tag {move.name} meanwhile")
    return TagUpdate(move.name, there.oid if there else None, move.commit, "")


def _agree(parts: Iterable[_Part]) -> None:
    """Applications that share a tag must want the same of it."""
    commits: dict[str, str] = {}
    for move in (move for part in parts for move in part.change.tags):
        if commits.setdefault(move.name, move.commit) != move.commit:
            raise StrategyError(
                f"the tag {move.name} would have to name both {commits[move.name][:12]} and {move.commit[:12]}",
                "put {application} into tag:, or promote the applications one after the other",
            )


def _branch_update(branch: str, parts: Sequence[_Part], message: str) -> RefUpdate:
    merges = dict.fromkeys(
        part.change.merge.source for part in parts if part.change.merge and part.change.merge.mode != "squash"
    )
    return RefUpdate(
        branch,
        parts[0].plan.base,
        _together(part.files for part in parts),
        message,
        tuple(merges),
        parts[0].forward_to if len(parts) == 1 else None,
    )


def _together(several: Iterable[FileEdits]) -> FileEdits:
    """The edits of one after the other as one: a file goes from what it was at first to what it is at last."""
    edits: dict[str, FileEdit] = {}
    entries: dict[str, EntryEdit] = {}
    for files in several:
        for edit in files.edits:
            before = edits[edit.path].before if edit.path in edits else edit.before
            edits[edit.path] = FileEdit(edit.path, before, edit.after)
        entries |= {entry.path: entry for entry in files.entries}
    return FileEdits(tuple(edits.values()), tuple(entries.values()))


def movers(hop: Hop) -> list[Mover]:
    return [Mover(member.place, member.release) for member in hop.members]


def ask_all(workspace: Workspace, hop: Hop, passing: Collection[str] = ()) -> tuple[GateState, ...]:
    """Every gate's answer for every application that moves; they say which one they are about, if there are several.

    ``passing`` are environments before that the same promotion has yet to pass, and that are not asked about.
    """
    seen = None if hop.allow_downgrade else workspace.snapshot()
    answers = [
        (member, ask_gates(workspace, _without(member.place, passing), member.release, seen, hop.promotion))
        for member in hop.members
    ]
    if not hop.also:
        return answers[0][1]
    named = ((state, member.application) for member, states in answers for state in states)
    return tuple(state.model_copy(update={"application": application}) for state, application in named)


def _without(place: Place, passing: Collection[str]) -> Place:
    return replace(place, after=tuple(name for name in place.after if name not in passing))


def ask_gates(
    workspace: Workspace, place: Place, release: str, seen: RepositorySnapshot | None, promotion: str = ""
) -> tuple[GateState, ...]:
    """Every gate's answer for ``release`` into ``place`` now, from the ledger as of the last sync.

    ``seen`` is where the release in force is read, which must not be a newer one; None: it may be. ``promotion`` is the
    id of what wants in, where it has begun.
    """
    rules = workspace.config.environment(place.environment)
    passage = gates.Passage(
        place,
        release,
        workspace.clock.now(),
        workspace.record(place),
        upstream={name: upstream_of(workspace, place.application, name) for name in place.after},
        provenance=rules.provenance,
        newer_there=newer_there(workspace, place, release, seen) if seen else "",
        ahead=ahead(workspace, place, release, promotion),
        newer_waiting=newer_waiting(workspace, place, release, promotion, seen) if seen else None,
        owner=rules.owner,
        automatic=workspace.actor.automatic,
        windows=calendar(workspace.config, place),
        governed=governed(workspace, place),
    )
    return gates.ask(passage)


def closed(states: tuple[GateState, ...]) -> tuple[GateState, ...]:
    return tuple(state for state in states if not state.open)


def reasons(states: Iterable[GateState]) -> str:
    """Why they are closed, and for which application where several move."""
    return "; ".join(f"{state.application}: {state.reason}" if state.application else state.reason for state in states)


def named_reasons(states: Iterable[GateState]) -> str:
    """The same, each with its gate's name before it."""
    return "; ".join(f"{state.gate}: {reasons([state])}" for state in states)


def open_by_themselves(shut: Sequence[GateState]) -> bool:
    """Whether it is worth waiting for all of these closed gates."""
    return bool(shut) and all(state.waits or state.opens for state in shut)


def last_opening(shut: Iterable[GateState], now: datetime) -> datetime | None:
    """Before it not all of them are open; None where none says when it opens."""
    return max((state.opens for state in shut if state.opens and state.opens > now), default=None)
