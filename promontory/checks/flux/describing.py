"""What Flux says of a release, for people: its objects' own words, and what keeps them from running the release.

It looks once, asks nothing to be reconciled, and judges by the rules of the check.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress

from promontory.checks.contract import Facilities
from promontory.checks.flux.helm_release import judge_helm_release, latest_release
from promontory.checks.flux.kustomization import judge_kustomization
from promontory.checks.flux.objects import (
    FluxObject,
    applied_revision,
    attempted_revision,
    dig,
    shown,
    source_of,
    source_revision,
    words,
)
from promontory.checks.flux.session import Lineage, Sights, owners_of, ref_of
from promontory.errors import ClusterError, ObjectNotFound
from promontory.health import ControllerReport, Health, Trouble
from promontory.live_objects import KUSTOMIZATION, Ref, Selection
from promontory.options import Target


async def describe(sights: Sights, target: Target, facilities: Facilities) -> tuple[ControllerReport, ...]:
    looking = _Looking(sights, target, facilities)
    release = await looking.one(sights.helm_release) if sights.helm_release else None
    reports = [
        await looking.kustomization(ref, seen) if seen else _missing(str(ref))
        for ref, seen in (await looking.kustomizations(release)).items()
    ]
    if sights.helm_release:
        reports.append(_helm_release(release, sights) if release else _missing(str(sights.helm_release)))
    return tuple(reports)


class _Looking:
    def __init__(self, sights: Sights, target: Target, facilities: Facilities) -> None:
        self._sights, self._commit, self._objects = sights, target.commit, facilities.objects
        self._lineage = Lineage(facilities.history, pinned=target.pinned)

    async def one(self, ref: Ref) -> FluxObject | None:
        with suppress(ObjectNotFound):
            return FluxObject(ref.resource, await self._objects.get(ref))
        return None

    async def kustomizations(self, release: FluxObject | None) -> dict[Ref, FluxObject | None]:
        watched, context = self._sights.kustomizations, self._sights.context
        if isinstance(watched, Selection):
            found = [FluxObject(KUSTOMIZATION, each) for each in await self._objects.select(watched)]
            return {ref_of(seen, context): seen for seen in found}
        return {ref: await self.one(ref) for ref in watched or owners_of(release, context)}

    async def kustomization(self, ref: Ref, seen: FluxObject) -> ControllerReport:
        at = source_of(seen, self._sights.context)
        source = None
        with suppress(ClusterError):  # one that may not be read is no reason to tell nothing of the rest
            source = await self.one(at) if at else None
        revisions = (applied_revision(seen), attempted_revision(seen, source))
        known = (*revisions, source_revision(source) if source else "")
        wanted = await self._lineage.wanted(self._commit or "", *(known if self._commit else ()))
        found = judge_kustomization(seen, source, wanted)
        arrived = wanted.arrived(revisions[0]) if self._commit else None
        behind = f"it has applied {shown(revisions[0])}, not {wanted.shown} yet" if arrived is False else ""
        sync = f"flux reconcile kustomization {seen.named} --with-source"
        return ControllerReport(
            subject=str(ref),
            health=found.health,
            reason=found.reason,
            in_place=arrived,
            facts=_facts(seen, source),
            troubles=(*_troubles(source, ""), *_troubles(seen, sync), *_behind(behind, seen, sync)),
        )


def _facts(seen: FluxObject, source: FluxObject | None) -> dict[str, str]:
    ready = seen.condition("Ready")
    known = {
        "ready": f"{ready.status} ({ready.reason})" if ready.status else "",
        "applied": shown(applied_revision(seen)),
        "attempted": shown(attempted_revision(seen, source)),
        "source": source.ref if source else "",
        "source has": shown(source_revision(source)) if source else "",
        "suspended": "yes" if seen.suspended else "",
    }
    return {name: value for name, value in known.items() if value}


def _troubles(seen: FluxObject | None, sync: str) -> Iterator[Trouble]:
    """What holds one object up. ``sync`` is what makes Flux try again."""
    if seen is None:
        return
    what = seen.ref
    if seen.text("metadata", "deletionTimestamp"):
        yield Trouble(kind="missing", message=f"{what} is being deleted")
    if seen.suspended:
        yield Trouble(kind="suspended", message=f"{what} is suspended", remedy=seen.resume)
    ready, stalled = seen.condition("Ready"), seen.condition("Stalled")
    if stalled.status == "True":
        yield Trouble(kind="error", message=f"{what} is stalled: {stalled.told}", remedy=sync)
    elif ready.status == "False":
        yield Trouble(kind="error", message=f"{what} is not ready ({ready.reason}): {ready.told}", remedy=sync)


def _behind(told: str, seen: FluxObject, sync: str) -> Iterator[Trouble]:
    if told and not seen.suspended:
        yield Trouble(kind="not-synced", message=told, remedy=sync)


def _helm_release(seen: FluxObject, sights: Sights) -> ControllerReport:
    found = judge_helm_release(seen, asked=None, chart_version=sights.chart_version)
    ready, latest = seen.condition("Ready"), latest_release(seen)
    known = {
        "ready": f"{ready.status} ({ready.reason})" if ready.status else "",
        "chart": f"{words(dig(latest, 'chartName'))} {words(dig(latest, 'chartVersion'))}".strip(),
        "status": words(dig(latest, "status")),
        "suspended": "yes" if seen.suspended else "",
    }
    return ControllerReport(
        subject=seen.ref,
        health=found.health,
        reason=found.reason,
        facts={name: value for name, value in known.items() if value},
        troubles=tuple(_troubles(seen, f"flux reconcile helmrelease {seen.named} --force")),
    )


def _missing(what: str) -> ControllerReport:
    trouble = Trouble(kind="missing", message=f"there is no {what}", remedy="flux get all --all-namespaces")
    return ControllerReport(
        subject=what, health=Health.UNKNOWN, reason=trouble.message, in_place=False, troubles=(trouble,)
    )
