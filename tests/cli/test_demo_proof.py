"""The demo's claim that its verdicts say what Argo CD says: it does not hold where they do not."""

from __future__ import annotations

import pytest

from promontory.cli.demo_argocd import agree_with_argocd
from promontory.health import CheckResult, Health, Verdict
from promontory.sandbox.kubernetes import KubernetesApi
from tests.cli.conftest import Sample


def judge(sample: Sample, wanted: str, seen: str, check: str = "argocd web-app-dev") -> None:
    """A verdict that rests on this."""
    workspace, hop = sample.hop("v1.3.0", "dev")
    evidence = {"wanted": wanted, "revisions": [seen]}
    checks = (CheckResult(check=check, health=Health.HEALTHY, evidence=evidence),)
    verdict = Verdict(health=Health.HEALTHY, checks=checks)
    workspace.append([workspace.entry("verdict", hop.place, "v1.3.0", "0123456789ab", verdict=verdict)])


@pytest.fixture
def deployed(kubernetes_api: KubernetesApi) -> None:
    """Argo CD has deployed the commits aaa and bbb."""
    kubernetes_api.put(
        {
            "apiVersion": "argoproj.io/v1alpha1",
            "kind": "Application",
            "metadata": {"name": "web-app-dev", "namespace": "argocd"},
            "spec": {},
            "status": {"history": [{"id": 0, "revision": "aaa"}, {"id": 1, "revision": "bbb"}]},
        }
    )


def test_it_holds_where_argo_cd_has_deployed_what_every_verdict_names(sample: Sample, deployed: None) -> None:
    judge(sample, "aaa", "aaa")
    judge(sample, "aaa", "bbb")

    assert agree_with_argocd(sample.workspace(), "web-app")


@pytest.mark.parametrize(("wanted", "seen"), [("ccc", "bbb"), ("aaa", "ccc")])
def test_it_does_not_hold_where_one_verdict_names_another_commit(
    sample: Sample, deployed: None, wanted: str, seen: str
) -> None:
    judge(sample, "aaa", "aaa")
    judge(sample, wanted, seen)

    assert not agree_with_argocd(sample.workspace(), "web-app")


def test_it_does_not_hold_where_a_verdict_rests_on_other_checks_alone(sample: Sample, deployed: None) -> None:
    judge(sample, "aaa", "aaa")
    judge(sample, "aaa", "aaa", check="http")

    assert not agree_with_argocd(sample.workspace(), "web-app")


def test_it_does_not_hold_without_verdicts(sample: Sample, deployed: None) -> None:
    assert not agree_with_argocd(sample.workspace(), "web-app")
