"""Turns are asked of a server in as few calls as can be, and no server keeps a promotion from going on."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Iterator
from uuid import UUID

import pytest
from prefect.settings import PREFECT_API_URL, PREFECT_CLIENT_CSRF_SUPPORT_ENABLED, temporary_settings
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from promontory.promotion.values import Hop
from tasks.concurrency import limits_of, turn_of
from tasks.verify import STOP

RUN, LEASE = "11111111-2222-3333-4444-555555555555", "99999999-2222-3333-4444-555555555555"
V2 = "/api/v2/concurrency_limits"
HOP = Hop(application="web-app", environment="dev", release="v1", promotion="ab12", step="promote")
TRAIN = HOP.model_copy(update={"also": (HOP.model_copy(update={"application": "api"}),)})


class Limits:
    """A Prefect server that knows limits, and who holds them."""

    def __init__(self, httpserver: HTTPServer, *known: str) -> None:
        self.known, self.taken = set(known), False
        self.calls: list[str] = []
        self.denials = 1000
        self.asked: list[dict[str, object]] = []
        httpserver.expect_request(f"{V2}/increment-with-lease").respond_with_handler(self.increment)
        httpserver.expect_request(f"{V2}/decrement-with-lease").respond_with_handler(self.decrement)
        httpserver.expect_request(f"{V2}/").respond_with_handler(self.create)

    def increment(self, request: Request) -> Response:
        self.calls.append("take")
        self.asked.append(request.get_json())
        if self.taken:
            self.taken = len(self.calls) < self.denials
            return Response(status=423, headers={"Retry-After": "30"})
        there = [{"id": RUN, "name": name, "limit": 1} for name in request.get_json()["names"] if name in self.known]
        return Response(json.dumps({"lease_id": LEASE, "limits": there}), content_type="application/json")

    def decrement(self, request: Request) -> Response:
        self.calls.append("give back")
        assert request.get_json() == {"lease_id": LEASE}
        return Response(status=204)

    def create(self, request: Request) -> Response:
        self.calls.append("make")
        assert request.get_json()["limit"] == 1
        self.known.add(request.get_json()["name"])
        return Response(json.dumps({"id": RUN}), status=201, content_type="application/json")


@pytest.fixture(autouse=True)
def _in_a_run(monkeypatch: pytest.MonkeyPatch, httpserver: HTTPServer) -> Iterator[None]:
    monkeypatch.setenv("PREFECT__FLOW_RUN_ID", RUN)
    monkeypatch.setenv("NO_PROXY", "localhost,127.0.0.1")
    server = {PREFECT_API_URL: httpserver.url_for("/api"), PREFECT_CLIENT_CSRF_SUPPORT_ENABLED: False}
    with temporary_settings(server):
        yield


async def took(hop: Hop, *, must_wait: bool = True) -> bool:
    async with turn_of(hop, must_wait=must_wait) as waited:
        return waited


def test_a_turn_is_two_calls_where_the_limit_is_known(httpserver: HTTPServer) -> None:
    limits = Limits(httpserver, "promotion:web-app:dev")

    assert asyncio.run(took(HOP)) is False

    assert limits.calls == ["take", "give back"]
    assert limits.asked[0]["holder"] == {"type": "flow_run", "id": str(UUID(RUN))}


def test_a_train_takes_all_its_places_at_once_and_makes_those_that_are_missing(httpserver: HTTPServer) -> None:
    limits = Limits(httpserver, "promotion:web-app:dev")

    asyncio.run(took(TRAIN))

    assert limits_of(TRAIN) == ["promotion:api:dev", "promotion:web-app:dev"]
    assert limits.asked[0]["names"] == limits_of(TRAIN)
    assert limits.calls == ["take", "give back", "make", "take", "give back"]


def test_who_waits_is_told_so_and_goes_on_when_it_is_free(
    httpserver: HTTPServer, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tasks.concurrency._LOOK_SECONDS", 0.01)
    limits = Limits(httpserver, "promotion:web-app:dev")
    limits.taken, limits.denials = True, 3

    with caplog.at_level(logging.INFO, "promontory"):
        assert asyncio.run(took(HOP)) is True

    assert limits.calls == ["take", "take", "take", "take", "give back"]
    assert [each.getMessage() for each in caplog.records if "waits" in each.getMessage()] == [
        "promote-dev: waits for another promotion of web-app to dev"
    ]


def test_what_is_only_to_be_verified_does_not_wait(httpserver: HTTPServer) -> None:
    limits = Limits(httpserver, "promotion:web-app:dev")
    limits.taken = True

    assert asyncio.run(took(HOP, must_wait=False)) is False

    assert limits.calls == ["take"]


def test_a_wave_that_goes_back_does_not_wait(httpserver: HTTPServer) -> None:
    Limits(httpserver, "promotion:web-app:dev").taken = True

    async def stopped() -> bool:
        stop = asyncio.Event()
        stop.set()
        STOP.set(stop)
        return await took(HOP)

    assert asyncio.run(stopped()) is False


@pytest.mark.parametrize("status", [401, 403, 404, 405, 422, 500])
def test_a_server_that_refuses_is_told_and_stops_nothing(
    httpserver: HTTPServer, caplog: pytest.LogCaptureFixture, status: int
) -> None:
    httpserver.expect_request(f"{V2}/increment-with-lease").respond_with_data("no", status=status)

    assert asyncio.run(took(HOP)) is False

    assert "others are not kept from promoting meanwhile" in caplog.text


def test_a_server_that_talks_nonsense_stops_nothing(httpserver: HTTPServer) -> None:
    httpserver.expect_request(f"{V2}/increment-with-lease").respond_with_data("[1, {")

    assert asyncio.run(took(HOP)) is False


def test_the_temporary_server_of_a_run_is_not_asked(httpserver: HTTPServer) -> None:
    limits = Limits(httpserver)

    with temporary_settings({PREFECT_API_URL: None}):
        assert asyncio.run(took(HOP)) is False

    assert limits.calls == []


def test_what_fails_during_a_turn_gives_it_back(httpserver: HTTPServer) -> None:
    limits = Limits(httpserver, "promotion:web-app:dev")

    async def fails() -> None:
        async with turn_of(HOP):
            raise KeyError

    with pytest.raises(KeyError):
        asyncio.run(fails())

    assert limits.calls == ["take", "give back"]
