"""Did it arrive healthy? Watch the environment's checks, and record the verdict."""

from __future__ import annotations

import asyncio
import logging

from promontory.checks.watch import watch
from promontory.model import Verdict
from promontory.options import Target
from promontory.promotion.values import Hop
from promontory.promotion.workspace import Workspace
from promontory.record import Entry

log = logging.getLogger("promontory.promotion")


async def verify(workspace: Workspace, hop: Hop, entry: Entry) -> Verdict | None:
    """Watch until the release that ``entry`` put in force is healthy or has failed; None without checks.

    The verdict is in the ledger before this returns.
    """
    checks = workspace.checks(hop.environment)
    release = entry.in_force
    if not checks or release is None:
        log.info("verify-%s: deployed, not verified: no checks are configured", hop.environment)
        return None
    commit = entry.pushed.after if entry.pushed else None
    verdict = await watch(checks, Target(hop.place, release, commit), workspace.clock)
    judged = workspace.entry(
        "verdict", hop.place, release, entry.promotion, verdict=verdict, reason="; ".join(verdict.reasons)
    )
    await asyncio.to_thread(workspace.append, [judged])
    log.info("verify-%s: %s is %s%s", hop.environment, release, verdict.health, _doubt(verdict))
    return verdict


def _doubt(verdict: Verdict) -> str:
    return ", but no check proves which release answered" if verdict.healthy and not verdict.proven else ""
