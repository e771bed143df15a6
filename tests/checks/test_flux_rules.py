"""What Flux's objects say of our commit: the rules, each as an object as its controller leaves it."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings, strategies

from promontory.checks.flux.evidence import of_kustomization as of_kustomization_evidence
from promontory.checks.flux.findings import Finding, Wanted
from promontory.checks.flux.helm_release import judge_helm_release
from promontory.checks.flux.kustomization import judge_kustomization
from promontory.checks.flux.objects import SOURCES, FluxObject, commit_in, words
from promontory.health import Health
from promontory.live_objects import HELM_RELEASE, KUSTOMIZATION
from tests.checks.flux_helm_release_cases import (
    EXCEEDED,
    HELM_RELEASES,
    HISTORY,
    NOT_READY,
    ONCE,
    REMEDIATED,
    ROLLED_BACK,
    UPGRADE_FAILED,
)
from tests.checks.flux_kustomization_cases import (
    FAILED,
    HEALTHY,
    KUSTOMIZATIONS,
    PROGRESSING,
    SOURCED,
    UNKNOWN_READY,
    Json,
    old,
    trying,
)
from tests.checks.flux_samples import DIGEST, ELSEWHERE, NEWER, OLDER, OURS, at, helm_release, kustomization

KNOWN = {OURS: True, NEWER: True, OLDER: False, ELSEWHERE: None}


def of_kustomization(seen: Json, source: Json | None = None) -> Finding:
    found = FluxObject(SOURCES[source["kind"]], source) if source else None
    return judge_kustomization(FluxObject(KUSTOMIZATION, seen), found, Wanted(OURS, KNOWN))


@pytest.mark.parametrize(("seen", "health", "reason"), KUSTOMIZATIONS)
def test_kustomization(seen: Json, health: Health, reason: str) -> None:
    found = of_kustomization(seen)

    assert (found.health, reason in found.reason) == (health, True), found.reason
    assert found.proven is (health is HEALTHY)


@pytest.mark.parametrize(("seen", "source", "health", "reason"), SOURCED)
def test_kustomization_with_its_source(seen: Json, source: Json, health: Health, reason: str) -> None:
    found = of_kustomization(seen, source)

    assert (found.health, reason in found.reason) == (health, True), found.reason


def test_what_looks_unhealthy_is_given_time_from_when_our_commit_was_tried() -> None:
    tried, failed = of_kustomization(trying(UNKNOWN_READY)), of_kustomization(trying(FAILED))

    assert tried.settling == failed.settling != ""
    assert of_kustomization(old()).settling == ""


def test_only_a_reconcile_of_what_was_applied_before_passes_by_itself() -> None:
    again, first = of_kustomization(kustomization(UNKNOWN_READY)), of_kustomization(trying(UNKNOWN_READY))

    assert (again.passing, first.passing) == (True, False)


@pytest.mark.parametrize(("seen", "health", "reason"), HELM_RELEASES)
def test_helm_release(seen: Json, health: Health, reason: str) -> None:
    found = judge_helm_release(FluxObject(HELM_RELEASE, seen), asked=True)

    assert (found.health, reason in found.reason) == (health, True), found.reason


def of_helm_release(seen: Json, **options: Any) -> Finding:
    return judge_helm_release(FluxObject(HELM_RELEASE, seen), **{"asked": True, **options})


def test_ready_is_stale_until_it_has_reconciled_since_our_commit_was_applied() -> None:
    found = of_helm_release(helm_release(), asked=False)

    assert (found.health, found.passing) == (PROGRESSING, True)
    assert found.reason == "it has not reconciled since our commit was applied"


@pytest.mark.parametrize("result", [(ROLLED_BACK, UPGRADE_FAILED, REMEDIATED), (NOT_READY, UPGRADE_FAILED, EXCEEDED)])
def test_a_failure_is_final_only_where_it_is_known_to_be_about_our_commit(result: tuple[Json, ...]) -> None:
    failed = helm_release(*result, changes=ONCE)

    assert of_helm_release(failed).final
    assert not of_helm_release(failed, asked=None).final
    assert of_helm_release(failed, asked=False).health is PROGRESSING


@pytest.mark.parametrize(
    ("runs", "wanted", "health"),
    [
        ("1.3.0", "1.3.0", HEALTHY),
        ("1.3.0", "v1.3.0", HEALTHY),
        ("v1.3.0", "1.3.0", HEALTHY),
        ("1.3.0+0123abc", "1.3.0", HEALTHY),
        ("1.3.0+0123abc", "1.3.0+4567def", PROGRESSING),
        ("1.2.0", "1.3.0", PROGRESSING),
    ],
)
def test_the_chart_may_have_to_be_of_a_version(runs: str, wanted: str, health: Health) -> None:
    found = of_helm_release(helm_release(changes={f"{HISTORY}.chartVersion": runs}), chart_version=wanted)

    assert found.health is health
    assert health is HEALTHY or found.reason == f"it runs chart version {runs}, not {wanted} yet"


@pytest.mark.parametrize(
    ("revision", "commit"),
    [
        (f"main@sha1:{OURS}", OURS),
        (f"sha1:{OURS}", OURS),
        (f"main/{OURS}", OURS),
        (f"feature/x/{OURS}", OURS),
        (f"refs/heads/main@sha1:{OURS}", OURS),
        (f"main@sha256:{DIGEST}", DIGEST),
        (OURS, OURS),
        ("", None),
        ("main", None),
        (f"main@sha1:{OURS[:12]}", None),
        (f"main@sha1:{OURS}x", None),
        (f"x{OURS}", None),
    ],
)
def test_the_commit_is_read_from_every_form_of_a_revision(revision: str, commit: str | None) -> None:
    assert commit_in(revision) == commit


def test_what_a_controller_says_is_one_bounded_printable_line() -> None:
    assert words("health check\nfailed\x1b[31m after\t1m") == "health check failed after 1m"
    assert len(words("x" * 10_000)) == 400
    assert words({"a": 1}) == ""


KEYS = [
    "metadata",
    "spec",
    "status",
    "conditions",
    "type",
    "reason",
    "message",
    "generation",
    "observedGeneration",
    "sourceRef",
    "kind",
    "name",
    "artifact",
    "revision",
    "lastAppliedRevision",
    "lastAttemptedRevision",
    "history",
    "suspend",
    "wait",
    "test",
    "enable",
    "upgrade",
    "remediation",
    "retries",
]
ANYTHING = strategies.recursive(
    strategies.none()
    | strategies.booleans()
    | strategies.integers()
    | strategies.sampled_from([at(OURS), "True", "False", "Ready", "Released", "Stalled", "GitRepository", "upgrade"]),
    lambda inner: strategies.lists(inner, max_size=3) | strategies.dictionaries(strategies.sampled_from(KEYS), inner),
    max_leaves=30,
)


@given(ANYTHING, ANYTHING)
@settings(max_examples=300, deadline=None)
def test_whatever_the_api_answers_is_judged_and_nothing_is_healthy_by_accident(one: object, other: object) -> None:
    seen, source = ({"metadata": {}, "spec": it, "status": it} for it in (one, other))
    kustomized = FluxObject(KUSTOMIZATION, seen)
    found = [
        judge_kustomization(kustomized, FluxObject(SOURCES["GitRepository"], source), Wanted(OURS, {OURS: False})),
        judge_helm_release(FluxObject(HELM_RELEASE, seen), asked=None),
    ]

    assert [each.health for each in found if each.health is HEALTHY] == []
    assert of_kustomization_evidence(kustomized, None).keys() >= {"health_checked"}
