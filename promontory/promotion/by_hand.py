"""Where a revert has failed, a person is needed: what they have to do, and who undid what was done."""

from __future__ import annotations

from dataclasses import dataclass

from promontory.entry import Entry
from promontory.errors import PromontoryError
from promontory.escaping.shell import command
from promontory.promotion.landing import at
from promontory.promotion.values import Hop
from promontory.promotion.workspace import Workspace
from promontory.release import shown

_MOST_COMMITS = 100


def instructions(workspace: Workspace, hop: Hop, entry: Entry) -> str:
    """Commands with the real commit, files and release. ``entry`` pushed the release, or was to take it back."""
    entries = workspace.record(entry.place).of(entry.promotion)
    pushed = next((each for each in entries if each.kind == "pushed"), entry)
    files = [path.path for each in entries[::-1] if each.plan for path in each.plan.paths]
    where = ", ".join(dict.fromkeys(files)) or "the repository"
    again = ("promontory", "rollback", hop.application, hop.environment)
    if entry.kind == "reverted":
        return (
            f"{hop.environment} runs {shown(entry.previous)} again (commit {_short(entry)}): look at {hop.environment} "
            f"itself; `promontory history {hop.application} --environment {hop.environment}` shows what was healthy, "
            f"`{command(*again, '--to', 'RELEASE')}` goes there"
        )
    back = command(*again, "--to", entry.previous) if entry.previous else command(*again)
    return (
        f"`{back}`; or by hand: `git show {_short(pushed)}` shows what brought {shown(hop.release)}, set "
        f"{shown(entry.previous) or 'the release before'} in {where} again, and push it"
    )


def _short(entry: Entry) -> str:
    return (entry.commit or "")[:12]


@dataclass(frozen=True)
class CameBack:
    """A release that was taken back is in force again, against the ledger."""

    message: str
    remedy: str


def came_back(workspace: Workspace, hop: Hop, reverted: Entry) -> CameBack | None:
    """None where the environment does not run it, or where a promotion since has brought it."""
    try:
        workspace.repository.sync()
        back = [member for member in hop.members if _is_back(workspace, member)]
    except PromontoryError:
        return None  # what cannot be read now was not seen to have come back
    if not back:
        return None
    place = back[0]
    commit, author = _who(workspace, place, reverted)
    by = f" by {author} in commit {commit[:12]}" if commit else " by somebody else"
    back_to = ("--to", reverted.previous or "RELEASE")
    again = command("promontory", "rollback", place.application, place.environment, *back_to)
    return CameBack(
        f"it was reverted to {shown(reverted.previous)}, but {shown(place.release)} was put into {place.environment} "
        f"again{by}",
        f"keep whatever did that from doing it{f' (git show {commit[:12]})' if commit else ''}, then: {again}",
    )


def _is_back(workspace: Workspace, hop: Hop) -> bool:
    """It runs what the ledger's newest entry says that it does not."""
    if workspace.current(hop.place) != hop.release:
        return False
    newest = next(workspace.record(hop.place).newest("pushed", "found", "reverted"), None)
    return newest is not None and newest.kind == "reverted" and newest.release == hop.release


def _who(workspace: Workspace, hop: Hop, reverted: Entry) -> tuple[str, str]:
    """The commit since the revert after which the release was there, and its author; empty where none says so."""
    if reverted.pushed is None:
        return "", ""
    branch = reverted.pushed.ref
    since = []
    for entry in workspace.repository.log(branch, _MOST_COMMITS):
        if entry.sha == reverted.pushed.after:
            break
        since.append(entry)
    for entry in reversed(since):
        if workspace.current(hop.place, at(workspace, branch, entry.sha)) == hop.release:
            return entry.sha, entry.author
    return "", ""
