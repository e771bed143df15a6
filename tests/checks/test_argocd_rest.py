"""The argocd check through Argo CD's own API: the same rules, its own ways to ask, and what goes wrong on the way."""

from __future__ import annotations

import asyncio
import json
import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr, ValidationError
from pytest_httpserver import HTTPServer

from promontory.checks.argocd import ArgocdCheck
from promontory.checks.argocd_stream import EventStream
from promontory.checks.contract import Facilities
from promontory.checks.watch import watch
from promontory.clock import Clock, SystemClock
from promontory.exchange.call import Call
from promontory.model import CheckResult, Health, Observation
from tests.checks.argocd_objects import (
    EARLIER,
    LATER,
    OURS,
    TARGET,
    Json,
    KnownHistory,
    application,
    at,
    check,
    health,
    operation,
    source,
    synced,
)
from tests.checks.argocd_server import TOKEN, ArgoServer
from tests.checks.surroundings import facilities
from tests.checks.test_watch import JumpingClock
from tests.exchange.certificates import Authority

OLD = application(sync=synced(EARLIER), reconciledAt=at(-60), operationState=operation(revision=EARLIER, finished=-70))
MANUAL: Json = {"syncPolicy": {"retry": {"limit": 2}, "syncOptions": ["Prune=true"]}}
REFRESHES = re.compile(r"refresh=(\w+)")


@pytest.fixture(scope="module")
def server() -> Iterator[HTTPServer]:
    """Threads, because streams do not end; one for all tests, because it takes its time to stop."""
    with HTTPServer(host="localhost", threaded=True) as running:
        yield running


@pytest.fixture
def argo(server: HTTPServer) -> Iterator[ArgoServer]:
    server.clear()
    yield (argo := ArgoServer(server))
    argo.hang_up()


def means(clock: Clock | None = None, **tokens: str) -> Facilities:
    secrets = {host: SecretStr(token) for host, token in (tokens or {"localhost": TOKEN}).items()}
    return facilities(clock or JumpingClock(), history=KnownHistory(), **secrets)


def look(argo: ArgoServer, *, known: Facilities | None = None, **options: Any) -> Observation:
    async def first() -> Observation:
        async with check(server=argo.url, **options).session(TARGET, known or means()) as session:
            return await session.observe()

    return asyncio.run(first())


def verdict(argo: ArgoServer, **options: Any) -> CheckResult:
    found = asyncio.run(watch([check(server=argo.url, **options)], TARGET, means()))
    return found.checks[0]


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
        (application(health=health("Degraded")), Health.PROGRESSING, "Degraded; it may settle for 30 s yet"),
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


# --- what goes wrong ---


def test_a_token_that_is_not_accepted(argo: ArgoServer) -> None:
    seen = look(argo, known=means(localhost="another"))

    assert (seen.health, seen.final) == (Health.UNKNOWN, True)
    host = argo.url.removeprefix("http://")
    assert seen.reason == (
        f'{host} does not accept the token: no session information: put one into PROMONTORY_TOKENS: {{"{host}": "…"}}'
    )


def test_no_token_at_all(argo: ArgoServer) -> None:
    seen = look(argo, known=means(elsewhere="token"))

    assert "wants a token, and there is none for it: no session information: put one into" in seen.reason


def test_a_server_that_lets_everybody_in_needs_no_token(argo: ArgoServer) -> None:
    argo.token = None
    argo.put(application())

    assert look(argo, known=means(elsewhere="token")).health is Health.HEALTHY


def test_what_may_not_be_seen_may_be_missing_and_is_waited_for(argo: ArgoServer) -> None:
    result = verdict(argo, deadline="30s")

    assert result.health is Health.UNKNOWN
    assert result.attempts > 1
    assert (
        f"the account of the token may not get Application web-app-staging on {argo.url}: permission denied; "
        "or there is none, which Argo CD tells where project: is given. "
        "Else allow it in Argo CD's RBAC: p, ROLE, applications, get, PROJECT/*, allow"
    ) in result.reason


def test_with_its_project_what_is_missing_is_told_from_what_may_not_be_seen(argo: ArgoServer) -> None:
    missing = look(argo, project="web")
    argo.fail_next(403, json.dumps({"message": "permission denied"}))
    forbidden = look(argo, project="web")

    assert (missing.final, missing.reason) == (
        False,
        f"there is no Application web-app-staging on {argo.url}: check its name or its labels, and its namespace",
    )
    assert forbidden.final
    assert "permission denied: allow it in Argo CD's RBAC" in forbidden.reason


