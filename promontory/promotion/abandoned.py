"""What a run that was cancelled, or died, has pushed and not verified; `on_cancel:` says what becomes of the first."""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta

from promontory.entry import Entry
from promontory.model import Place
from promontory.promotion.values import Hop
from promontory.promotion.way_back import going
from promontory.promotion.workspace import Workspace
from promontory.record import Record

WHY = "its run was cancelled before it was verified"
# What is older was left for other reasons, such as that there were no checks then.
_LATELY = timedelta(days=3)
# So much longer than the checks may take a verification may last: Git may be away for half an hour.
_MARGIN = timedelta(hours=1)


def unverified(workspace: Workspace, run: str | None = None) -> tuple[Entry, ...]:
    """The ``pushed`` entries that no verdict has judged, the newest of their place: of one run, or of all.

    Of all, only where the environment wants them back; one for each promotion. Whether the release is still in force is
    asked when it is taken back.
    """
    config = workspace.config
    wanted = [name for name, rules in config.environments.items() if run or rules.on_cancel == "revert"]
    found: dict[str, Entry] = {}
    for place in _places(workspace, wanted):
        entry = _newest(workspace.record(place))
        if entry and run in (None, entry.run) and config.environment(place.environment).verify:
            found.setdefault(entry.promotion, entry)
    return tuple(found.values())


def unjudged(workspace: Workspace) -> tuple[Entry, ...]:
    """What puts a release in force, forwards or back, and has no verdict though there are checks; not of long ago.

    Reverts in pull requests that are not over as well; one entry for each promotion.
    """
    config, since = workspace.config, workspace.clock.now() - _LATELY
    found: dict[str, Entry] = {}
    for place in _places(workspace, [name for name, rules in config.environments.items() if rules.verify]):
        entry = _moved_last(workspace.record(place))
        if entry and entry.in_force and entry.at > since:
            found.setdefault(entry.promotion, entry)
    asked = (entry for entry in asked_back(workspace) if entry.at > since)
    return tuple({**found, **{entry.promotion: entry for entry in asked}}.values())


def is_overdue(workspace: Workspace, entry: Entry) -> bool:
    """Whether whoever put it there must have judged it by now."""
    record, rules = workspace.record(entry.place), workspace.config.environment(entry.environment)
    soak = record.soak(entry.promotion)
    began = (soak.until if soak else None) or entry.at + (rules.soak or timedelta())
    longest = max((check.deadline for check in workspace.checks(entry.environment)), default=timedelta())
    return workspace.clock.now() > began + longest + _MARGIN


def _places(workspace: Workspace, environments: Collection[str]) -> list[Place]:
    applications = workspace.config.applications.items()
    places = [Place(name, where) for name, it in applications for where in it.strategies if where in environments]
    workspace.ledger.look_ahead(places)
    return places


def _newest(record: Record) -> Entry | None:
    """The push that is in force as far as the ledger knows, unless it was judged."""
    entry = _moved_last(record)
    return entry if entry and entry.kind == "pushed" else None


def _moved_last(record: Record) -> Entry | None:
    """The push or the revert that put in force what is there, as far as the ledger knows, unless it was judged."""
    for entry in record.newest("verdict", "pushed", "found", "reverted"):
        if entry.kind == "verdict":
            return None
        if entry.kind == "reverted" or entry.in_force:
            return entry if entry.kind != "found" else None
    return None


def asked_back(workspace: Workspace) -> tuple[Entry, ...]:
    """The reverts that wait in a pull request, one for each promotion."""
    wanted = [name for name, rules in workspace.config.environments.items() if rules.deliver.by_request]
    found: dict[str, Entry] = {}
    for place in _places(workspace, wanted):
        for entry in workspace.record(place).reversals():
            found.setdefault(entry.promotion, entry)
    return tuple(found.values())


def is_pointless(workspace: Workspace, asked: Entry) -> bool:
    """Whether the environment has moved on, so that a revert's pull request is left over."""
    return workspace.current(asked.place) not in (asked.release, asked.previous)


def hop_of(workspace: Workspace, entry: Entry) -> Hop:
    """The hop of a promotion that nobody runs any more, with all that moved, or goes back, in it."""
    others: dict[Place, Entry] = {}
    if entry.members > 1:
        same = workspace.ledger.of(entry.promotion, entry.kind)
        others = {each.place: each for each in same if each.place != entry.place}
    return going(entry).model_copy(update={"also": tuple(going(each) for each in others.values())})
