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
    if entry.members == 1:
        known = workspace.record(entry.place).newest("planned", promotion=entry.promotion)
        return next((each.plan for each in known if each.plan and each.plan.digest == entry.digest), None)
    planned = [each for each in workspace.ledger.of(entry.promotion, "planned") if each.digest == entry.digest]
    newest = {each.place: each for each in planned}
    in_order = sorted(newest.values(), key=lambda each: (each.number or 0, each.at))
    plans = [each.plan for each in in_order if each.plan]
    plan = plans[0].model_copy(update={"also": tuple(plans[1:])}) if plans else None
    return plan if plan and plan.digest == entry.digest else None
