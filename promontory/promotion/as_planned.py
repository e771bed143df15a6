"""Whether what came to lie on a branch is what a promotion had planned: an approval is for that, and for nothing else.

Whoever may push to the branch of a pull request can add to it, and whoever may push can push anything under the name of
a promotion; only Git says what it was.
"""

from __future__ import annotations

from promontory.entry import Entry
from promontory.model import Plan
from promontory.promotion.workspace import Workspace


def unplanned(workspace: Workspace, entry: Entry, before: str, after: str) -> tuple[str, ...] | None:
    """The files that ``before`` → ``after`` made something else of than the plan that ``entry`` was for.

    None where the ledger does not hold that plan.
    """
    plan = plan_for(workspace, entry)
    if plan is None:
        return None
    wanted = {path.path: path.after for part in plan.members for path in part.paths}
    changed = workspace.repository.differing(before, after)
    return tuple(path for path, oid in changed if path not in wanted or wanted[path] != oid)


def plan_for(workspace: Workspace, entry: Entry) -> Plan | None:
    """The plan, of all applications that move together, whose digest the entry names; whoever wrote it down."""
    known = workspace.record(entry.place).newest("planned", promotion=entry.promotion)
    planned = workspace.ledger.of(entry.promotion, "planned") if entry.members > 1 else reversed(list(known))
    newest = {each.place: each for each in planned if each.plan and each.digest == entry.digest}
    in_order = sorted(newest.values(), key=lambda each: (each.number or 0, each.at))
    plans = [each.plan for each in in_order if each.plan]
    if not plans:
        return None
    plan = plans[0].model_copy(update={"also": tuple(plans[1:])})
    return plan if plan.digest == entry.digest else None
