"""The ``flux`` check at work: it looks, asks Flux to hurry, gives things time to settle. What is good, others judge."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import timedelta

from promontory.checks.contract import Facilities, History
from promontory.checks.flux.chart import built_of, chart_of, judge_chart
from promontory.checks.flux.evidence import of_helm_release, of_kustomization
from promontory.checks.flux.findings import Finding, Wanted, progressing, together, unknown
from promontory.checks.flux.helm_release import judge_helm_release
from promontory.checks.flux.kustomization import judge_kustomization
from promontory.checks.flux.objects import (
    FluxObject,
    applied_revision,
    attempted_revision,
    commit_in,
    source_of,
    source_revision,
)
from promontory.checks.flux.requests import Requests
from promontory.checks.flux.watching import Eyes
from promontory.errors import ClusterError
from promontory.health import Health, Observation
from promontory.live_objects import KUSTOMIZATION, Ref, Selection
from promontory.options import Target

_OWNER = "kustomize.toolkit.fluxcd.io"


@dataclass(frozen=True)
class Sights:
    """What is looked at, placeholders filled in. ``context`` is that of the objects whose names turn out later."""

    kustomizations: tuple[Ref, ...] | Selection
    helm_release: Ref | None
    chart_version: str | None
    settle: timedelta
    context: str | None


class FluxSession:
    """`Session`."""

    def __init__(self, sights: Sights, target: Target, facilities: Facilities, eyes: Eyes) -> None:
        self._sights, self._commit, self._clock, self._eyes = sights, target.commit, facilities.clock, eyes
        self._lineage = Lineage(facilities.history, pinned=target.pinned)
        self._requests = Requests(facilities, target.since)
        self._sources: set[Ref] = set()
        self._began: dict[str, float] = {}
        self._settling: list[float] = []

    async def changed(self) -> None:
        await self._eyes.changed()

    async def observe(self) -> Observation:
        """A reconcile that confirms what was applied before is waited out: it is no reason to doubt, nor to believe.

        It happens at every interval, and would break each `stable_for` and soak that is longer.
        """
        if self._commit is None:
            reason = "nothing says which commit was pushed, so nothing that Flux applies can be shown to be it"
            return Observation(health=Health.UNKNOWN, reason=reason, final=True)
        until = self._clock.monotonic() + self._sights.settle.total_seconds()
        while True:
            found, evidence = await self._look(self._commit)
            left = until - self._clock.monotonic()
            if not found.passing or left <= 0:
                return self._told(found, evidence)
            await self._change(within=left)

    def _told(self, found: Finding, evidence: dict[str, object]) -> Observation:
        return Observation(
            health=found.health,
            reason=found.reason,
            proven=found.proven,
            final=found.final,
            undecided=found.passing,
            again_within=min(self._settling, default=None),
            evidence=evidence,
        )

    async def _change(self, within: float) -> None:
        waiting = [asyncio.ensure_future(each) for each in (self._clock.sleep(within), self._eyes.changed())]
        try:
            await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in waiting:
                task.cancel()
            await asyncio.gather(*waiting, return_exceptions=True)

    async def _look(self, commit: str) -> tuple[Finding, dict[str, object]]:
        self._eyes.begin()
        self._settling.clear()
        self._sources.clear()
        evidence: dict[str, object] = {"commit": commit}
        release = self._sights.helm_release
        seen = await self._eyes.one(release) if release else None
        found = await self._kustomizations(commit, seen, evidence)
        if release is None or found.health is not Health.HEALTHY:
            return found, evidence
        if seen is None:
            return unknown(f"{release} does not exist"), evidence
        evidence["helm_release"] = of_helm_release(seen)
        return await self._chart(commit, seen) or await self._release(release, seen), evidence

    async def _kustomizations(self, commit: str, release: FluxObject | None, evidence: dict[str, object]) -> Finding:
        watched = self._sights.kustomizations
        selected: dict[Ref, FluxObject | None]
        if isinstance(watched, Selection):
            selected = {ref_of(seen, self._sights.context): seen for seen in await self._eyes.all(watched)}
        else:
            selected = {ref: await self._eyes.one(ref) for ref in watched or owners_of(release, self._sights.context)}
        if not selected:
            return self._nothing(release)
        findings = {str(ref): await self._kustomization(commit, ref, seen, evidence) for ref, seen in selected.items()}
        return together(findings, named=self._sights.helm_release is not None)

    def _nothing(self, release: FluxObject | None) -> Finding:
        if isinstance(self._sights.kustomizations, Selection):
            return unknown(f"there are no {self._sights.kustomizations}")
        if release is None:
            return unknown(f"{self._sights.helm_release} does not exist")
        labels = f"{release.ref} does not say which Kustomization has applied it"
        return unknown(f"{labels}: name that one with kustomization:", final=True)

    async def _kustomization(
        self, commit: str, ref: Ref, seen: FluxObject | None, evidence: dict[str, object]
    ) -> Finding:
        if seen is None:
            return unknown(f"{ref} does not exist")
        at = source_of(seen, self._sights.context)
        source, trouble = await self._source(at)
        revisions = (applied_revision(seen), attempted_revision(seen, source))
        wanted = await self._lineage.wanted(commit, *revisions, source_revision(source) if source else "")
        evidence[str(ref)] = of_kustomization(seen, source)
        await self._hurry(ref, seen, at, source, wanted)
        found = self._settled(judge_kustomization(seen, source, wanted))
        if trouble and found.health is not Health.HEALTHY:
            return replace(found, reason=f"{found.reason} ({trouble})")
        return found

    async def _source(self, at: Ref | None) -> tuple[FluxObject | None, str]:
        """What a Kustomization has applied proves enough without it: one that may not be read is no failure."""
        if at:
            self._sources.add(at)
        with suppress(ClusterError):
            return (await self._eyes.one(at) if at else None), ""
        return None, f"{at} may not be read"

    async def _hurry(
        self, ref: Ref, seen: FluxObject, at: Ref | None, source: FluxObject | None, wanted: Wanted
    ) -> None:
        """The source first; the Kustomization when there is something for it to apply."""
        if seen.suspended or wanted.arrived(attempted_revision(seen, source)):
            return
        if at and source and not wanted.arrived(source_revision(source)):
            if not source.suspended:
                await self._requests.ask(at, source)
        elif seen.condition("Reconciling").reason != "Progressing":
            await self._requests.ask(ref, seen)

    async def _chart(self, commit: str, release: FluxObject) -> Finding | None:
        """What is wrong with a chart from the same source; one from elsewhere has none of our commits."""
        ref = chart_of(release, self._sights.context)
        chart = await self._eyes.one(ref) if ref else None
        if ref is None or (chart and source_of(chart, self._sights.context) not in self._sources):
            return None
        found = judge_chart(chart, await self._lineage.wanted(commit, built_of(chart) if chart else ""))
        return self._settled(found) if found else None

    async def _release(self, ref: Ref, seen: FluxObject) -> Finding:
        """That its Kustomization has applied our commit is proven by now."""
        if not seen.suspended:
            await self._requests.ask_once(ref)
        asked = self._requests.done(ref, seen)
        return self._settled(judge_helm_release(seen, asked=asked, chart_version=self._sights.chart_version))

    def _settled(self, found: Finding) -> Finding:
        now = self._clock.monotonic()
        began = self._began.setdefault(found.settling, now) if found.settling else now
        if found.health is not Health.UNHEALTHY or found.final:
            return found
        left = began + self._sights.settle.total_seconds() - now
        if left <= 0:
            return replace(found, final=True)
        self._settling.append(left)
        return progressing(f"{found.reason} (it may still settle)")


def owners_of(release: FluxObject | None, context: str | None) -> tuple[Ref, ...]:
    """The Kustomization that has applied the HelmRelease, as it was labelled then."""
    if release is None:
        return ()
    name = release.text("metadata", "labels", f"{_OWNER}/name")
    namespace = release.text("metadata", "labels", f"{_OWNER}/namespace")
    return (Ref(KUSTOMIZATION, namespace, name, context),) if name and namespace else ()


class Lineage:
    """What the repository says of commits, each asked once: only of one that it does not have it may say more later.

    What descends from a tag's commit is another release, and not ours.
    """

    def __init__(self, history: History, *, pinned: bool) -> None:
        self._history, self._pinned = history, pinned
        self._known: dict[str, bool | None] = {}

    async def wanted(self, commit: str, *revisions: str) -> Wanted:
        for observed in filter(None, map(commit_in, revisions)):
            if self._known.get(observed) is None:
                contains = await self._history.contains(observed, commit)
                self._known[observed] = contains and (observed == commit or not self._pinned)
        return Wanted(commit, dict(self._known))


def ref_of(seen: FluxObject, context: str | None) -> Ref:
    return Ref(seen.resource, seen.text("metadata", "namespace"), seen.text("metadata", "name"), context)
