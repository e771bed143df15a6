"""Watches, through the real client and a real server that fails, forgets, forbids, hangs and goes away."""

from __future__ import annotations

import asyncio
import logging

import pytest

from promontory.clusters import KubernetesObjects
from promontory.errors import ClusterError, ObjectNotFound, TransientError
from promontory.live_objects import DEPLOYMENT, Selection, Watching
from promontory.sandbox.kubernetes import CLUSTER_WIDE, KubernetesApi, Refusal
from tests.clusters.watchers import (
    IN_PROD,
    deployment,
    eventually,
    opens,
    ref,
    replicas,
    scale,
    sees,
    watching,
)


@pytest.fixture
def api(cluster: KubernetesApi) -> KubernetesApi:
    return cluster


def test_bookmarks_carry_a_quiet_watch_over_what_is_forgotten_meanwhile(api: KubernetesApi) -> None:
    api.put(deployment())

    async def body(eye: Watching) -> None:
        await eye.look()
        api.put({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "x", "namespace": "prod"}})
        api.compact()
        api.bookmark()
        await asyncio.sleep(0.1)
        api.drop_watches(in_order=True)
        await eventually(lambda: api.count("watch") == 2 and api.open_watches() == {IN_PROD: 1})
        scale(api, 2)
        await sees(eye, lambda found: replicas(found) == [2])
        assert api.count("list") == 1

    watching(ref(), body=body)


@pytest.mark.parametrize("as_event", [True, False], ids=["as an event", "as the status"])
def test_where_the_api_has_forgotten_the_version_all_is_listed_again(api: KubernetesApi, as_event: bool) -> None:
    api.put(deployment())
    api.put(deployment("gone"))

    async def body(eye: Watching) -> None:
        assert len(await eye.look()) == 2
        api.before("watch", lambda: (scale(api, 9), api.delete(ref("gone")), api.compact(as_event=as_event)))
        api.drop_watches()
        await sees(eye, lambda found: replicas(found) == [9])
        assert api.count("list") == 2

    watching(ref(), ref("gone"), body=body)


@pytest.mark.parametrize("in_order", [True, False], ids=["timed out", "broken off"])
def test_a_watch_that_ends_goes_on_from_where_it_was(api: KubernetesApi, in_order: bool) -> None:
    api.put(deployment())

    async def body(eye: Watching) -> None:
        await eye.look()
        api.before("watch", lambda: scale(api, 6))
        api.drop_watches(in_order=in_order)
        await sees(eye, lambda found: replicas(found) == [6])
        assert api.count("list") == 1

    watching(ref(), body=body)


def test_an_error_in_the_watch_is_lived_through(api: KubernetesApi) -> None:
    api.put(deployment())

    async def body(eye: Watching) -> None:
        await eye.look()
        api.drop_watches(error=Refusal(500, "etcd has no leader"))
        await eventually(lambda: api.count("watch") >= 2)
        scale(api, 3)
        await sees(eye, lambda found: replicas(found) == [3])

    watching(ref(), body=body)


def test_a_server_that_is_away_is_said_to_be_and_what_happened_is_seen_when_it_is_back(api: KubernetesApi) -> None:
    api.put(deployment())

    async def body(eye: Watching) -> None:
        await eye.look()
        with api.away():
            scale(api, 2)
            with pytest.raises(TransientError, match="cannot be reached"):
                await _looks_until_told(eye)
        await sees(eye, lambda found: replicas(found) == [2])
        await opens(api, {IN_PROD: 1})

    watching(ref(), body=body)


def test_a_list_that_hangs_does_not_hold_up_who_looks(api: KubernetesApi) -> None:
    api.put(deployment())
    api.slow("list", 60)

    async def body(eye: Watching) -> None:
        assert replicas(await eye.look()) == [1]
        assert not api.open_watches()

    watching(ref(), body=body)


def test_a_watch_that_is_dropped_and_hangs_then_is_not_believed(api: KubernetesApi) -> None:
    api.put(deployment())

    async def body(eye: Watching) -> None:
        await eye.look()
        api.slow("watch", 60)
        api.drop_watches()
        await eventually(lambda: api.count("watch") == 2)
        scale(api, 2)
        await sees(eye, lambda found: replicas(found) == [2])
        assert not api.open_watches()

    watching(ref(), body=body)


