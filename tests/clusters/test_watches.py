"""Watches, through the real client and a real server: what they see, how many there are, and how they end."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
import yaml

from promontory.clusters import KubernetesObjects
from promontory.live_objects import APPLICATION, DEPLOYMENT, Ref, Selection, Watching
from promontory.sandbox.kubernetes import KubernetesApi
from tests.clusters.watchers import (
    APPLICATIONS,
    EVERYWHERE,
    IN_PROD,
    PATIENCE,
    deployment,
    eventually,
    names,
    opens,
    ref,
    replicas,
    scale,
    sees,
    watchers,
    watching,
)
from tests.exchange.certificates import Authority


@pytest.fixture
def api(cluster: KubernetesApi) -> KubernetesApi:
    return cluster


# --- what is seen ---


def test_a_change_is_seen_without_asking_again(api: KubernetesApi) -> None:
    api.put(deployment())

    async def body(eye: Watching) -> None:
        assert replicas(await eye.look()) == [1]
        asked = api.count("get", "list")
        changing = asyncio.create_task(eye.changed())
        await asyncio.sleep(0.05)
        assert not changing.done()

        scale(api, 2)

        await changing
        assert replicas(await eye.look()) == [2]
        assert api.count("get", "list") == asked

    watching(ref(), body=body)


def test_an_object_that_does_not_exist_is_missing_until_it_is_made_and_again_when_it_is_deleted(
    api: KubernetesApi,
) -> None:
    async def body(eye: Watching) -> None:
        assert await eye.look() == ()
        api.put(deployment())
        await sees(eye, lambda found: names(found) == ["web-app"])
        api.delete(ref())
        await sees(eye, lambda found: not found)

    watching(ref(), body=body)


def test_what_others_do_is_no_news(api: KubernetesApi) -> None:
    api.put(deployment())

    async def body(eye: Watching) -> None:
        await eye.look()
        changing = asyncio.create_task(eye.changed())
        api.put(deployment("other"))
        scale(api, 3, ref("other"))
        await asyncio.sleep(0.1)
        assert not changing.done()
        scale(api, 2)
        await changing

    watching(ref(), ref("another"), body=body)


def test_a_selection_is_what_its_labels_say_now(api: KubernetesApi) -> None:
    api.put(deployment("a", app="web"))
    api.put(deployment("b", app="api"))
    api.put(deployment("c", "dev", app="web"))

    async def body(eye: Watching) -> None:
        assert names(await eye.look()) == ["a"]
        api.change(ref("b"), lambda found: found["metadata"]["labels"].update(app="web"))
        await sees(eye, lambda found: names(found) == ["a", "b"])
        api.change(ref("a"), lambda found: found["metadata"]["labels"].update(app="api"))
        await sees(eye, lambda found: names(found) == ["b"])

    watching(Selection(DEPLOYMENT, "prod", "app in (web, shop)"), body=body)


def test_objects_come_as_the_api_gives_them_one_by_one_without_what_is_large_and_tells_nothing(
    api: KubernetesApi,
) -> None:
    api.put(deployment())

    async def body(eye: Watching) -> None:
        (found,) = await eye.look()
        assert (found["apiVersion"], found["kind"]) == ("apps/v1", "Deployment")
        assert "managedFields" not in found["metadata"]

    watching(ref(), body=body)


def test_large_lists_come_in_pages_and_only_what_is_watched_is_kept(api: KubernetesApi) -> None:
    for number in range(1234):
        api.put(deployment(f"app-{number:04}"))
    objects = KubernetesObjects()

    async def body(eye: Watching) -> None:
        assert names(await eye.look()) == ["app-0007", "app-1200"]
        assert api.count("list") == 3
        (watch,) = objects._watches._watches.values()
        assert len(watch._copy._documents) == 2

    watching(ref("app-1200"), ref("app-0007"), body=body, objects=objects)


# --- how many watches ---


def test_a_hundred_objects_of_one_namespace_are_one_watch_there(api: KubernetesApi) -> None:
    subjects = [ref(f"app-{number}") for number in range(100)]
    for subject in subjects:
        api.put(deployment(subject.name))

    async def body(eye: Watching) -> None:
        assert len(await eye.look()) == 100
        await opens(api, {IN_PROD: 1})
        assert (api.count("list"), api.count("get")) == (1, 0)

    watching(*subjects, body=body)


def test_one_object_is_watched_by_itself_until_there_is_a_second_one(api: KubernetesApi) -> None:
    """A namespace may hold a thousand large Applications; for one of them the others need not be read."""
    api.put(deployment())
    api.put(deployment("second"))
    objects = KubernetesObjects()

    async def run() -> None:
        async with asyncio.timeout(PATIENCE), objects.watching([ref()]) as one:
            await one.look()
            assert selected(api) == ["metadata.name=web-app"] * 2
            async with objects.watching([ref("second")]) as second:
                assert names(await second.look()) == ["second"]
                await opens(api, {IN_PROD: 1})
                assert selected(api) == ["metadata.name=web-app"] * 2 + [None] * 2
            scale(api, 3)
            await sees(one, lambda found: replicas(found) == [3])
            assert len(selected(api)) == 4, "what stands is not made narrower"

    asyncio.run(run())


def test_a_hundred_eyes_are_one_watch(api: KubernetesApi) -> None:
    objects = KubernetesObjects()
    for number in range(100):
        api.put(deployment(f"app-{number}"))

    async def run() -> None:
        async with asyncio.timeout(PATIENCE), AsyncExitStack() as stack:
            eyes = [await stack.enter_async_context(objects.watching([ref(f"app-{n}")])) for n in range(100)]
            found = await asyncio.gather(*(eye.look() for eye in eyes))
            assert [len(each) for each in found] == [1] * 100
            await opens(api, {IN_PROD: 1})
            scale(api, 5, ref("app-42"))
            await sees(eyes[42], lambda found: replicas(found) == [5])

    asyncio.run(run())


def test_from_the_second_namespace_on_all_of_them_are_one_watch(api: KubernetesApi) -> None:
    api.put(deployment())
    api.put(deployment(namespace="dev"))
    objects = KubernetesObjects()

    async def run() -> None:
        async with asyncio.timeout(PATIENCE), objects.watching([ref()]) as one:
            await one.look()
            await opens(api, {IN_PROD: 1})
            async with objects.watching([ref(namespace="dev")]) as other:
                assert len(await other.look()) == 1
                await opens(api, {EVERYWHERE: 1})
                for eye, subject in ((one, ref()), (other, ref(namespace="dev"))):
                    scale(api, 4, subject)
                    await sees(eye, lambda found: replicas(found) == [4])

    asyncio.run(run())


def test_each_resource_has_a_watch_of_its_own(api: KubernetesApi) -> None:
    application = Ref(APPLICATION, "argocd", "web-app")
    api.put({"apiVersion": "argoproj.io/v1alpha1", "kind": "Application", "metadata": _named(application)})
    api.put(deployment())

    async def body(eye: Watching) -> None:
        assert len(await eye.look()) == 2
        await opens(api, {IN_PROD: 1, APPLICATIONS: 1})

    watching(ref(), application, body=body)


def test_an_eye_that_comes_later_sees_what_the_watch_had_passed_over(api: KubernetesApi) -> None:
    api.put(deployment())
    api.put(deployment("late", replicas=7))
    objects = KubernetesObjects()

    async def run() -> None:
        async with asyncio.timeout(PATIENCE), objects.watching([ref(), ref("another")]) as one:
            await one.look()
            async with objects.watching([ref("late")]) as late:
                assert replicas(await late.look()) == [7]
                assert api.count("get") == 1
                scale(api, 8, ref("late"))
                await sees(late, lambda found: replicas(found) == [8])
                assert (api.count("list"), api.count("get")) == (1, 1)

    asyncio.run(run())


# --- how it ends ---


def test_with_the_last_eye_all_ends(api: KubernetesApi) -> None:
    api.put(deployment())
    objects = KubernetesObjects()

    async def run() -> None:
        async with asyncio.timeout(PATIENCE):
            async with objects.watching([ref()]) as one:
                async with objects.watching([ref()]) as other:
                    await asyncio.gather(one.look(), other.look())
                scale(api, 2)
                await sees(one, lambda found: replicas(found) == [2])
                assert len(watchers()) == 1
            assert watchers() == []
            assert objects._watches._clients == {}
            await eventually(lambda: not api.open_watches())

    asyncio.run(run())


def test_a_watch_over_tls_ends_at_once_too(api: KubernetesApi, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    authority = Authority(tmp_path)
    with KubernetesApi() as secure:
        context = authority.server_context("127.0.0.1")
        secure._server.socket = context.wrap_socket(secure._server.socket, server_side=True)
        kubeconfig = yaml.safe_load(secure.kubeconfig(tmp_path / "secure").read_text())
        address = secure.url.replace("http:", "https:")
        kubeconfig["clusters"][0]["cluster"] = {"server": address, "certificate-authority": str(authority.file)}
        (tmp_path / "secure").write_text(yaml.safe_dump(kubeconfig))
        monkeypatch.setenv("KUBECONFIG", str(tmp_path / "secure"))
        secure.put(deployment())

        async def body(eye: Watching) -> None:
            await eye.look()
            await opens(secure, {IN_PROD: 1})
            scale(secure, 2)
            await sees(eye, lambda found: replicas(found) == [2])

        watching(ref(), body=body)
        assert watchers() == []


def test_an_eye_can_be_closed_while_the_watch_begins(api: KubernetesApi) -> None:
    async def body(eye: Watching) -> None:
        await asyncio.sleep(0)

    for _ in range(5):
        watching(ref(), body=body)

    async def quiet() -> None:
        async with asyncio.timeout(PATIENCE):
            await eventually(lambda: not watchers() and not api.open_watches())

    asyncio.run(quiet())


def test_several_event_loops_use_it_one_after_the_other(api: KubernetesApi) -> None:
    api.put(deployment())
    objects = KubernetesObjects()

    async def body(eye: Watching) -> None:
        assert len(await eye.look()) == 1
        scale(api, 2)
        await sees(eye, lambda found: replicas(found) == [2])

    watching(ref(), body=body, objects=objects)
    scale(api, 1)
    watching(ref(), body=body, objects=objects)


def selected(api: KubernetesApi) -> list[str | None]:
    """What each list and each watch was narrowed to."""
    return [request.query.get("fieldSelector") for request in api.requests if request.verb in ("list", "watch")]


def _named(subject: Ref) -> dict[str, str]:
    return {"name": subject.name, "namespace": subject.namespace}
