"""Did it arrive healthy? Watch the environment's checks, and record the verdict."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence

from promontory.checks.watch import watch
from promontory.clock import moment
from promontory.entry import Entry
from promontory.health import Verdict, worst
from promontory.options import Target
from promontory.promotion.finishing import finish
from promontory.promotion.observing import facilities
from promontory.promotion.soaking import soak
from promontory.promotion.values import Hop, Soaking
from promontory.promotion.workspace import Workspace

log = logging.getLogger("promontory.promotion")


async def verify(workspace: Workspace, hop: Hop, entry: Entry) -> Verdict | Soaking | None:
    """Watch until the release that ``entry`` put in force is healthy or has failed; None without checks.

    What a run that was killed left undone of ``entry`` is done first.
    What moved together is watched side by side, and the verdict is about all of it. It is in the ledger, for each
    application, before this returns. Where it is healthy, but has to stay so for a while yet: call again then.
    """
    await asyncio.to_thread(finish, workspace, hop, entry)
    checks = workspace.checks(hop.environment)
    if not checks or entry.in_force is None:
        log.info("verify-%s: deployed, not verified: no checks are configured", hop.environment)
        return None
    entries = [entry, *(found for member in hop.also if (found := _same(workspace, member, entry)))]
    means = facilities(workspace)
    targets = await asyncio.to_thread(lambda: [target_of(workspace, each) for each in entries])
    verdicts = await asyncio.gather(*(watch(checks, target, means) for target in targets))
    verdict = _together(entries, verdicts)
    releases = ", ".join(dict.fromkeys(each.in_force or "" for each in entries))
    if verdict.healthy and (soaking := await asyncio.to_thread(soak, workspace, hop, entries, verdicts)):
        log.info("verify-%s: %s is healthy; watched until %s", hop.environment, releases, moment(soaking.until))
        return soaking
    judged = [_judged(workspace, each, verdict) for each, verdict in zip(entries, verdicts, strict=True)]
    await asyncio.to_thread(workspace.append, judged)
    log.info("verify-%s: %s is %s%s", hop.environment, releases, verdict.health, _doubt(verdict))
    return verdict


def _same(workspace: Workspace, member: Hop, entry: Entry) -> Entry | None:
    """What happened to another application in the same push."""
    entries = workspace.record(member.place).of(entry.promotion)
    return next((each for each in reversed(entries) if each.in_force and each.kind in (entry.kind, "found")), None)


def target_of(workspace: Workspace, entry: Entry) -> Target:
    """What the environment is to run after ``entry``, as of the last sync."""
    release = entry.in_force or ""
    replaced = entry.release if entry.kind == "reverted" else entry.previous
    strategy = workspace.strategy(entry.application, entry.environment)
    followed = strategy.followed(workspace.snapshot(), release)
    pinned = followed is not None and followed.pinned
    moved = entry.tags[0].after if entry.tags and pinned else None
    commit = moved or (followed.commit if followed and (pinned or entry.commit is None) else entry.commit)
    return Target(entry.place, release, commit, entry.at, replaced, pinned)


def _judged(workspace: Workspace, entry: Entry, verdict: Verdict) -> Entry:
    return workspace.entry(
        "verdict",
        entry.place,
        entry.in_force or "",
        entry.promotion,
        verdict=verdict,
        reason="; ".join(verdict.reasons),
    )


def _together(entries: Sequence[Entry], verdicts: Sequence[Verdict]) -> Verdict:
    """One verdict for all, whose checks say which application they were about."""
    if len(verdicts) == 1:
        return verdicts[0]
    checks = tuple(
        check.model_copy(update={"application": entry.application})
        for entry, verdict in zip(entries, verdicts, strict=True)
        for check in verdict.checks
    )
    return Verdict(health=worst(*(verdict.health for verdict in verdicts)), checks=checks)


def _doubt(verdict: Verdict) -> str:
    return ", but no check proves which release answered" if verdict.healthy and not verdict.proven else ""