def test_an_answer_that_hangs_does_not_hold_up_who_looks_once_the_watch_stands(api: KubernetesApi) -> None:
    api.put(deployment())
    api.fail("watch", 500)
    api.slow("get", 60, times=100)

    async def body(eye: Watching) -> None:
        assert replicas(await eye.look()) == [1]
        await opens(api, {IN_PROD: 1})

    watching(ref(), body=body, objects=KubernetesObjects(timeout=2))


def test_where_a_watch_does_not_stand_whoever_looks_is_answered_by_the_api(api: KubernetesApi) -> None:
    api.put(deployment())
    api.fail("watch", 500, "no leader", times=10_000)

    async def body(eye: Watching) -> None:
        assert replicas(await eye.look()) == [1]
        scale(api, 2)
        assert replicas(await eye.look()) == [2]
        api.heal()
        await opens(api, {IN_PROD: 1})
        await eye.look()
        asked = api.count("get")
        scale(api, 3)
        await sees(eye, lambda found: replicas(found) == [3])
        assert api.count("get") == asked, "the watch stands again"

    watching(ref(), body=body)


def test_where_all_namespaces_may_not_be_watched_each_is(api: KubernetesApi, caplog: pytest.LogCaptureFixture) -> None:
    api.put(deployment())
    api.put(deployment(namespace="dev"))
    api.forbid(namespace=CLUSTER_WIDE)
    caplog.set_level(logging.INFO, "promontory.clusters")

    async def body(eye: Watching) -> None:
        assert len(await eye.look()) == 2
        await opens(api, {IN_PROD: 1, IN_PROD.replace("prod", "dev"): 1})
        scale(api, 2)
        await sees(eye, lambda found: replicas(found) == [1, 2])

    watching(ref(), ref(namespace="dev"), body=body)
    assert "the account may not list Deployments in all namespaces" in caplog.text
    assert "`kubectl auth can-i list deployments.apps --all-namespaces` says yes" in caplog.text


@pytest.mark.parametrize("verb", ["list", "watch"])
def test_where_nothing_may_be_watched_each_object_is_asked_for(
    api: KubernetesApi, verb: str, caplog: pytest.LogCaptureFixture
) -> None:
    api.put(deployment())
    api.forbid(verb)

    async def body(eye: Watching) -> None:
        assert replicas(await eye.look()) == [1]
        scale(api, 2)
        await sees(eye, lambda found: replicas(found) == [2])
        assert not api.open_watches()

    watching(ref(), body=body)
    assert f"the account may not {verb} Deployment prod/web-app: deployments.apps" in caplog.text
    assert "asked for once a second" in caplog.text
    assert f"`kubectl auth can-i {verb} deployments.apps -n prod` says yes" in caplog.text


def test_what_may_not_even_be_asked_for_is_an_error_that_says_how_to_allow_it(api: KubernetesApi) -> None:
    api.forbid()

    async def body(eye: Watching) -> None:
        with pytest.raises(ClusterError) as caught:
            await eye.look()
        assert caught.value.message.startswith("the account may not get Deployment prod/web-app: deployments.apps")
        assert caught.value.remedy == (
            "allow it, by a role that is bound to the account, so that "
            "`kubectl auth can-i get deployments.apps -n prod` says yes"
        )

    watching(ref(), body=body)


def test_a_resource_that_the_cluster_does_not_know_is_no_object(api: KubernetesApi) -> None:
    api.uninstall(DEPLOYMENT)

    async def body(eye: Watching) -> None:
        assert await eye.look() == ()

    watching(ref(), body=body)
    with pytest.raises(ObjectNotFound):
        asyncio.run(KubernetesObjects().select(Selection(DEPLOYMENT, "prod", "a=b")))


def test_no_kubeconfig_is_an_error_when_somebody_looks_not_before(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KUBECONFIG", "/nonexistent")

    async def body(eye: Watching) -> None:
        with pytest.raises(ClusterError, match=r"the kubeconfig .* cannot be used"):
            await eye.look()

    watching(ref(), body=body)


async def _looks_until_told(eye: Watching) -> None:
    """For a moment what came last is still as good as an answer."""
    while replicas(await eye.look()) == [1]:  # noqa: ASYNC110 - what it waits for happens in other threads
        await asyncio.sleep(0.05)
