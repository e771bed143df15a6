"""Does a HelmRelease's chart, where it lies in the GitOps repository itself, have our commit?

Source: source-controller v1. A HelmChart is built anew after its GitRepository has moved; meanwhile everything about
the HelmRelease is green, and stale. A chart from a registry has a version of its own, which its spec names.
"""

from __future__ import annotations

from promontory.checks.flux.findings import Finding, Wanted, progressing, unknown
from promontory.checks.flux.objects import FluxObject, shown
from promontory.health import Health
from promontory.live_objects import GIT_REPOSITORY, HELM_CHART, Ref


def chart_of(release: FluxObject, context: str | None) -> Ref | None:
    """The HelmChart that may be built from Git; None where its chart comes from elsewhere."""
    namespace, name = "", ""
    if release.text("spec", "chart", "spec", "sourceRef", "kind") == GIT_REPOSITORY.kind:
        namespace, _, name = release.text("status", "helmChart").partition("/")
    elif release.text("spec", "chartRef", "kind") == HELM_CHART.kind:
        name = release.text("spec", "chartRef", "name")
        namespace = release.text("spec", "chartRef", "namespace") or release.text("metadata", "namespace")
    return Ref(HELM_CHART, namespace, name, context) if namespace and name else None


def built_of(chart: FluxObject) -> str:
    """The revision that it was made of."""
    return chart.text("status", "observedSourceArtifactRevision")


def judge_chart(chart: FluxObject | None, wanted: Wanted) -> Finding | None:
    """Why our commit is not in the chart; None where it is."""
    if chart is None:
        return unknown("its HelmChart does not exist")
    ready = chart.condition("Ready")
    if not wanted.arrived(built_of(chart)):
        failed = f": {ready.told}" if ready.status == "False" else ""
        return progressing(f"{chart.ref} is made of {shown(built_of(chart))}, not {wanted.shown} yet{failed}")
    if ready.status == "False":
        return Finding(Health.UNHEALTHY, f"{chart.ref} cannot be made: {ready.told}", f"{chart.ref} attempted")
    at_rest = ready.status == "True" and chart.observed and not chart.is_true("Reconciling")
    return None if at_rest else progressing(f"{chart.ref} is being made of {shown(built_of(chart))}")
