"""`promontory notifications`, and commands that tell what they record."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from pytest_httpserver import HTTPServer

from promontory.processes.life import name_of_this_process
from promontory.promotion.holding import add_hold
from promontory.promotion.untold import Promise
from tests.cli.conftest import Command, Sample

SECRET = "s3cr3t-t0ken"
HOLD = ("hold", "add", "web-app", "staging", "v1.3.0", "--reason", "CVE-1")
HOOK = {"name": "hook", "to": {"kind": "webhook", "url_from": "PROMONTORY_NOTIFY_HOOK"}}
NIGHT = {
    "name": "night",
    "on": ["failures"],
    "environments": "prod*",
    "to": {"kind": "apprise", "url_from": "PROMONTORY_NOTIFY_NIGHT"},
}
BLOCK = {"name": "block", "to": {"kind": "prefect-block", "block": "slack-webhook/ops"}}


def with_routes(sample: Sample, *routes: dict[str, object]) -> None:
    sample.edit("promontory.yaml", lambda text: text + f"\nnotifications: {json.dumps(routes)}\n".encode())


@pytest.fixture
def hook(httpserver: HTTPServer, environment: pytest.MonkeyPatch) -> HTTPServer:
    httpserver.expect_request(f"/{SECRET}").respond_with_data("ok")
    environment.setenv("PROMONTORY_NOTIFY_HOOK", httpserver.url_for(f"/{SECRET}"))
    return httpserver


def told(server: HTTPServer) -> list[tuple[str, str]]:
    return [(request.get_json()["word"], request.get_json()["by"]) for request, _ in server.log]


def test_a_command_tells_what_it_records(sample: Sample, command: Command, hook: HTTPServer) -> None:
    with_routes(sample, HOOK)

    ended = command(*HOLD)

    assert (ended.code, ended.out) == (0, "held: v1.3.0 of web-app in staging\n")
    assert told(hook) == [("held", "Ada <ada@acme.example>")]


def test_approving_tells_that_it_is_granted(sample: Sample, command: Command, hook: HTTPServer) -> None:
    with_routes(sample, HOOK)
    request = sample.request()

    assert command("approve", request.promotion, "--yes").code == 0

    assert told(hook) == [("granted", "Ada <ada@acme.example>")]


def test_a_command_tells_what_the_one_before_it_did_not_live_to_tell(
    sample: Sample, command: Command, hook: HTTPServer
) -> None:
    with_routes(sample, HOOK)
    machine = name_of_this_process().split("-")[0]
    died = replace(sample.workspace("Eve"), promise=Promise(("hook",), f"{machine}-4194311-00000000"))
    add_hold(died, died.config.place("web-app", "staging"), "v1.4.0", "CVE-2")

    command(*HOLD)
    command("hold", "lift", "web-app", "staging", "v1.3.0")

    assert sorted(told(hook)) == [
        ("held", "Ada <ada@acme.example>"),
        ("held", "Eve"),
        ("lifted", "Ada <ada@acme.example>"),
    ]


def test_a_command_that_records_nothing_tells_nothing(sample: Sample, command: Command, hook: HTTPServer) -> None:
    with_routes(sample, HOOK)

    command("status")

    assert hook.log == []


def test_who_cannot_be_told_does_not_make_the_command_fail(
    sample: Sample, command: Command, httpserver: HTTPServer, environment: pytest.MonkeyPatch
) -> None:
    httpserver.expect_request(f"/{SECRET}").respond_with_data("", 404)
    environment.setenv("PROMONTORY_NOTIFY_HOOK", httpserver.url_for(f"/{SECRET}"))
    with_routes(sample, HOOK)

    ended = command(*HOLD)

    assert ended.code == 0
    assert "hook was not told of held: it answers 404" in ended.err
    history = command("history", "--json").json
    assert [entry["kind"] for entry in history] == ["undelivered", "held"]
    assert SECRET not in f"{ended}{history}"


def test_a_block_is_left_out_where_no_server_is_configured(sample: Sample, command: Command, hook: HTTPServer) -> None:
    with_routes(sample, HOOK, BLOCK)

    ended = command(*HOLD)

    assert "not told through block: no Prefect server is configured here" in ended.err
    assert told(hook) == [("held", "Ada <ada@acme.example>")]
    assert [entry["kind"] for entry in command("history", "--json").json] == ["held"]


def test_routes_are_listed_without_their_addresses(sample: Sample, command: Command, hook: HTTPServer) -> None:
    with_routes(sample, HOOK, NIGHT)

    ended = command("notifications")

    rows = [line.split("  ") for line in ended.out.splitlines()]
    assert [row[0].strip() for row in rows] == ["ROUTE", "hook", "night"]
    assert rows[2][-1].strip() == "PROMONTORY_NOTIFY_NIGHT"
    assert "apprise, PROMONTORY_NOTIFY_NIGHT" in ended.out
    assert SECRET not in ended.out
    documents = command("notifications", "--json").json
    assert [each["not_set"] for each in documents] == [[], ["PROMONTORY_NOTIFY_NIGHT"]]


def test_without_routes_it_says_so(sample: Sample, command: Command) -> None:
    ended = command("notifications")

    assert (ended.code, ended.out) == (0, "nobody is told of anything: promontory.yaml has no notifications:\n")


def test_a_test_says_what_became_of_it(sample: Sample, command: Command, hook: HTTPServer) -> None:
    with_routes(sample, HOOK, NIGHT, BLOCK)

    ended = command("notifications", "--test")

    assert ended.code == 1
    assert "sent: hook: look whether it has arrived" in ended.out
    assert "not sent: night: the variable PROMONTORY_NOTIFY_NIGHT is not set" in ended.err
    assert "not sent: block: there is no Prefect server to ask for the block" in ended.err
    assert "this is a test of the route hook" in hook.log[0][0].get_json()["text"]
    assert sample.git("branch", "--list", "promontory/ledger") == "", "nothing has happened"


def test_one_route_can_be_tested(sample: Sample, command: Command, hook: HTTPServer) -> None:
    with_routes(sample, HOOK, NIGHT)

    ended = command("notifications", "--test", "--route", "hook", "--json")

    assert (ended.code, [(each["route"], each["sent"]) for each in ended.json]) == (0, [("hook", True)])
    wrong = command("notifications", "--test", "--route", "hok")
    assert wrong.code == 2
    assert 'no route "hok"' in wrong.err
    assert "hook, night" in wrong.err


def test_variables_that_are_not_set_are_a_warning_where_one_looks_live(
    sample: Sample, command: Command, hook: HTTPServer
) -> None:
    with_routes(sample, HOOK, NIGHT)

    offline, live = command("validate", "--json").json, command("validate", "--live", "--json").json

    assert "PROMONTORY_NOTIFY" not in json.dumps(offline)
    unset = [each for each in live["warnings"] if "is not set here" in each["message"]]
    assert [(each["where"], each["message"]) for each in unset] == [
        ("notifications[1].to", "PROMONTORY_NOTIFY_NIGHT is not set here")
    ]
