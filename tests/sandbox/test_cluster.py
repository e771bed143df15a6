"""The cluster over real HTTP, with a source that says what the test wants."""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from promontory.clusters import KubernetesObjects
from promontory.errors import RepositoryError
from promontory.live_objects import APPLICATION, Ref
from promontory.sandbox.behaviour import Behaviour
from promontory.sandbox.cluster import Cluster
from promontory.sandbox.head import Head
from promontory.sandbox.kubernetes import Refusal

AT_ONCE = {"poll": timedelta(milliseconds=10), "delay": timedelta(0)}
NEVER_UP = {"poll": timedelta(milliseconds=10), "delay": timedelta(hours=1)}


class Source:
    """A repository that is wherever the test moves it."""

    def __init__(self, **releases: str) -> None:
        self.trouble: Exception | None = None
        self.move("c1", **releases)

    def move(self, commit: str, **releases: str) -> None:
        self._head = Head(commit, {(environment, "web-app"): release for environment, release in releases.items()})

    def __call__(self, commit: str | None = None) -> Head:
        if self.trouble:
            raise self.trouble
        return self._head


def get(cluster: Cluster, path: str) -> httpx.Response:
    return httpx.get(cluster.url + path, trust_env=False)


def eventually(condition: Callable[[], bool]) -> None:
    give_up = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < give_up, "it never happened"
        time.sleep(0.01)


def wait_for(cluster: Cluster, path: str, status: int) -> httpx.Response:
    eventually(lambda: get(cluster, path).status_code == status)
    return get(cluster, path)


def version(cluster: Cluster, environment: str = "dev") -> object:
    return get(cluster, f"/{environment}/web-app/version").json().get("version")


def test_it_serves_what_the_repository_wants() -> None:
    with Cluster(Source(dev="v1.2.0", staging="v1.1.0"), **AT_ONCE) as cluster:
        answer = wait_for(cluster, "/staging/web-app/version", 200)
        health = get(cluster, "/dev/web-app/healthz")
        overview = get(cluster, "/")

    assert answer.json() == {
        "application": "web-app",
        "environment": "staging",
        "version": "v1.1.0",
        "commit": "c1",
    }
    assert (health.status_code, health.text) == (200, "ok\n")
    assert overview.json() == {"environments": {"dev": {"web-app": "v1.2.0"}, "staging": {"web-app": "v1.1.0"}}}


def test_it_asks_for_patience_while_the_first_release_starts() -> None:
    with Cluster(Source(dev="v1.2.0"), **NEVER_UP) as cluster:
        answer = wait_for(cluster, "/dev/web-app/healthz", 503)

    assert answer.headers["Retry-After"] == "1"


def test_it_rolls_out_what_the_repository_moves_to() -> None:
    source = Source(dev="v1.2.0")
    with Cluster(source, poll=AT_ONCE["poll"], delay=timedelta(seconds=2)) as cluster:
        eventually(lambda: version(cluster) == "v1.2.0")
        source.move("c2", dev="v1.3.0")
        seen = {version(cluster)}
        eventually(lambda: version(cluster) == "v1.3.0")

    assert seen == {"v1.2.0"}  # the old one went on answering


def test_a_broken_release_fails_where_it_is_broken_and_tells_its_version() -> None:
    source = Source(dev="v1.4.0", staging="v1.4.0")
    with Cluster(source, [Behaviour("v1.4.0", "staging", broken=True)], **AT_ONCE) as cluster:
        broken = wait_for(cluster, "/staging/web-app/version", 500)
        unhealthy = get(cluster, "/staging/web-app/healthz")
        fine = get(cluster, "/dev/web-app/version")

    assert broken.json()["version"] == "v1.4.0"
    assert broken.json()["error"] == "v1.4.0 is broken in staging"
    assert (unhealthy.status_code, fine.status_code) == (500, 200)


def test_behaviour_can_change_while_it_runs() -> None:
    with Cluster(Source(dev="v1.4.0"), [Behaviour("v1.4.0", broken=True)], **AT_ONCE) as cluster:
        wait_for(cluster, "/dev/web-app/healthz", 500)
        cluster.behave(Behaviour("v1.4.0", "dev"))

        assert get(cluster, "/dev/web-app/healthz").status_code == 200


