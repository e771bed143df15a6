"""`kill -9` of a run and of what served it: nobody sees the death, and the promotion goes on all the same, once."""

from __future__ import annotations

from collections import Counter

from tests.e2e.agreement import assert_agreement
from tests.e2e.conftest import MakeStage, Serve
from tests.e2e.prefect_api import PrefectApi
from tests.e2e.processes import eventually
from tests.e2e.stage import LEDGER
from tests.e2e.test_deployed import kill_at
from tests.e2e.traffic import Moment

# A little longer than from one heartbeat to the next; by default it is three times as long.
SILENCE = 36


def states_of(api: PrefectApi, run: str) -> Counter[str]:
    return Counter(state["name"] for state in api.ask("GET", f"/flow_run_states/?flow_run_id={run}"))


def test_a_run_that_died_with_its_machine_goes_on_by_itself_and_one_that_lives_is_left_alone(
    make_stage: MakeStage, api: PrefectApi, serve: Serve
) -> None:
    environments = {"dev": {"verify": {"deadline": "3s"}}, "staging": {"after": "dev"}}
    stage = make_stage(environments, http=True, broken=("v1.4.0@dev",), applications=("web-app", "api"))
    served = serve(stage)
    dead = kill_at(stage, api, Moment("before", LEDGER, "web-app dev: pushed v1.4.0"), "v1.4.0", served)
    stage.block_suite("staging")
    serve(stage, anew=False)
    lives = api.run_deployment("promote/promote", application="api", release="v1.3.0", to="staging")
    eventually(lambda: stage.suite_runs("staging"), "the suite", lambda: api.tell(lives))

    looks = [api.run_deployment("recover/recover", silence=SILENCE) for _ in range(2)]

    for look in looks:
        api.wait_for(look, "Completed")
    eventually(lambda: api.flow_run(dead)["state"]["name"] == "Reverted", "the revert", lambda: api.tell(dead))
    states = states_of(api, dead)
    assert (states["Crashed"], states["Recovering"], states["Running"]) == (1, 1, 2)
    assert api.flow_run(lives)["state"]["name"] == "Running"
    stage.let_suite_go("staging")
    api.wait_for(lives, "Completed")
    assert "Crashed" not in states_of(api, lives)
    assert [subject for subject in stage.subjects() if "web-app" in subject] == [
        "Promote web-app v1.4.0 to dev",
        "Revert web-app in dev to v1.2.0",
    ]
    assert_agreement(stage)
