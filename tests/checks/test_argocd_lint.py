"""What `promontory validate --live` finds remarkable about Applications."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from promontory.errors import ClusterError
from promontory.options import Remark
from promontory.sandbox.kubernetes import KubernetesApi
from tests.checks.argocd_objects import CHARTS, TARGET, Json, application, source
from tests.checks.argocd_stories import Story, check, means


def lint(api: KubernetesApi, *documents: Json, **options: Any) -> list[str]:
    for document in documents:
        api.put(document)
    found: tuple[Remark, ...] = asyncio.run(check(**options).lint(TARGET, means(Story(api))))
    return [f"{remark.message} → {remark.remedy}" for remark in found]


def test_an_application_as_it_should_be_is_not_remarkable(kubernetes_api: KubernetesApi) -> None:
    assert lint(kubernetes_api, application()) == []


def test_nothing_is_asked_for_or_changed(kubernetes_api: KubernetesApi) -> None:
    lint(kubernetes_api, application({"syncPolicy": {}}, status={}), sync=True)

    assert kubernetes_api.count("patch", "update", "create", "delete") == 0


def test_an_application_that_does_not_exist(kubernetes_api: KubernetesApi) -> None:
    assert lint(kubernetes_api) == [
        "there is no Application argocd/web-app-staging → correct application: or selector:, and namespace:"
    ]


def test_a_manual_policy_that_nobody_syncs(kubernetes_api: KubernetesApi) -> None:
    manual = application({"syncPolicy": {}})

    assert lint(kubernetes_api, manual) == [
        "the sync policy of the Application argocd/web-app-staging is manual, so every promotion waits for somebody to "
        "sync it → write sync: true, or automate the policy"
    ]
    assert lint(kubernetes_api, manual, sync=True) == []


def test_an_application_of_another_repository(kubernetes_api: KubernetesApi) -> None:
    chart = application({"source": source("1.2.3", CHARTS)})

    assert lint(kubernetes_api, chart) == [
        "no source of the Application argocd/web-app-staging is the GitOps repository (it has https://charts.acme.example)"
        ' → say with revision: what it must run, e.g. revision: "{release}"'
    ]
    assert lint(kubernetes_api, chart, revision="{release}") == []


def test_what_may_not_be_read_is_an_error(kubernetes_api: KubernetesApi) -> None:
    kubernetes_api.forbid("get")

    with pytest.raises(ClusterError, match="the account may not get Application argocd/web-app-staging"):
        lint(kubernetes_api)
