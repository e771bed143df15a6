"""Somebody who watches Deployments, and a test that waits for what they see."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable
from typing import Any

from promontory.clusters import KubernetesObjects
from promontory.errors import TransientError
from promontory.live_objects import DEPLOYMENT, Document, Ref, Subject, Watching
from promontory.sandbox.kubernetes import KubernetesApi

PATIENCE = 20  # seconds; nothing here takes so long, unless it never happens
IN_PROD = "/apis/apps/v1/namespaces/prod/deployments"
APPLICATIONS = "/apis/argoproj.io/v1alpha1/namespaces/argocd/applications"
EVERYWHERE = "/apis/apps/v1/deployments"


def ref(name: str = "web-app", namespace: str = "prod") -> Ref:
    return Ref(DEPLOYMENT, namespace, name)


def deployment(name: str = "web-app", namespace: str = "prod", replicas: int = 1, **labels: str) -> dict[str, Any]:
    metadata = {"name": name, "namespace": namespace, "labels": labels, "managedFields": [{"manager": "kubectl"}]}
    return {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": metadata, "spec": {"replicas": replicas}}


def scale(api: KubernetesApi, replicas: int, subject: Ref | None = None) -> None:
    api.change(subject or ref(), lambda found: found["spec"].update(replicas=replicas))


def replicas(found: tuple[Document, ...]) -> list[int]:
    return [document["spec"]["replicas"] for document in found]


def names(found: tuple[Document, ...]) -> list[str]:
    return [document["metadata"]["name"] for document in found]


def watching(*subjects: Subject, body: Callable[[Watching], Awaitable[None]], objects: Any = None) -> None:
    async def run() -> None:
        async with asyncio.timeout(PATIENCE), (objects or KubernetesObjects()).watching(subjects) as eye:
            await body(eye)

    asyncio.run(run())


async def sees(eye: Watching, wanted: Callable[[tuple[Document, ...]], bool]) -> tuple[Document, ...]:
    """Look, and look again when there is news, until it is as wanted; without an answer is never as wanted."""
    while True:
        try:
            if wanted(found := await eye.look()):
                return found
        except TransientError:
            pass
        await eye.changed()


async def eventually(condition: Callable[[], bool]) -> None:
    while not condition():  # noqa: ASYNC110 - what it waits for happens in other threads
        await asyncio.sleep(0.01)


async def opens(api: KubernetesApi, watches: dict[str, int]) -> None:
    """The server counts a watch a little after its client knows of it."""
    await eventually(lambda: api.open_watches() == watches)


def watchers() -> list[str]:
    return [thread.name for thread in threading.enumerate() if thread.name.startswith("watch of")]
