"""The argocd check through Argo CD's own API: the same rules, its own ways to ask and to be told."""

from __future__ import annotations

import asyncio
import json
import re
import time
from collections.abc import Callable
from typing import Any

import pytest

from promontory.checks.argocd.check import ArgocdCheck
from promontory.checks.argocd.stream import EventStream
from promontory.checks.watch import watch
from promontory.clock import SystemClock
from promontory.exchange.call import Call
from promontory.health import Health, Observation
from tests.checks.argocd_objects import (
    EARLIER,
    LATER,
    OLD,
    OURS,
    TARGET,
    Json,
    application,
    health,
    operation,
    source,
    synced,
)
from tests.checks.argocd_server import ArgoServer, look, means, verdict
from tests.checks.argocd_stories import check

MANUAL: Json = {"syncPolicy": {"retry": {"limit": 2}, "syncOptions": ["Prune=true"]}}
REFRESHES = re.compile(r"refresh=(\w+)")


def refreshes(argo: ArgoServer) -> list[str]:
    return [found[1] for each in argo.requests if (found := REFRESHES.search(each))]


# --- the same rules ---


@pytest.mark.parametrize(
    ("document", "found", "reason"),
    [
        (application(), Health.HEALTHY, "Synced and Healthy"),
        (application(sync=synced(LATER)), Health.HEALTHY, "Synced and Healthy"),
        (OLD, Health.PROGRESSING, "runs eeeeeeeeeeee, not aaaaaaaaaaaa yet"),
        (
            application(reconciledAt=None),
            Health.UNKNOWN,
            "stale: was never compared, its last operation ended at 00:00:04",
        ),
        (application(conditions=[{"type": "SyncError", "message": "no"}]), Health.UNHEALTHY, "SyncError: no"),
        (
            application(operationState=operation("Failed", message="no")),
            Health.UNHEALTHY,
            "the sync of our revision ended as Failed: no",
        ),
        (
            application({"source": None, "sources": [source()]}, sync=synced()),
            Health.UNKNOWN,
            "has 1 source and 0 revisions",
        ),
        (application(health=health("Degraded")), Health.PROGRESSING, "Degraded; it has 30 s to settle"),
    ],
)
def test_an_application_means_the_same(argo: ArgoServer, document: Json, found: Health, reason: str) -> None:
    argo.put(document)

    seen = look(argo)

    assert (seen.health, seen.reason) == (found, reason)
    assert argo.asked()[0] == "GET /api/v1/applications/web-app-staging"


def test_where_it_is_is_told_as_far_as_it_is_written(argo: ArgoServer) -> None:
    argo.put(application())

    look(argo, namespace="team-a", project="web")

    assert argo.asked()[0] == "GET /api/v1/applications/web-app-staging?appNamespace=team-a&project=web"


def test_a_server_below_a_path(argo: ArgoServer) -> None:
    argo.put(application())
    argo.server.clear()
    argo.server.expect_request("/argo-cd/api/v1/applications/web-app-staging").respond_with_json(application())

    seen = asyncio.run(_first(check(server=f"{argo.url}/argo-cd/")))

    assert seen.health is Health.HEALTHY


async def _first(argocd: ArgocdCheck) -> Observation:
    async with argocd.session(TARGET, means()) as session:
        return await session.observe()


def test_a_selector_asks_for_a_list(argo: ArgoServer) -> None:
    for name, status in {"web-eu": "Healthy", "web-us": "Progressing"}.items():
        argo.put(application(metadata={"name": name, "labels": {"app": "web"}}, health=health(status)))
    argo.put(application(metadata={"name": "other", "labels": {"app": "api"}}, health=health("Degraded")))

    seen = look(argo, selector="app=web", project="web")

    assert (seen.health, seen.reason) == (Health.PROGRESSING, "argocd/web-us: Progressing")
    assert argo.asked()[0] == "GET /api/v1/applications?selector=app%3Dweb&projects=web"


def test_a_selector_that_finds_nothing_is_unknown(argo: ArgoServer) -> None:
    seen = look(argo, selector="app=web")

    assert (seen.health, seen.final) == (Health.UNKNOWN, False)
    assert seen.reason.startswith(f"there is no Application with app=web on {argo.url}: check")


# --- what is asked for ---


def test_a_refresh_is_asked_for_right_after_the_push(argo: ArgoServer) -> None:
    argo.put(OLD)

    found, _ = wait_for(argo, until(lambda: refreshes(argo)), lambda: argo.put(application()))

    assert found is Health.HEALTHY
    assert refreshes(argo) == ["normal"]