def test_a_server_that_fails_for_a_while_is_waited_for(argo: ArgoServer) -> None:
    argo.put(application())
    for status in (500, 502, 503):
        argo.fail_next(status)

    result = verdict(argo)

    assert (result.health, result.errors) == (Health.HEALTHY, 3)


def test_a_server_that_asks_to_be_left_alone_is(argo: ArgoServer) -> None:
    argo.put(application())
    argo.fail_next(429, Retry_After="100")

    assert verdict(argo, deadline="5m").seconds >= 100


@pytest.mark.parametrize(
    ("status", "body", "says"),
    [
        (404, "<html>not found</html>", "has no API of Argo CD: correct server:, it is the address of Argo CD's UI"),
        (200, "<html>log in</html>", "answers with text/html that is no JSON object: correct server:"),
        (200, "[]", "answers with text/html that is no JSON object: correct server:"),
        (418, "{}", "refuses to get Application web-app-staging on "),
    ],
)
def test_what_is_not_argo_cd(argo: ArgoServer, status: int, body: str, says: str) -> None:
    argo.fail_next(status, body, Content_Type="text/html")

    seen = look(argo)

    assert (seen.health, seen.final) == (Health.UNKNOWN, True)
    assert says in seen.reason


def test_the_token_goes_nowhere_else(argo: ArgoServer) -> None:
    argo.fail_next(302, " ", Location=f"{argo.url.replace('localhost', '127.0.0.1')}/elsewhere?next=1")

    seen = look(argo)

    assert "redirects to http://127.0.0.1" in seen.reason
    assert "/elsewhere, where the token is not sent: write the address that answers by itself as server:" in seen.reason
    assert not argo.asked("/elsewhere")


def test_a_server_that_is_not_there_is_waited_for(httpserver: HTTPServer) -> None:
    kept = check(server="http://localhost:9", deadline="30s")

    result = asyncio.run(watch([kept], TARGET, means())).checks[0]

    assert (result.health, result.last_error) == (Health.UNKNOWN, "connection refused")


def test_its_own_authority_is_trusted_where_it_is_named(tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    context = authority.server_context("localhost")
    with HTTPServer(host="localhost", ssl_context=context, threaded=True) as server:
        argo = ArgoServer(server)
        argo.put(application())

        trusted, unknown = look(argo, ca=str(authority.file)), verdict(argo, deadline="30s")
        argo.hang_up()

    assert trusted.health is Health.HEALTHY
    assert unknown.last_error.startswith("TLS failed: ")


def test_an_authority_that_is_not_there_is_told(argo: ArgoServer, tmp_path: Path) -> None:
    seen = look(argo, ca=str(tmp_path / "missing.pem"))

    assert (seen.health, seen.final) == (Health.UNKNOWN, True)
    assert "missing.pem cannot be read" in seen.reason


def test_the_token_is_in_nothing_that_is_shown(argo: ArgoServer) -> None:
    argo.put(OLD)

    result = verdict(argo, deadline="30s")

    assert TOKEN not in result.model_dump_json()
    assert TOKEN not in repr(means())


# --- what may be written ---


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({}, "give application (a name) or selector (labels): which Applications are looked at?"),
        ({"application": "a", "selector": "b"}, "give application (a name) or selector (labels)"),
        ({"application": "{nobody}"}, "unknown placeholder {nobody}"),
        ({"application": "a/../b"}, "'a/../b' cannot be the name of an object in a cluster"),
        ({"application": "a", "server": "argocd.acme.example"}, "'argocd.acme.example' is not an http or https URL"),
        (
            {"application": "a", "server": "http://argocd.acme.example"},
            "the token would travel in the clear: write https://argocd.acme.example",
        ),
        (
            {"application": "a", "server": "https://me:secret@argo"},
            "a user name or password does not belong",
        ),
        ({"application": "a", "server": "https://argo/?token=1"}, "its token belongs into PROMONTORY_TOKENS"),
        ({"application": "a", "server": "https://argo", "context": "eu"}, "context is the kubeconfig's"),
        ({"application": "a", "ca": "/ca.pem"}, "ca is for Argo CD's own API: give server, too"),
        ({"application": "a", "project": "web"}, "project is for Argo CD's own API: give server, too"),
        ({"application": "a", "sync": "yes"}, "Input should be a valid boolean"),
    ],
)
def test_what_makes_no_sense_is_refused(options: Json, message: str) -> None:
    with pytest.raises(ValidationError) as caught:
        ArgocdCheck.model_validate({"kind": "argocd", **options})

    assert message in str(caught.value)
