"""What people ask: where is what, what happened, what waits. From the ledger and Git alone."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from promontory import pipeline
from promontory.change import Value
from promontory.clock import moment
from promontory.entry import Entry
from promontory.errors import StrategyError, TransientError
from promontory.ledger import EVERYTHING, Wanted
from promontory.model import Place
from promontory.promotion.closed_gates import at_gates
from promontory.promotion.finishing import unfinished
from promontory.promotion.snapshot import RepositorySnapshot
from promontory.promotion.workspace import Workspace
from promontory.record import Record, Standing
from promontory.release import shown


class StatusRow(Value):
    """One application in one environment.

    ``health`` is what the last verdict said, or ``not verified``, ``verifying``, ``soaking``, ``unknown``; ``since`` is
    when the release came into force, None where the ledger does not know; ``pending`` is a promotion that waits there
    for approval, at a gate, to be merged or taken back, or until when it soaks; ``held`` are the releases that may not
    enter.
    """

    application: str
    environment: str
    release: str | None
    since: datetime | None = None
    health: str
    pending: str | None = None
    held: tuple[str, ...] = ()
    problem: str = ""


def status(workspace: Workspace) -> tuple[StatusRow, ...]:
    """Every application in every environment, in the order of the configuration."""
    snapshot = workspace.snapshot()
    workspace.look_ahead(_places(workspace), snapshot)
    records = workspace.records()
    places = [
        Place(application, environment)
        for application in workspace.config.applications
        for wave in pipeline.waves(workspace.config, application, None)
        for environment in wave
    ]
    return tuple(_row(workspace, snapshot, place, records.get(place, Record())) for place in places)


def _places(workspace: Workspace) -> list[Place]:
    applications = workspace.config.applications.items()
    return [Place(name, environment) for name, application in applications for environment in application.strategies]


def history(
    workspace: Workspace, application: str = "", environment: str = "", wanted: Wanted = EVERYTHING
) -> Iterator[Entry]:
    """The ledger's entries, newest first, read as far as they are taken. The configuration knows the names."""
    if application:
        workspace.config.application(application)
    if environment:
        workspace.config.environment(environment)
    return workspace.ledger.newest(application, environment, wanted)


def _row(workspace: Workspace, snapshot: RepositorySnapshot, place: Place, record: Record) -> StatusRow:
    request = record.request()
    held = tuple(entry.release for entry in record.holds())
    proposal = record.proposal()
    waits = [f"{shown(request.release)} waits for approval ({request.promotion})"] if request else []
    waits += [f"{shown(proposal.release)} waits to be merged: {proposal.address}"] if proposal else []
    waits += [f"{shown(each.release)} waits to be taken back: {each.address}" for each in record.reversals()]
    waits += [f"{shown(gate.release)} waits at the gate: {at_gates(gate)}"] if (gate := record.wait()) else []
    waiting = "; ".join(waits) or None
    try:
        current = workspace.current(place, snapshot)
    except (StrategyError, TransientError) as error:
        return StatusRow(
            application=place.application,
            environment=place.environment,
            release=None,
            health="unknown",
            pending=waiting,
            held=held,
            problem=error.message,
        )
    standing = record.standing(current)
    has_checks = bool(workspace.config.environment(place.environment).verify)
    soaking = record.soak(standing.entry.promotion) if standing.entry else None
    if soaking and soaking.until:
        waiting = "; ".join([f"soaks until {moment(soaking.until)}", *waits])
    return StatusRow(
        application=place.application,
        environment=place.environment,
        release=current,
        since=standing.entry.at if standing.entry else None,
        health="soaking" if soaking else _health(standing, has_checks=has_checks),
        pending=waiting,
        held=held,
        problem=_left(record, snapshot),
    )


def _left(record: Record, snapshot: RepositorySnapshot) -> str:
    try:
        left = unfinished(record, snapshot)
    except (StrategyError, TransientError) as error:
        return error.message
    return f"{left.release} was {left.kind}, and not all of it is done: promote it again" if left else ""


def _health(standing: Standing, *, has_checks: bool) -> str:
    if standing.condition == "verified":
        return "healthy"
    if standing.condition == "deployed":
        return "verifying" if has_checks else "not verified"
    return "unhealthy" if standing.condition == "unhealthy" else "unknown"
