"""Logs of pods through the real client: as they come, and without holding anything up."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from promontory.clusters import KubernetesObjects
from promontory.errors import ClusterError, TransientError
from promontory.live_objects import POD, Ref
from promontory.sandbox.kubernetes import KubernetesApi

MANY = 40  # more than an event loop has threads for everything


def pod(api: KubernetesApi, name: str = "smoke") -> Ref:
    ref = Ref(POD, "tests", name)
    status: dict[str, Any] = {"phase": "Running", "containerStatuses": [{"name": "main", "state": {"running": {}}}]}
    api.put(
        {
            "apiVersion": "v1",
            "kind": "Pod",
            "metadata": {"name": name, "namespace": "tests"},
            "spec": {"containers": [{"name": "main"}]},
            "status": status,
        }
    )
    return ref


async def all_of(ref: Ref, tail: int | None = None) -> list[str]:
    return [line async for line in KubernetesObjects().log(ref, tail=tail)]


def test_lines_come_until_the_container_ends(kubernetes_api: KubernetesApi) -> None:
    ref = pod(kubernetes_api)
    kubernetes_api.log(ref, "one", "", "two \xe9\u2713", end=True)

    assert asyncio.run(all_of(ref)) == ["one", "", "two \xe9\u2713"]


def test_a_line_is_seen_while_the_container_goes_on(kubernetes_api: KubernetesApi) -> None:
    ref = pod(kubernetes_api)

    async def look() -> list[str]:
        lines = KubernetesObjects().log(ref)
        kubernetes_api.log(ref, "first")
        seen = [await anext(lines)]
        kubernetes_api.log(ref, "second", end=True)
        return [*seen, *[line async for line in lines]]

    assert asyncio.run(look()) == ["first", "second"]


def test_the_last_lines_so_far_can_be_had_alone(kubernetes_api: KubernetesApi) -> None:
    ref = pod(kubernetes_api)
    kubernetes_api.log(ref, *(str(number) for number in range(100)))

    assert asyncio.run(all_of(ref, tail=2)) == ["98", "99"]


def test_many_silent_logs_hold_up_nobody_and_end_when_they_are_let_go(kubernetes_api: KubernetesApi) -> None:
    refs = [pod(kubernetes_api, f"pod-{number}") for number in range(MANY)]
    for ref in refs:
        kubernetes_api.log(ref, "begun")
    objects = KubernetesObjects()
    begun: list[str] = []
    all_begun = asyncio.Event()

    async def follow(ref: Ref) -> None:
        async for line in objects.log(ref):
            begun.append(line)
            if len(begun) == MANY:
                all_begun.set()

    async def look() -> None:
        following = [asyncio.create_task(follow(ref)) for ref in refs]
        await all_begun.wait()
        assert (await objects.get(refs[0]))["metadata"]["name"] == "pod-0"
        for task in following:
            task.cancel()
        async with asyncio.timeout(20):  # far below the time that a log may be silent
            await asyncio.gather(*following, return_exceptions=True)

    asyncio.run(look())

    assert begun == ["begun"] * MANY


def test_a_line_without_an_end_is_cut(kubernetes_api: KubernetesApi) -> None:
    ref = pod(kubernetes_api)
    kubernetes_api.log(ref, "x" * 1_000_000, end=True)

    lines = asyncio.run(all_of(ref))

    assert "".join(lines) == "x" * 1_000_000
    assert max(map(len, lines)) < 200_000


def test_without_the_right_to_read_it_says_what_is_missing(kubernetes_api: KubernetesApi) -> None:
    kubernetes_api.fail("get", 403, times=1, resource=POD)

    with pytest.raises(ClusterError):
        asyncio.run(all_of(pod(kubernetes_api)))


def test_an_api_that_is_away_may_be_asked_later(kubernetes_api: KubernetesApi) -> None:
    ref = pod(kubernetes_api)

    with kubernetes_api.away(), pytest.raises(TransientError):
        asyncio.run(all_of(ref))
