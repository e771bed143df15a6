"""What `promontory validate --live` says of the objects that a ``flux`` check names, before anything is promoted."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from promontory.checks.contract import Facilities, History
from promontory.checks.flux.kustomization import checks_health
from promontory.checks.flux.objects import SOURCES, FluxObject, dig, source_of, source_revision
from promontory.errors import ObjectNotFound
from promontory.live_objects import (
    BUCKET,
    GIT_REPOSITORY,
    HELM_RELEASE,
    KUSTOMIZATION,
    OCI_REPOSITORY,
    Objects,
    Ref,
    Selection,
)
from promontory.options import Remark


async def lint(
    watched: Sequence[Ref] | Selection, release: Ref | None, context: str | None, facilities: Facilities
) -> tuple[Remark, ...]:
    """Raises `ClusterError` where an object may not be read, and `TransientError`."""
    objects, history = facilities.objects, facilities.history
    if isinstance(watched, Selection):
        found = [FluxObject(KUSTOMIZATION, document) for document in await objects.select(watched)]
        remarks = [] if found else [Remark(f"there are no {watched}", "correct selector:, namespace: or context:")]
    else:
        found, remarks = await _named(watched, objects)
    sources = {ref for kustomization in found if (ref := source_of(kustomization, context))}
    for named in (sorted(sources, key=str), [release] if release else []):
        more, missing = await _named(named, objects)
        found, remarks = [*found, *more], [*remarks, *missing]
    return (*remarks, *(remark for each in found for remark in _of(each, history, alone=release is None)))


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


def _of_source(source: FluxObject, history: History) -> Iterator[Remark]:
    """Where nothing that comes from it could ever be shown to be our commit."""
    url = source.text("spec", "url")
    if source.resource is GIT_REPOSITORY and not history.is_ours(url):
        yield Remark(f"{source.ref} follows {_without_secrets(url)}, and not this repository", "see which one is right")
    if source.resource is BUCKET:
        yield Remark(f"{source.ref} has no commits: nothing that it brings can be verified", "use a GitRepository")
    if source.resource is OCI_REPOSITORY and not source_revision(source):
        yield Remark(
            f"{source.ref} does not say which commit its artifact is of, so nothing that it brings can be verified",
            "name it when it is pushed: flux push artifact --revision=main@sha1:…",
        )


def _without_secrets(url: str) -> str:
    return re.sub(r"//[^/]*@", "//", url)


def _of(seen: FluxObject, history: History, *, alone: bool) -> Iterator[Remark]:
    if seen.suspended:
        yield Remark(f"{seen.ref} is suspended: what is promoted will not arrive", f"resume it: {seen.resume}")
    if seen.resource in SOURCES.values():
        yield from _of_source(seen, history)
    if seen.resource is HELM_RELEASE:
        yield from _of_chart(seen)
    if alone and seen.resource is KUSTOMIZATION and not checks_health(seen):
        yield Remark(
            f"{seen.ref} has neither spec.wait nor spec.healthChecks: its Ready means applied, not healthy",
            "set spec.wait: true, or add a check that looks at the workloads",
        )
