"""What may move by itself: releases that are verified one environment earlier and are news where they go."""

from __future__ import annotations

from promontory.change import Value
from promontory.clock import moment
from promontory.errors import StrategyError, TransientError
from promontory.model import Place
from promontory.promotion.planning import ask_gates, closed, last_opening, open_by_themselves
from promontory.promotion.workspace import Workspace
from promontory.record import Record


class Candidate(Value):
    """A release that could move into an environment; ``skip`` says why it does not.

    ``rests``: its run will have to wait for something, a merge or the end of a soak.
    """

    application: str
    environment: str
    release: str
    skip: str = ""
    needs_approval: bool = False
    rests: bool = False


def candidates(workspace: Workspace, environment: str) -> tuple[Candidate, ...]:
    """One for each application that runs in ``environment`` and in one before it, on a fresh head."""
    workspace.repository.sync()
    config = workspace.config
    names = [name for name, application in config.applications.items() if environment in application.strategies]
    found = (_candidate(workspace, config.place(name, environment)) for name in names)
    return tuple(candidate for candidate in found if candidate is not None)


def _candidate(workspace: Workspace, place: Place) -> Candidate | None:
    if not place.after:
        return None
    try:
        release = workspace.current(Place(place.application, place.after[0]))
        current = workspace.current(place)
    except (StrategyError, TransientError) as error:
        return Candidate(application=place.application, environment=place.environment, release="", skip=error.message)
    if release is None or release == current:
        return None
    environment = workspace.config.environment(place.environment)
    return Candidate(
        application=place.application,
        environment=place.environment,
        release=release,
        skip=_why_not(workspace, place, release),
        needs_approval=environment.approval is not None,
        rests=environment.deliver.by_request or environment.soak is not None,
    )


def _why_not(workspace: Workspace, place: Place, release: str) -> str:
    if shut := closed(ask_gates(workspace, place, release, workspace.snapshot())):
        opens = last_opening(shut, workspace.clock.now()) if open_by_themselves(shut) else None
        why = "; ".join(gate.reason for gate in shut)
        return f"{why}; it opens {moment(opens)}" if opens and moment(opens) not in why else why
    return _asked_before(workspace.record(place), release)


def _asked_before(record: Record, release: str) -> str:
    if request := record.request(release):
        return f"waits for approval already ({request.promotion})"
    if proposal := record.proposal(release):
        return f"waits to be merged already: {proposal.address}"
    end = next(record.newest("rejected", "pushed", "superseded", release=release), None)
    if end and end.kind == "rejected":
        return f"was rejected by {end.by}: {end.reason}; promote it by hand to ask again"
    if end and end.kind == "superseded":
        return f"was {end.reason}; promote it by hand to ask again"
    return ""
