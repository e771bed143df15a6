"""The ``kubernetes`` check, through the real client: its evidence, its words, and what may be written."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from pydantic import ValidationError

from promontory.checks import CHECKS
from promontory.checks.kubernetes.check import KubernetesCheck
from promontory.clusters import KubernetesObjects
from promontory.health import Health
from promontory.live_objects import DEPLOYMENT, POD, Ref
from promontory.options import Target
from promontory.sandbox.kubernetes import KubernetesApi
from tests.checks.rollouts import AFTER, CRASHED, PUSHED, TARGET, TO_COME, exceeded, look, rolling, story
from tests.checks.surroundings import facilities
from tests.checks.workloads import (
    IMAGE,
    NEW,
    OLD,
    Json,
    condition,
    container,
    daemon_set,
    deployment,
    job,
    owned,
    pod,
    replica_set,
    stateful_set,
    waiting,
)

DIGEST = "sha256:" + "a" * 64
OTHER_DIGEST = "sha256:" + "b" * 64
HEALTHY, PROGRESSING, UNHEALTHY = Health.HEALTHY, Health.PROGRESSING, Health.UNHEALTHY


@pytest.mark.parametrize(
    ("release", "image", "runs"),
    [
        (NEW, f"{IMAGE}:{NEW}", True),
        (NEW, f"{IMAGE}:{NEW}@{DIGEST}", True),
        (NEW, f"{IMAGE}@{DIGEST}", False),
        (NEW, f"localhost:5000/web-app:{NEW}", True),
        (NEW, "localhost:5000/web-app", False),
        (DIGEST, f"{IMAGE}@{DIGEST}", True),
        (DIGEST, f"{IMAGE}:{NEW}@{DIGEST}", True),
        (DIGEST, f"{IMAGE}@{OTHER_DIGEST}", False),
        (DIGEST, f"{IMAGE}:{NEW}", False),
        (f"{NEW}@{DIGEST}", f"{IMAGE}:{NEW}@{DIGEST}", True),
        (f"{NEW}@{DIGEST}", f"{IMAGE}@{DIGEST}", True),
        (f"{NEW}@{DIGEST}", f"{IMAGE}:{NEW}", True),
        (f"{NEW}@{DIGEST}", f"{IMAGE}:{NEW}@{OTHER_DIGEST}", False),
        (f"{NEW}@{DIGEST}", f"{IMAGE}:{OLD}", False),
    ],
)
def test_a_template_is_evidence_by_tag_or_digest(
    kubernetes_api: KubernetesApi, release: str, image: str, runs: bool
) -> None:
    target = Target(TARGET.place, release)

    seen = look(deployment(images=[image]), api=kubernetes_api, target=target).first

    assert (seen.health, seen.proven) == ((HEALTHY, True) if runs else (PROGRESSING, False))


@pytest.mark.parametrize(
    ("images", "image", "reason"),
    [
        ([f"{IMAGE}:{NEW}", "envoy:v1.0"], None, ""),
        (["envoy:v1.0", f"{IMAGE}:{NEW}"], IMAGE, ""),
        ([f"envoy:{NEW}", f"{IMAGE}:{OLD}"], IMAGE, f"runs {IMAGE}:{OLD}, not {NEW} yet"),
        ([f"{IMAGE}:{NEW}", f"{IMAGE}:{OLD}"], IMAGE, f"runs {IMAGE}:{NEW}, {IMAGE}:{OLD}, not {NEW} yet"),
        ([f"envoy:{NEW}"], IMAGE, f"no container runs the image {IMAGE}, but envoy:{NEW}"),
        ([f"acme/web-app:{NEW}"], "docker.io/acme/web-app", ""),
        ([f"nginx:{NEW}"], "index.docker.io/library/nginx", ""),
        ([f"ghcr.io/acme/web-app:{NEW}"], "ghcr.io/acme/{application}", ""),
    ],
)
def test_image_says_which_containers_are_meant(
    kubernetes_api: KubernetesApi, images: list[str], image: str | None, reason: str
) -> None:
    seen = look(deployment(images=images), api=kubernetes_api, image=image).first

    assert (seen.health is HEALTHY) is (not reason)
    assert reason in seen.reason


def test_an_init_container_with_the_release_is_no_evidence(kubernetes_api: KubernetesApi) -> None:
    document = deployment(release=OLD)
    document["spec"]["template"]["spec"]["initContainers"] = [{"name": "migrate", "image": f"{IMAGE}:{NEW}"}]

    assert look(document, api=kubernetes_api).first.health is PROGRESSING


def test_what_is_healthy_has_been_so_since_it_was_available(kubernetes_api: KubernetesApi) -> None:
    seen = look(deployment(conditions=[condition("Available", at=AFTER)]), api=kubernetes_api).first

    assert seen.since == PUSHED + timedelta(minutes=5)


def test_the_evidence_is_what_the_cluster_said(kubernetes_api: KubernetesApi) -> None:
    cluster = rolling(pod("new-1", "new", waiting("ErrImagePull", "not found")))

    seen = look(*cluster, api=kubernetes_api).first

    assert seen.evidence == {
        "workload": "Deployment prod/web-app",
        "images": [f"{IMAGE}:{NEW}"],
        "generation": 4,
        "observedGeneration": 4,
        "updatedReplicas": 1,
        "replicas": 4,
        "readyReplicas": 3,
        "availableReplicas": 3,
        "pods": {"new-1": "container c0 cannot get its image (ErrImagePull): not found"},
    }


def test_a_job_that_has_failed_is_told_with_its_last_words(kubernetes_api: KubernetesApi) -> None:
    failed = job(condition("Failed", reason="BackoffLimitExceeded", message="too often", at=AFTER))
    ended = container("c0", ready=False, terminated=CRASHED)
    kubernetes_api.put(pod("migrate-1", "Job", ended, phase="Failed"))
    kubernetes_api.log(Ref(POD, "prod", "migrate-1"), *(f"line {n}" for n in range(20)), "no such\x1b[31m table")

    seen = look(failed, api=kubernetes_api).first

    assert seen.reason.startswith("Job prod/web-app: has failed (BackoffLimitExceeded): too often; ")
    assert seen.reason.endswith(
        "the last lines of pod migrate-1: " + " | ".join([*(f"line {n}" for n in range(11, 20)), "no such table"])
    )


def test_a_log_that_may_not_be_read_keeps_nothing_back(kubernetes_api: KubernetesApi) -> None:
    kubernetes_api.put(pod("migrate-1", "Job", container(terminated=CRASHED), phase="Failed"))
    kubernetes_api.fail("get", 403, resource=POD)

    seen = look(job(condition("Failed", reason="DeadlineExceeded", at=AFTER)), api=kubernetes_api).first

    assert (seen.health, "last lines" in seen.reason) == (UNHEALTHY, False)


def test_pods_are_not_listed_where_all_is_well_or_the_release_is_not_in_place(kubernetes_api: KubernetesApi) -> None:
    look(deployment(), api=kubernetes_api)
    look(deployment(release=OLD, ready=0), api=kubernetes_api)

    assert kubernetes_api.count("list", path="/api/v1/namespaces/prod/pods") == 0


def test_pods_that_may_not_be_listed_are_said_to_be(kubernetes_api: KubernetesApi) -> None:
    kubernetes_api.forbid("list", resource=POD)

    seen = look(*rolling(), api=kubernetes_api).later

    assert seen.health is PROGRESSING
    assert f"{TO_COME}; its pods cannot be looked at: the account may not list Pods prod/(app=web-app)" in seen.reason


def test_what_settles_again_after_the_release_left_has_its_time_anew(kubernetes_api: KubernetesApi) -> None:
    cluster = rolling(pod("new-1", "new", waiting("ErrImagePull", "no")))

    seen = story(kubernetes_api, cluster, (deployment(release=OLD),), (cluster[0],), ())

    assert [each.health for each in seen] == [PROGRESSING, PROGRESSING, PROGRESSING, UNHEALTHY]


def test_what_was_healthy_has_its_time_to_become_so_again(kubernetes_api: KubernetesApi) -> None:
    """A pod that moves to another node in a soak may wait for its image as it did in the rollout."""
    moved = (replica_set("new", 4), pod("new-9", "new", waiting("ErrImagePull", "no")), deployment(ready=2))

    seen = story(kubernetes_api, (deployment(),), moved, (), ())

    assert [each.health for each in seen] == [HEALTHY, PROGRESSING, UNHEALTHY, UNHEALTHY]


def test_what_does_not_exist_yet_is_waited_for(kubernetes_api: KubernetesApi) -> None:
    seen = look(api=kubernetes_api).first

    assert (seen.health, seen.reason) == (PROGRESSING, "there is no Deployment prod/web-app")
    assert not seen.proven


def test_of_several_workloads_the_worst_counts(kubernetes_api: KubernetesApi) -> None:
    kubernetes_api.put(daemon_set())
    cluster = [deployment(), stateful_set(current="old", updated=1)]
    workloads = ["deployment/web-app", "statefulset/{application}", "daemonset/web-app", "job/gone"]

    seen = look(*cluster, api=kubernetes_api, workload=workloads).first

    assert seen.health is PROGRESSING
    assert seen.reason == "StatefulSet prod/web-app: 1 of 3 pods run the release; there is no Job prod/gone"
    assert len(seen.evidence["workloads"]) == 3  # type: ignore[arg-type]


def test_one_that_has_failed_for_good_ends_the_wait_for_the_others(kubernetes_api: KubernetesApi) -> None:
    failed = deployment(updated=1, conditions=[exceeded(AFTER)])

    seen = look(failed, stateful_set(updated=1), api=kubernetes_api, workload=["deployment/web-app", "job/gone"]).first

    assert (seen.health, seen.final) == (UNHEALTHY, True)


def test_a_selector_selects_workloads_as_they_come(kubernetes_api: KubernetesApi) -> None:
    options = {"resource": "deployment", "selector": "app={application}"}

    none = look(api=kubernetes_api, **options).first
    some = look(deployment(), deployment(name="web-app-canary", ready=1), api=kubernetes_api, **options).first

    assert (none.health, none.reason) == (PROGRESSING, "there are no Deployments prod/(app=web-app)")
    assert (some.health, some.reason) == (PROGRESSING, "Deployment prod/web-app-canary: 1 of 3 replicas ready")


def test_it_proves_the_release_and_has_a_name() -> None:
    check = KubernetesCheck(kind="kubernetes", workload="deployment/web-app", namespace="prod", context="east")
    several = KubernetesCheck(kind="kubernetes", selector="app=web", resource="job")

    assert CHECKS["kubernetes"] is KubernetesCheck
    assert check.proves_release
    assert (check.label, several.label) == ("deployment/web-app in prod of east", "jobs in default with app=web")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({}, "write either workload:, e.g. deployment/web-app, or selector: with resource:"),
        ({"workload": "deployment/a", "selector": "a=b"}, "write either workload:"),
        ({"selector": "a=b"}, "selector: and resource: belong together"),
        ({"workload": "deployment/a", "resource": "job"}, "selector: and resource: belong together"),
        ({"workload": "web-app"}, "'web-app' is not a kind and a name, e.g. deployment/web-app"),
        ({"workload": "deployment/"}, "'deployment/' is not a kind and a name"),
        ({"workload": ["deploymnt/a"]}, "'deploymnt' is no kind of workload (did you mean \"deployment\"?)"),
        ({"workload": "deployment/{app}"}, "unknown placeholder {app}"),
        ({"workload": []}, "at least 1 item"),
    ],
)
def test_what_cannot_be_meant_is_refused(options: Json, message: str) -> None:
    with pytest.raises(ValidationError) as caught:
        KubernetesCheck.model_validate({"kind": "kubernetes", **options})

    assert message in str(caught.value)


def test_validate_live_names_what_is_not_there(kubernetes_api: KubernetesApi) -> None:
    kubernetes_api.put(deployment())
    check = KubernetesCheck(
        kind="kubernetes", workload=["deployment/web-app", "deployment/{application}-worker"], namespace="prod"
    )

    remarks = asyncio.run(check.lint(TARGET, facilities(objects=KubernetesObjects())))

    assert [remark.message for remark in remarks] == ["the cluster has no Deployment prod/web-app-worker"]


def test_pods_of_others_with_the_same_labels_are_not_looked_at(kubernetes_api: KubernetesApi) -> None:
    stranger = owned(pod("stranger", "x", waiting("ErrImagePull", "no")), "somebody else")

    seen = look(*rolling(stranger), api=kubernetes_api).later

    assert (seen.health, seen.reason) == (PROGRESSING, f"{DEPLOYMENT.kind} prod/web-app: {TO_COME}")
