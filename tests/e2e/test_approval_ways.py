"""Four ways to one record; and a request that nobody answers reminds, expires and wakes its run by itself."""

from __future__ import annotations

import pytest

from tests.e2e.conftest import MakeStage, Serve
from tests.e2e.prefect_api import Document, PrefectApi
from tests.e2e.processes import eventually
from tests.e2e.stage import Stage
from tests.e2e.test_approvals import answer, suspended

PROMOTED = ["Promote web-app v1.3.0 to staging"]
RULE = {
    "required": 2,
    "approvers": ["group:approvers"],
    "exclude_requester": True,
}
EXTRA = {
    "groups": {"approvers": ["alice", "bob", "carol"]},
    "people": {"alice": ["alice@acme.example"], "carol": ["Carol"]},
}


def answered(api: PrefectApi, promotion: str, **said: str) -> Document:
    """One POST, and what the run's final state says."""
    run = api.run_deployment("approve/approve", promotion=promotion, **said)
    return eventually(lambda: final(api, run), "the end of the answer", lambda: api.tell(run))


def final(api: PrefectApi, run: str) -> Document | None:
    state: Document = api.flow_run(run)["state"]
    return state if state["type"] in ("COMPLETED", "FAILED", "CRASHED") else None


def test_the_api_answers_each_refusal_and_wakes_the_run(make_stage: MakeStage, api: PrefectApi, serve: Serve) -> None:
    stage = make_stage({"staging": {"approval": RULE}}, top=EXTRA)
    serve(stage)
    run, first = suspended(api)
    promotion = stage.entries("staging")[-1].promotion

    own = answered(api, promotion, decision="approve", name="carol")
    assert own["name"] == "NotAllowed"
    assert own["message"].startswith("carol asked for this promotion")
    stranger = answered(api, promotion, decision="approve", name="mallory\u0000\u202e")
    assert (stranger["name"], "that is no name" in stranger["message"]) == ("BadRequest", True)
    said = answered(api, promotion[:6], decision="approve", name="alice@acme.example", reason="looks good")
    assert (said["name"], "1 more approval" in said["message"]) == ("Completed", True), said
    again = api.wait_for(run, "Suspended", after=first["id"])["state"]
    answer(api, run, "approve", "alice", "as well")
    api.wait_for(run, "Suspended", after=again["id"])
    assert stage.run("approve", promotion, "--as", "Alice", code=3).stderr.count("has approved this already")
    assert stage.run("approve", promotion, "--as", "Bob", code=0).stdout.count("goes on")

    api.wait_for(run, "Completed")
    assert stage.subjects() == PROMOTED
    given = [(entry.by, entry.proof) for entry in stage.entries("staging") if entry.kind == "approved"]
    assert given == [("alice@acme.example", "http api"), ("Bob", "command line")]
    late = answered(api, promotion, decision="approve", name="bob")
    assert (late["name"], "waits for no approval any more" in late["message"]) == ("NotAllowed", True)


def test_a_request_that_nobody_answers_reminds_and_expires_by_itself(
    make_stage: MakeStage, api: PrefectApi, serve: Serve
) -> None:
    stage = make_stage({"staging": {"approval": {"expires": "12s", "remind": "5s"}}})
    serve(stage)
    run, _ = suspended(api)

    ended = api.wait_for(run, "NotAllowed")["state"]

    assert "staging: expired: nobody answered" in ended["message"]
    kinds = stage.kinds("staging")
    assert kinds[:3] == ["tested", "planned", "requested"]
    assert kinds[-1] == "rejected"
    assert kinds[3:-1] in (["reminded"], ["reminded", "reminded"])
    assert stage.subjects() == []


@pytest.fixture
def stage(make_stage: MakeStage) -> Stage:
    return make_stage({"staging": {"approval": {}}})


def test_a_rejection_without_a_reason_is_asked_for_one(stage: Stage, api: PrefectApi, serve: Serve) -> None:
    serve(stage)
    run, first = suspended(api)

    answer(api, run, "reject", "Bob")
    api.wait_for(run, "Suspended", after=first["id"])
    answer(api, run, "reject", "Bob", "not on a Friday")

    assert "rejected by Bob: not on a Friday" in api.wait_for(run, "NotAllowed")["state"]["message"]
    assert stage.kinds("staging").count("rejected") == 1
