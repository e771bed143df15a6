"""A request that no process waits for is looked at from time to time: what that look does, and when the next one is."""

from __future__ import annotations

from datetime import datetime, timedelta

from promontory.approvals import ApprovalState
from promontory.approvals.schedule import next_due
from promontory.change import Value
from promontory.entry import Entry
from promontory.promotion.approving import standing
from promontory.promotion.judging import rule_for
from promontory.promotion.requests import open_requests
from promontory.promotion.reviews import heed_reviews
from promontory.promotion.workspace import Workspace


class Attendance(Value):
    """What one look has found.

    ``waits``: nobody's word has come yet; else whatever waits for it is to be woken. ``due``: when to look again; None
    where nothing happens by itself.
    """

    waits: bool
    told: str
    due: datetime | None = None


def attend(workspace: Workspace, promotion: str, digest: str, look_every: timedelta) -> Attendance:
    """Heed the forge, remind, or record that time is up. ``look_every``: how often the forge is asked at first."""
    workspace.repository.sync()
    request = _request(workspace, promotion, digest)
    if request is None:
        return Attendance(waits=False, told="it waits for no approval any more, or for that of another plan")
    if not heed_reviews(workspace, request.place, promotion):
        return Attendance(waits=False, told="its pull request is open no longer")
    state = standing(workspace, request.place, promotion, digest)
    told = state.reason or state.status
    return Attendance(waits=state.status == "waiting", told=told, due=_due(workspace, request, state, look_every))


def next_attendance(workspace: Workspace, promotion: str, digest: str, look_every: timedelta) -> datetime | None:
    """When a request is to be looked at for the first time from now on."""
    request = _request(workspace, promotion, digest)
    return _due(workspace, request, None, look_every) if request else None


def _request(workspace: Workspace, promotion: str, digest: str) -> Entry | None:
    found = (entry for entry in open_requests(workspace) if (entry.promotion, entry.digest) == (promotion, digest))
    return next(found, None)


def _due(workspace: Workspace, request: Entry, state: ApprovalState | None, look_every: timedelta) -> datetime | None:
    rule = rule_for(workspace, request.environment)
    if rule is None or (state and state.status != "waiting"):
        return None
    by_request = workspace.config.environment(request.environment).deliver.by_request
    return next_due(rule, request, workspace.clock.now(), look_every if by_request else None)