def test_a_slow_release_takes_its_time_and_holds_up_nobody_else() -> None:
    source = Source(dev="v1.5.0", staging="v1.4.0")
    with Cluster(source, **AT_ONCE) as cluster:
        wait_for(cluster, "/dev/web-app/version", 200)
        cluster.behave(Behaviour("v1.5.0", slow=timedelta(seconds=2)))
        slow = threading.Thread(target=get, args=(cluster, "/dev/web-app/version"))
        started = time.monotonic()
        slow.start()
        get(cluster, "/staging/web-app/version")
        still_slow = slow.is_alive()
        slow.join()

    assert still_slow
    assert time.monotonic() - started >= 2


def test_it_survives_whatever_happens_to_the_repository(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING, "promontory.sandbox")
    source = Source(dev="v1.2.0")
    with Cluster(source, **AT_ONCE) as cluster:
        eventually(lambda: version(cluster) == "v1.2.0")
        source.trouble = RepositoryError("the server is gone")
        eventually(lambda: bool(caplog.messages))
        time.sleep(0.05)
        during = version(cluster)
        source.trouble = None
        source.move("c2", dev="v1.3.0")
        eventually(lambda: version(cluster) == "v1.3.0")

    assert during == "v1.2.0"
    assert caplog.messages == ["cannot read the repository, everything stays as it is: the server is gone"]


@pytest.mark.parametrize("path", ["/nowhere/web-app/version", "/dev/web-app", "/dev/web-app/secrets", "/a/b/c/d"])
def test_what_is_not_there_is_404(path: str) -> None:
    with Cluster(Source(dev="v1.2.0"), **AT_ONCE) as cluster:
        assert get(cluster, path).status_code == 404


def test_the_port_is_free_again_afterwards() -> None:
    with Cluster(Source(dev="v1.2.0"), **AT_ONCE) as cluster:
        port = int(cluster.url.rpartition(":")[2])

    with Cluster(Source(dev="v1.2.0"), port=port, **AT_ONCE) as again:
        assert wait_for(again, "/dev/web-app/healthz", 200)


def application(cluster: Cluster, name: str = "web-app-dev") -> dict[str, Any]:
    found: dict[str, Any] = cluster.api.get(Ref(APPLICATION, "argocd", name))
    return found


def is_synced(cluster: Cluster, commit: str, health: str) -> bool:
    with suppress(Refusal):
        status = application(cluster)["status"]
        return (status["sync"], status["health"]["status"]) == (
            {**status["sync"], "status": "Synced", "revision": commit},
            health,
        )
    return False


def test_its_argo_cd_tells_what_it_serves() -> None:
    source = Source(dev="v1.2.0")
    with Cluster(source, [Behaviour("v1.4.0", broken=True)], **AT_ONCE) as cluster:
        eventually(lambda: is_synced(cluster, "c1", "Healthy"))
        running = version(cluster)
        source.move("c2", dev="v1.4.0")
        eventually(lambda: is_synced(cluster, "c2", "Degraded"))
        broken = version(cluster)
        cluster.behave(Behaviour("v1.4.0"))
        eventually(lambda: is_synced(cluster, "c2", "Healthy"))

    assert (running, broken) == ("v1.2.0", "v1.4.0")


def test_its_argo_cd_says_progressing_while_the_old_release_answers() -> None:
    source = Source(dev="v1.2.0")
    with Cluster(source, poll=AT_ONCE["poll"], delay=timedelta(seconds=1)) as cluster:
        eventually(lambda: is_synced(cluster, "c1", "Healthy"))
        source.move("c2", dev="v1.3.0")
        eventually(lambda: is_synced(cluster, "c2", "Progressing"))
        old = version(cluster)
        eventually(lambda: is_synced(cluster, "c2", "Healthy"))
        new = version(cluster)

    assert (old, new) == ("v1.2.0", "v1.3.0")


def test_the_real_client_watches_its_applications(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = Source(dev="v1.2.0")
    with Cluster(source, **AT_ONCE) as cluster:
        monkeypatch.setenv("KUBECONFIG", str(cluster.api.kubeconfig(tmp_path / "kubeconfig")))
        monkeypatch.setenv("NO_PROXY", "127.0.0.1")
        eventually(lambda: is_synced(cluster, "c1", "Healthy"))
        source.move("c2", dev="v1.3.0")

        seen = asyncio.run(look_until(lambda status: status["sync"]["revision"] == "c2"))

    assert seen["summary"]["images"] in (["image:v1.2.0"], ["image:v1.3.0"])


async def look_until(condition: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
    async with KubernetesObjects().watching([Ref(APPLICATION, "argocd", "web-app-dev")]) as watching:
        while True:
            (document,) = await watching.look()
            if condition(document["status"]):
                return dict(document["status"])
            await watching.changed()