def test_a_manual_policy_is_synced_as_its_application_says(argo: ArgoServer) -> None:
    argo.put(
        application(MANUAL, sync=synced(status="OutOfSync"), operationState=operation(revision=EARLIER, finished=-60))
    )

    verdict(argo, sync=True, deadline="1m")

    assert argo.syncs == [
        {
            "name": "web-app-staging",
            "infos": [{"name": "by", "value": "promontory"}],
            "revision": OURS,
            "syncOptions": {"items": ["Prune=true"]},
            "retryStrategy": {"limit": 2},
        }
    ]


def test_several_sources_are_synced_by_their_positions(argo: ArgoServer) -> None:
    spec = {"source": None, "sources": [source(path="a"), source(path="b")], "syncPolicy": {}}
    argo.put(application(spec, sync={"status": "OutOfSync", "revisions": [OURS, LATER]}, operationState=None))

    look(argo, sync=True)

    (sent,) = argo.syncs
    assert (sent["revisions"], sent["sourcePositions"]) == ([OURS, LATER], [1, 2])


def test_an_operation_that_began_meanwhile_is_left_alone(argo: ArgoServer) -> None:
    before = application(MANUAL, sync=synced(status="OutOfSync"), operationState=None)
    argo.fail_next(200, json.dumps(before))
    argo.put({**before, "operation": {"sync": {"revision": EARLIER}}})

    seen = look(argo, sync=True)

    assert argo.syncs == []
    assert "a sync is started, once it is known what else has changed" in seen.reason


# --- being told ---


def wait_for(argo: ArgoServer, *happens: Callable[[], None], **options: Any) -> tuple[Health, int]:
    """Watch until it is healthy, on a real clock, while things happen; and how often it was looked at."""

    async def wait() -> Health:
        kept = check(server=argo.url, interval="60s", stable_for="0s", deadline="2m", **options)
        waiting = asyncio.create_task(watch([kept], TARGET, means(SystemClock())))
        for happen in happens:
            await asyncio.to_thread(happen)
        return (await waiting).health

    return asyncio.run(wait()), len([each for each in argo.asked() if "refresh" not in each])


def until(condition: Callable[[], object]) -> Callable[[], None]:
    def wait() -> None:
        for _ in range(6000):
            if condition():
                return
            time.sleep(0.01)
        raise AssertionError("it did not happen within a minute")

    return wait


def test_the_stream_of_the_server_tells_of_changes(argo: ArgoServer) -> None:
    argo.put(OLD)

    found, looks = wait_for(argo, until(lambda: argo._events and argo.asked()), lambda: argo.put(application()))

    assert found is Health.HEALTHY
    assert looks <= 4
    assert argo.asked("/api/v1/stream") == ["GET /api/v1/stream/applications?resourceVersion=1"]


def test_without_a_stream_it_is_looked_at_every_second(argo: ArgoServer) -> None:
    argo.streams = False
    argo.put(OLD)

    found, _ = wait_for(argo, until(lambda: len(argo.asked()) > 3), lambda: argo.put(application()))

    assert found is Health.HEALTHY


def test_what_happened_while_the_stream_was_down_is_seen(argo: ArgoServer) -> None:
    argo.put(OLD)

    def missed() -> None:
        argo.applications["web-app-staging"] = application()
        argo.hang_up()

    found, _ = wait_for(argo, until(lambda: argo._events and argo.asked()), missed)

    assert found is Health.HEALTHY


def test_checks_of_one_run_share_one_stream_of_a_server(argo: ArgoServer) -> None:
    for name in ("web-app-staging", "api-staging"):
        argo.put(application(metadata={"name": name}))
    checks = [check(server=argo.url, application=name, stable_for="0s") for name in ("web-app-staging", "api-staging")]

    assert asyncio.run(watch(checks, TARGET, means())).healthy
    assert len(argo.asked("/api/v1/stream")) == 1


def test_a_new_application_is_news_for_a_selector(argo: ArgoServer) -> None:
    new = application(metadata={"name": "web-us", "labels": {"app": "web"}})

    found, _ = wait_for(argo, until(lambda: argo._events and argo.asked()), lambda: argo.put(new), selector="app=web")

    assert found is Health.HEALTHY


@pytest.mark.parametrize("line", [b"", b"[]", b"{}", b'{"error": {}}', b'{"result": 1}', b"\xff", b"[" * 100_000])
def test_lines_that_are_no_events_are_passed_over(line: bytes) -> None:
    EventStream(Call("http://localhost"))._tell(line)
