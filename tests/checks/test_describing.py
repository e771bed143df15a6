"""What controllers say of a release to people who ask: read by one look, which changes nothing."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from pydantic import TypeAdapter

from promontory.checks.argocd.application import read_application
from promontory.checks.argocd.check import ArgocdCheck
from promontory.checks.argocd.describing import describe
from promontory.checks.argocd.revision import Proof
from promontory.checks.contract import Check
from promontory.checks.flux.check import FluxCheck
from promontory.checks.kubernetes.check import KubernetesCheck
from promontory.clusters import KubernetesObjects
from promontory.errors import ClusterError
from promontory.health import ControllerReport
from promontory.options import Target
from promontory.sandbox.kubernetes import KubernetesApi
from tests.checks import flux_samples as flux
from tests.checks.argocd_objects import (
    EARLIER,
    LATER,
    OURS,
    STRANGE,
    TARGET,
    KnownHistory,
    application,
    operation,
    resource,
    synced,
)
from tests.checks.argocd_server import ArgoServer, means
from tests.checks.surroundings import facilities
from tests.checks.workloads import container, deployment, pod, replica_set, waiting

Json = dict[str, Any]
HISTORY = KnownHistory()
FLUX_TARGET = Target(TARGET.place, "v1.3.0", flux.OURS, TARGET.since)
FLUX_HISTORY = KnownHistory(order=(flux.OLDER, flux.OURS, flux.NEWER))


def argocd(**options: Any) -> ArgocdCheck:
    return ArgocdCheck.model_validate({"kind": "argocd", "application": "{application}-{environment}", **options})


def described(check: Check, target: Target = TARGET, history: KnownHistory = HISTORY) -> tuple[ControllerReport, ...]:
    seen = facilities(objects=KubernetesObjects(5), history=history)
    return asyncio.run(check.describe(target, seen))


def told(report: ControllerReport) -> list[tuple[str, str]]:
    return [(trouble.kind, trouble.remedy) for trouble in report.troubles]


def test_an_application_that_runs_our_commit(kubernetes_api: KubernetesApi) -> None:
    kubernetes_api.put(application())

    (report,) = described(argocd())

    assert report.subject == "Application argocd/web-app-staging"
    assert (report.health, report.in_place, report.troubles) == ("healthy", True, ())
    assert report.facts["sync"] == "Synced"
    assert report.facts["revision"] == OURS[:12]
    assert report.facts["images"] == "ghcr.io/acme/web-app:v1.3.0"


ERROR = {"type": "ComparisonError", "message": "rpc error: authentication required\x1b[31m"}
BEHIND = {"sync": synced(EARLIER), "operationState": operation(revision=EARLIER)}
MANUAL = {"sync": synced(status="OutOfSync")}
STOPPED = operation("Running", finished=None, message="Sync operation blocked by sync window")
FAILED = operation("Failed", message="one or more objects failed to apply")
CRASHING = resource("web", "Degraded", "exceeded its progress deadline")


@pytest.mark.parametrize(
    ("spec", "status", "kind", "remedy"),
    [
        ({}, {"conditions": [ERROR]}, "error", "argocd app get web-app-staging --hard-refresh"),
        ({}, BEHIND, "not-synced", "argocd app get web-app-staging --refresh"),
        ({"syncPolicy": {}}, MANUAL, "auto-sync-off", "argocd app sync web-app-staging"),
        ({}, MANUAL, "not-synced", "argocd app diff web-app-staging"),
        ({}, {"operationState": STOPPED}, "sync-window", "argocd proj windows list default"),
        ({}, {"operationState": FAILED}, "error", "argocd app sync web-app-staging"),
        ({}, {"resources": [CRASHING]}, "unhealthy", "kubectl -n web describe deployment/web"),
    ],
)
def test_what_keeps_an_application_from_it(
    kubernetes_api: KubernetesApi, spec: Json, status: Json, kind: str, remedy: str
) -> None:
    kubernetes_api.put(application(spec, **status))

    (report,) = described(argocd())

    assert told(report) == [(kind, remedy)]
    assert all(letter.isprintable() for trouble in report.troubles for letter in trouble.message)


def project(*windows: Json) -> Json:
    metadata = {"name": "default", "namespace": "argocd"}
    spec = {"syncWindows": list(windows)}
    return {"apiVersion": "argoproj.io/v1alpha1", "kind": "AppProject", "metadata": metadata, "spec": spec}


ALWAYS = {"schedule": "* * * * *", "duration": "24h", "applications": ["*"]}


def test_a_sync_window_that_argo_cd_says_nothing_of_is_foretold(kubernetes_api: KubernetesApi) -> None:
    kubernetes_api.put(application(sync=synced(EARLIER, "OutOfSync")))
    kubernetes_api.put(project({"kind": "deny", **ALWAYS}))

    (report,) = described(argocd())

    assert told(report)[0] == ("sync-window", "argocd proj windows list default")
    assert "blocked: a deny window is active" in report.troubles[0].message


@pytest.mark.parametrize(
    ("windows", "status"),
    [
        ([{"kind": "deny", **ALWAYS}], synced()),
        ([{"kind": "allow", **ALWAYS}], synced(EARLIER, "OutOfSync")),
        ([{"kind": "deny", **ALWAYS, "applications": ["other-*"]}], synced(EARLIER, "OutOfSync")),
        ([{"kind": "deny", "schedule": 3}, "?"], synced(EARLIER, "OutOfSync")),
    ],
)
def test_windows_that_keep_nothing_back_are_not_told(
    kubernetes_api: KubernetesApi, windows: list[Json], status: Json
) -> None:
    kubernetes_api.put(application(sync=status))
    kubernetes_api.put(project(*windows))

    (report,) = described(argocd())

    assert "sync-window" not in [trouble.kind for trouble in report.troubles]


def test_looking_changes_nothing_even_where_the_check_would(kubernetes_api: KubernetesApi) -> None:
    kubernetes_api.put(application({"syncPolicy": {}}, sync=synced(status="OutOfSync"), reconciledAt=None))
    kubernetes_api.put(flux.kustomization(changes={"status.lastAppliedRevision": flux.at(flux.OLDER)}))

    described(argocd(sync=True))
    described(FluxCheck.model_validate({"kind": "flux", "kustomization": "web-app"}), FLUX_TARGET, FLUX_HISTORY)

    assert {request.verb for request in kubernetes_api.requests} == {"get"}


def test_names_of_a_cluster_are_quoted() -> None:
    document = application({"syncPolicy": {}}, sync=synced(status="OutOfSync"))
    document["metadata"] |= {"name": "a;id", "namespace": "te$am"}

    report = describe(read_application(document), Proof(there=True))

    assert told(report) == [("auto-sync-off", "argocd app sync 'te$am/a;id'")]


def test_an_application_that_is_not_there(kubernetes_api: KubernetesApi) -> None:
    (report,) = described(argocd())

    assert (report.in_place, told(report)) == (False, [("missing", "argocd app list")])


def test_what_is_no_application_is_no_traceback(kubernetes_api: KubernetesApi) -> None:
    kubernetes_api.put({**application(), "status": {"sync": "?"}})

    (report,) = described(argocd())

    assert report.health == "unknown"
    assert "no Application" in report.reason


def test_without_a_commit_nothing_can_be_compared(kubernetes_api: KubernetesApi) -> None:
    kubernetes_api.put(application())

    (report,) = described(argocd(), Target(TARGET.place, "v1.3.0"))

    assert report.in_place is None


def test_who_may_not_look_is_told(kubernetes_api: KubernetesApi) -> None:
    kubernetes_api.forbid("get")

    with pytest.raises(ClusterError, match="may not"):
        described(argocd())


def test_argocds_own_api_says_the_same(argo: ArgoServer) -> None:
    argo.put(application(sync=synced(LATER)))

    (report,) = asyncio.run(argocd(server=argo.url).describe(TARGET, means()))

    assert (report.in_place, report.facts["revision"]) == (True, LATER[:12])
    assert not any(request.startswith("POST") or "refresh" in request for request in argo.requests)


def test_an_application_of_another_repository(kubernetes_api: KubernetesApi) -> None:
    kubernetes_api.put(application(sync=synced(STRANGE)))

    (report,) = described(argocd())

    assert report.in_place is False
    assert "does not have" in report.troubles[0].message


def kustomization(**options: Any) -> FluxCheck:
    return FluxCheck.model_validate({"kind": "flux", "kustomization": "web-app", **options})


def in_flux(check: FluxCheck) -> tuple[ControllerReport, ...]:
    return described(check, FLUX_TARGET, FLUX_HISTORY)


def test_a_kustomization_that_has_applied_our_commit(kubernetes_api: KubernetesApi) -> None:
    kubernetes_api.put(flux.kustomization())
    kubernetes_api.put(flux.git_repository())

    (report,) = in_flux(kustomization())

    assert (report.subject, report.in_place, report.troubles) == ("Kustomization flux-system/web-app", True, ())
    assert report.facts["applied"] == f"main@sha1:{flux.OURS[:12]}"


OLD = {"status.lastAppliedRevision": flux.at(flux.OLDER)}
SYNC = "flux reconcile kustomization web-app -n flux-system --with-source"


@pytest.mark.parametrize(
    ("seen", "source", "troubles"),
    [
        (flux.kustomization(changes=OLD), flux.git_repository(), [("not-synced", SYNC)]),
        (
            flux.kustomization(changes={**OLD, "spec.suspend": True}),
            flux.git_repository(),
            [("suspended", "flux resume kustomization web-app -n flux-system")],
        ),
        (
            flux.kustomization(flux.ready("False", "BuildFailed", "no such file"), changes=OLD),
            flux.git_repository(),
            [("error", SYNC), ("not-synced", SYNC)],
        ),
        (
            flux.kustomization(changes=OLD),
            flux.git_repository(revision=flux.at(flux.OLDER), changes={"spec.suspend": True}),
            [("suspended", "flux resume source git gitops -n flux-system"), ("not-synced", SYNC)],
        ),
    ],
)
def test_what_keeps_a_kustomization_from_it(
    kubernetes_api: KubernetesApi, seen: Json, source: Json, troubles: list[tuple[str, str]]
) -> None:
    kubernetes_api.put(seen)
    kubernetes_api.put(source)

    (report,) = in_flux(kustomization())

    assert told(report) == troubles
    assert report.in_place is False


def test_a_helm_release_and_what_has_applied_it(kubernetes_api: KubernetesApi) -> None:
    kubernetes_api.put(flux.kustomization())
    kubernetes_api.put(flux.git_repository())
    kubernetes_api.put(flux.helm_release(flux.ready("False", "UpgradeFailed", "timed out")))

    found = in_flux(kustomization(helm_release="web/web-app"))

    assert [report.subject for report in found] == ["Kustomization flux-system/web-app", "HelmRelease web/web-app"]
    assert told(found[1]) == [("error", "flux reconcile helmrelease web-app -n web --force")]


def test_a_kustomization_that_is_not_there(kubernetes_api: KubernetesApi) -> None:
    (report,) = in_flux(kustomization())

    assert told(report) == [("missing", "flux get all --all-namespaces")]


def workloads(**options: Any) -> KubernetesCheck:
    return KubernetesCheck.model_validate(
        {"kind": "kubernetes", "workload": "deployment/web-app", "namespace": "prod", **options}
    )


def test_a_workload_that_has_rolled_out(kubernetes_api: KubernetesApi) -> None:
    kubernetes_api.put(deployment())

    (report,) = described(workloads())

    assert (report.subject, report.in_place, report.troubles) == ("Deployment prod/web-app", True, ())
    assert report.facts == {"images": "ghcr.io/acme/web-app:v1.3.0", "replicas": "3 ready of 3"}


def test_a_workload_of_another_image(kubernetes_api: KubernetesApi) -> None:
    kubernetes_api.put(deployment(release="v1.2.0"))

    (report,) = described(workloads())

    assert told(report) == [("other-image", "kubectl -n prod get deployment/web-app -o wide")]
    assert "v1.2.0" in report.troubles[0].message


def test_pods_that_fail_are_named(kubernetes_api: KubernetesApi) -> None:
    kubernetes_api.put(deployment(ready=2, available=2))
    kubernetes_api.put(replica_set("web-app-1", 1))
    kubernetes_api.put(pod("web-app-1-a", "web-app-1", container(running={})))
    kubernetes_api.put(pod("web-app-1-b", "web-app-1", waiting("ImagePullBackOff", "not found")))

    (report,) = described(workloads())

    assert report.health == "unhealthy"
    assert told(report) == [("unhealthy", "kubectl -n prod describe pod web-app-1-b")]
    assert "ImagePullBackOff" in report.troubles[0].message


def test_a_rollout_that_is_paused(kubernetes_api: KubernetesApi) -> None:
    kubernetes_api.put(deployment(updated=1, spec={"paused": True}))

    (report,) = described(workloads())

    assert ("suspended", "kubectl -n prod rollout resume deployment/web-app") in told(report)


def test_a_report_is_written_and_read_back(kubernetes_api: KubernetesApi) -> None:
    (report,) = described(workloads())
    adapter = TypeAdapter(ControllerReport)

    assert adapter.validate_json(adapter.dump_json(report)) == report
    assert told(report) == [("missing", "kubectl -n prod get deployments")]
