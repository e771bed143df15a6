"""What `promontory validate --live` says of the objects that a ``flux`` check names, before anything is promoted."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from promontory.checks.flux_kustomization import checks_health
from promontory.checks.flux_objects import FluxObject, dig, source_of
from promontory.errors import ObjectNotFound
from promontory.live_objects import GIT_REPOSITORY, HELM_RELEASE, KUSTOMIZATION, Objects, Ref, Selection
from promontory.options import Remark


async def lint(
    watched: Sequence[Ref] | Selection, release: Ref | None, context: str | None, objects: Objects
) -> tuple[Remark, ...]:
    """Raises `ClusterError` where an object may not be read, and `TransientError`."""
    if isinstance(watched, Selection):
        found = [FluxObject(KUSTOMIZATION, document) for document in await objects.select(watched)]
        remarks = [] if found else [Remark(f"there are no {watched}", "correct selector:, namespace: or context:")]
    else:
        found, remarks = await _named(watched, objects)
    sources = {ref for kustomization in found if (ref := source_of(kustomization, context))}
    for named in (sorted(sources, key=str), [release] if release else []):
        more, missing = await _named(named, objects)
        found, remarks = [*found, *more], [*remarks, *missing]
    return (*remarks, *(remark for each in found for remark in _of(each, alone=release is None)))


async def _named(refs: Sequence[Ref], objects: Objects) -> tuple[list[FluxObject], list[Remark]]:
    found, missing = [], []
    for ref in refs:
        try:
            found.append(FluxObject(ref.resource, await objects.get(ref)))
        except ObjectNotFound as error:
            missing.append(Remark(error.message, error.remedy))
    return found, missing


def _of_chart(release: FluxObject) -> Iterator[Remark]:
    chart = release.value("spec", "chart", "spec")
    from_git = release.text("spec", "chart", "spec", "sourceRef", "kind") == GIT_REPOSITORY.kind
    if from_git and dig(chart, "reconcileStrategy") != "Revision":
        yield Remark(
            f"{release.ref} takes its chart from Git, and deploys what changes in it only with a new version there",
            "set spec.chart.spec.reconcileStrategy: Revision, if releases change the chart without that",
        )


def _of(seen: FluxObject, *, alone: bool) -> Iterator[Remark]:
    if seen.suspended:
        yield Remark(f"{seen.ref} is suspended: what is promoted will not arrive", f"resume it: {seen.resume}")
    if seen.resource is HELM_RELEASE:
        yield from _of_chart(seen)
    if alone and seen.resource is KUSTOMIZATION and not checks_health(seen):
        yield Remark(
            f"{seen.ref} has neither spec.wait nor spec.healthChecks: its Ready means applied, not healthy",
            "set spec.wait: true, or add a check that looks at the workloads",
        )
