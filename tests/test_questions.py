"""One form for all questions of a run: what it asks, whose answer counts for which of them, and who only wakes."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from typing import Any

import pytest
from prefect.settings import PREFECT_API_URL, PREFECT_CLIENT_CSRF_SUPPORT_ENABLED, temporary_settings
from pytest_httpserver import HTTPServer

from flows.forms import approval_form
from flows.question import Question
from promontory.approvals import ApprovalState
from promontory.model import Plan
from promontory.promotion.values import Hop
from tasks.waking import LOOK, wake_from

RUN = "11111111-2222-3333-4444-555555555555"
API = f"/api/flow_runs/{RUN}"


def question(environment: str, ref: str = "main") -> Question:
    where: dict[str, Any] = {"application": "web-app", "environment": environment, "release": "v1.1.0"}
    plan = Plan(**where, previous=None, ref=ref, base="", paths=(), diff="")
    return Question(Hop(**where, promotion="ab12cd34ef56", step="promote"), plan, ApprovalState(status="waiting"))


EU, US = question("eu"), question("us")
BOTH = f"{EU.label}-{US.label}"


@pytest.fixture(autouse=True)
def _in_a_run(monkeypatch: pytest.MonkeyPatch, httpserver: HTTPServer) -> Iterator[None]:
    monkeypatch.setenv("PREFECT__FLOW_RUN_ID", RUN)
    monkeypatch.setenv("NO_PROXY", "localhost,127.0.0.1")
    with temporary_settings({PREFECT_API_URL: httpserver.url_for("/api"), PREFECT_CLIENT_CSRF_SUPPORT_ENABLED: False}):
        yield


def kept(httpserver: HTTPServer, **inputs: object) -> None:
    """What the server has of the run's forms: by their numbers, with what each asked and was answered."""
    found = [
        {"flow_run_id": RUN, "key": f"suspended-approve-{asked}-{number[1:]}-response", "value": json.dumps(value)}
        for number, (asked, value) in inputs.items()  # type: ignore[misc]
    ]
    found += [{**each, "key": each["key"].replace("response", "schema")} for each in found]
    httpserver.expect_request(f"{API}/input/filter", method="POST").respond_with_json(found)


def said(name: str, **more: object) -> dict[str, object]:
    return {"decision": "approve", "name": name, "note": "", **more}


def names(asked: Question) -> list[str]:
    return [each.name for each in asyncio.run(asked.answers())]


def test_an_answer_counts_for_the_environment_that_it_names_or_for_all(httpserver: HTTPServer) -> None:
    kept(
        httpserver,
        _1=(BOTH, said("Alice", environment="us")),
        _2=(BOTH, said("Bob", environment="all")),
        _3=(EU.label, said("Carol")),
    )

    assert (names(EU), names(US)) == (["Bob", "Carol"], ["Alice", "Bob"])


def test_what_answers_another_plan_or_nothing_or_is_no_answer_at_all_is_not_heard(httpserver: HTTPServer) -> None:
    kept(
        httpserver,
        _1=(question("eu", "other").label, said("Alice")),
        _2=(BOTH, LOOK),
        _3=(EU.label, said("Bob", look="perhaps")),
        _4=(EU.label, [1, 2]),
    )

    assert names(EU) == []


def test_a_form_asks_for_the_environment_only_where_several_wait() -> None:
    one, several = (approval_form(which, "").model_json_schema() for which in (["eu"], ["eu", "us"]))

    assert sorted(one["properties"]) == ["decision", "name", "note"]
    assert several["properties"]["environment"]["enum"] == ["eu", "us", "all"]
    assert "environment" in several["required"]
    assert LOOK["environment"] in several["properties"]["environment"]["enum"]


@pytest.mark.parametrize(("form", "resumed"), [("approve-eu-2", 1), ("approve-eu-1", 0)])
def test_who_wakes_a_run_for_a_sibling_finds_it_with_the_same_form_or_leaves_it_alone(
    httpserver: HTTPServer, form: str, resumed: int
) -> None:
    details = {"pause_key": "approve-eu-2", "pause_reschedule": True, "run_input_keyset": {"response": "r"}}
    state = {"type": "PAUSED", "name": "Suspended", "state_details": details}
    answer = {"status": "ACCEPT", "details": {"type": "accept_details"}, "state": {"type": "SCHEDULED"}}
    httpserver.expect_request(API).respond_with_json({"id": RUN, "flow_id": RUN, "name": "run", "state": state})
    httpserver.expect_request(f"{API}/resume", method="POST").respond_with_json(answer, status=201)

    told = asyncio.run(wake_from(RUN, form))

    assert sum(request.path.endswith("resume") for request, _ in httpserver.log) == resumed
    assert told.startswith("the flow run goes on" if resumed else "the flow run has gone on since")
