"""What an environment runs, as Git says, and who put it there, as the ledger says; or the commit, where it does not."""

from __future__ import annotations

from promontory.entry import Entry
from promontory.model import Place
from promontory.promotion.explaining.authors import brought_by
from promontory.promotion.explaining.stages import runs
from promontory.promotion.explaining.values import InForce, Yes
from promontory.promotion.snapshot import RepositorySnapshot
from promontory.promotion.workspace import Workspace
from promontory.record import Record, Standing


def in_force(workspace: Workspace, place: Place, snapshot: RepositorySnapshot) -> InForce:
    current, problem = runs(workspace, place, snapshot)
    if problem:
        return InForce(condition="unknown", problem=problem)
    record = workspace.record(place)
    standing = record.standing(current)
    known = _told(record, standing)
    if current is None or standing.entry is not None:
        return known
    change = brought_by(workspace, place, current, snapshot)
    return known.model_copy(update={"change": change, "before": _last_brought(record)})


def _told(record: Record, standing: Standing) -> InForce:
    known = InForce(release=standing.release, condition=standing.condition)
    if standing.verdict and standing.verdict.verdict:
        verdict = standing.verdict.verdict
        judged = {"health": verdict.health.value, "judged": standing.verdict.at, "reasons": verdict.reasons}
        known = known.model_copy(update=judged)
    return known.model_copy(update=_brought(record, standing.entry)) if standing.entry else known


def _brought(record: Record, entry: Entry) -> dict[str, object]:
    """Everything about the promotion, or the revert, that put it there."""
    entries = record.of(entry.promotion)
    soaking = record.soak(entry.promotion)
    bypassed = next((each for each in entries if each.kind == "bypassed"), None)
    request = entry.pull_request
    return {
        "since": entry.at,
        "by": entry.by,
        "promotion": entry.promotion,
        "run": entry.run,
        "commit": entry.commit,
        "taken_back": entry.release if entry.kind == "reverted" else "",
        "approvals": _approvals(entries, entry.digest),
        "pull_request": request.url if request else "",
        "merged_by": (request.merged_by or "") if request else "",
        "bypassed": _bypassed(bypassed) if bypassed else "",
        "soaks_until": soaking.until if soaking else None,
    }


def _bypassed(entry: Entry) -> str:
    """Who broke the glass, why, and past which gates."""
    return f"{entry.by}: {entry.reason} ({', '.join(dict.fromkeys(gate.gate for gate in entry.gates))})"


def _approvals(entries: tuple[Entry, ...], digest: str | None) -> tuple[Yes, ...]:
    """Those that counted: for the change that was pushed, where that is known."""
    given = (each for each in entries if each.kind == "approved" and digest in (None, each.digest))
    return tuple(Yes(by=each.by, at=each.at, proof=each.proof or "", note=each.reason) for each in given)


def _last_brought(record: Record) -> str | None:
    """What would be in force, if nobody but Promontory had changed anything."""
    return next((entry.in_force for entry in record.newest("pushed", "found", "reverted") if entry.in_force), None)
