"""`kill -9` of a run and of what served it: nobody sees the death, and the promotion goes on all the same, once."""

from __future__ import annotations

from collections import Counter

from tests.e2e.agreement import assert_agreement
from tests.e2e.conftest import MakeStage, Serve
from tests.e2e.prefect_api import Document, PrefectApi
from tests.e2e.processes import eventually
from tests.e2e.stage import LEDGER, Stage
from tests.e2e.test_deployed import kill_at
from tests.e2e.traffic import Moment

# A little longer than from one heartbeat to the next; by default it is three times as long.
SILENCE = 36
BAD = "v1.4.0"


def states_of(api: PrefectApi, run: str) -> Counter[str]:
    return Counter(state["name"] for state in api.ask("GET", f"/flow_run_states/?flow_run_id={run}"))


def kill_terminal(stage: Stage, application: str) -> str:
    """A run in a terminal is killed while it verifies; its id."""
    process = stage.start("promote", application, BAD, "--to", "dev", "--verbose")
    eventually(lambda: "verify-dev" in process.said, "a look at the environment", lambda: process.said)
    process.kill()
    return str(next(entry.run for entry in stage.entries("dev") if entry.application == application and entry.run))


def of_promote(api: PrefectApi, application: str) -> list[Document]:
    """The flow runs that promote it, the newest first."""
    runs = api.ask("POST", "/flow_runs/filter", sort="START_TIME_DESC", flows={"name": {"any_": ["promote"]}}, limit=50)
    return [run for run in runs if run["parameters"].get("application") == application]


def test_runs_that_died_with_their_machine_go_on_by_themselves_and_one_that_lives_is_left_alone(
    make_stage: MakeStage, api: PrefectApi, serve: Serve
) -> None:
    environments = {"dev": {"verify": {"deadline": "6s"}}, "staging": {"after": "dev"}}
    broken, applications = (f"{BAD}@dev",), ("web-app", "api", "billing")
    stage = make_stage(environments, http=True, broken=broken, applications=applications)
    served = serve(stage)
    dead = kill_at(stage, api, Moment("before", LEDGER, f"web-app dev: pushed {BAD}"), BAD, served)
    terminal = kill_terminal(stage, "billing")
    stage.block_suite("staging")
    serve(stage, anew=False)
    lives = api.run_deployment("promote/promote", application="api", release="v1.3.0", to="staging")
    eventually(lambda: stage.suite_runs("staging"), "the suite", lambda: api.tell(lives))

    looks = [api.run_deployment("recover/recover", silence=SILENCE) for _ in range(2)]

    for look in looks:
        api.wait_for(look, "Completed")
    api.wait_for(dead, "Reverted")
    states = states_of(api, dead)
    assert (states["Crashed"], states["Recovering"], states["Running"]) == (1, 1, 2)
    assert api.flow_run(terminal)["state"]["name"] == "Crashed"
    assert "its process is gone" in api.flow_run(terminal)["state"]["message"]
    goes_on, before = of_promote(api, "billing")
    assert before["id"] == terminal
    api.wait_for(goes_on["id"], "Reverted")
    assert api.flow_run(lives)["state"]["name"] == "Running"
    stage.let_suite_go("staging")
    api.wait_for(lives, "Completed")
    assert "Crashed" not in states_of(api, lives)
    for application in ("web-app", "billing"):
        moved = [subject for subject in stage.subjects() if application in subject]
        assert moved == [f"Promote {application} {BAD} to dev", f"Revert {application} in dev to v1.2.0"]
    assert_agreement(stage)
