"""A deployed run suspends: nothing waits but the server's database, and the answer counts for one plan only."""

from __future__ import annotations

import pytest

from tests.e2e.agreement import assert_agreement
from tests.e2e.conftest import MakeStage, Serve
from tests.e2e.prefect_api import Document, PrefectApi
from tests.e2e.processes import eventually, pids_of_flow_run
from tests.e2e.server import PrefectServer
from tests.e2e.stage import Stage, overlay

PIPELINE = {"staging": {"approval": {}}}
PROMOTED = ["Promote web-app v1.3.0 to staging"]


@pytest.fixture
def stage(make_stage: MakeStage) -> Stage:
    return make_stage(PIPELINE)


def suspended(api: PrefectApi, run: str = "") -> tuple[str, Document]:
    run = run or api.run_deployment("promote/promote", application="web-app", release="v1.3.0", requested_by="Carol")
    return run, api.wait_for(run, "Suspended")["state"]


def answer(api: PrefectApi, run: str, decision: str, name: str, note: str = "") -> None:
    """Prefect says "suspended" a moment before the form is there to be filled in."""
    said: list[Document] = []

    def accepted() -> bool:
        said.append(api.resume(run, decision=decision, name=name, note=note))
        assert said[-1]["status"] == "ACCEPT" or "schema not found" in str(said[-1]["details"]), said[-1]
        return bool(said[-1]["status"] == "ACCEPT")

    eventually(accepted, "the form", lambda: str(said[-1]))


def test_a_suspended_run_outlives_its_process_the_servers_and_the_cache(
    make_stage: MakeStage, api: PrefectApi, serve: Serve, prefect_server: PrefectServer
) -> None:
    stage = make_stage({"dev": {}, "staging": {"after": "dev", "approval": {}}})
    served = serve(stage)
    run, state = suspended(api)
    eventually(lambda: not pids_of_flow_run(run), "the end of the run's process")

    served.stop()
    prefect_server.stop()
    stage.lose_cache()
    prefect_server.start()
    serve(stage, anew=False)

    assert api.flow_run(run)["state"]["id"] == state["id"]
    assert stage.subjects() == ["Promote web-app v1.3.0 to dev"]
    answer(api, run, "approve", "Alice", "looks good")
    api.wait_for(run, "Completed")
    assert stage.subjects() == ["Promote web-app v1.3.0 to dev", *PROMOTED]
    assert "Approved-By: Alice" in stage.git("log", "-1", "--format=%B", "main")
    assert stage.kinds("staging") == ["tested", "planned", "requested", "approved", "pushed", "verdict"]
    assert_agreement(stage)


def test_a_no_ends_the_run_and_nothing_is_pushed(stage: Stage, api: PrefectApi, serve: Serve) -> None:
    serve(stage)
    run, _ = suspended(api)

    answer(api, run, "reject", "Bob", "not on a Friday")

    message = api.wait_for(run, "NotAllowed")["state"]["message"]
    assert "Bob" in message
    assert "not on a Friday" in message
    assert stage.subjects() == []
    assert stage.kinds("staging")[-1] == "rejected"


def test_an_answer_without_a_name_is_asked_for_again(stage: Stage, api: PrefectApi, serve: Serve) -> None:
    serve(stage)
    run, first = suspended(api)

    answer(api, run, "approve", "  ")
    again = api.wait_for(run, "Suspended", after=first["id"])["state"]

    assert again["state_details"]["run_input_keyset"] != first["state_details"]["run_input_keyset"]
    assert stage.kinds("staging") == ["tested", "planned", "requested"]
    answer(api, run, "approve", "Alice")
    api.wait_for(run, "Completed")
    assert stage.subjects() == PROMOTED


def test_an_answer_does_not_count_for_what_has_changed_meanwhile(stage: Stage, api: PrefectApi, serve: Serve) -> None:
    serve(stage)
    run, first = suspended(api)
    stage.edit(overlay("staging"), "v1.2.0", "v1.2.9")

    answer(api, run, "approve", "Alice")
    api.wait_for(run, "Suspended", after=first["id"])

    assert stage.subjects() == ["Edit by hand"]
    assert "approved" not in stage.kinds("staging")
    answer(api, run, "approve", "Bob")
    api.wait_for(run, "Completed")
    assert stage.subjects() == ["Edit by hand", *PROMOTED]
    assert "Approved-By: Bob" in stage.git("log", "-1", "--format=%B", "main")
    assert "Previous-Release: v1.2.9" in stage.git("log", "-1", "--format=%B", "main")
    assert_agreement(stage, ("staging",))


def test_the_command_line_answers_and_wakes_the_run(stage: Stage, api: PrefectApi, serve: Serve) -> None:
    serve(stage)
    run, _ = suspended(api)
    promotion = stage.entries("staging")[-1].promotion
    assert promotion in stage.run("pending", code=0).stdout

    told = stage.run("approve", promotion[:7], "--as", "Alice", code=0)

    assert "goes on" in told.stdout, told
    api.wait_for(run, "Completed")
    assert stage.subjects() == PROMOTED
    assert_agreement(stage, ("staging",))
