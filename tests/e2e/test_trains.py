"""Several applications that move together, with real commands, the real engine, and processes that are killed."""

from __future__ import annotations

from tests.e2e.agreement import assert_agreement
from tests.e2e.conftest import MakeStage, Serve
from tests.e2e.prefect_api import PrefectApi
from tests.e2e.processes import eventually

PIPELINE = {"dev": {}, "staging": {"after": "dev"}}
APPLICATIONS = ("web-app", "api")
TRAIN = ("promote", "web-app=v1.3.0", "api=v2.0.0")


def test_a_train_arrives_in_one_commit_an_environment(make_stage: MakeStage, api: PrefectApi) -> None:
    stage = make_stage(PIPELINE, applications=APPLICATIONS)

    told = stage.run(*TRAIN, code=0)

    assert stage.subjects() == [f"Promote web-app v1.3.0 and api v2.0.0 to {name}" for name in PIPELINE], told
    assert [stage.release("staging", name) for name in APPLICATIONS] == ["v1.3.0", "v2.0.0"]
    assert_agreement(stage)
    assert told.stdout.count("verified") == 4
    tasks = api.recorded(str(stage.entries()[-1].run), "promote-staging", "verify-staging")
    assert tasks["verify-staging"]["state"]["name"] == "Healthy"
    assert stage.run(*TRAIN, code=0).stdout.count("skipped") == 4


def test_one_that_is_ill_takes_the_others_back_with_it(make_stage: MakeStage) -> None:
    stage = make_stage(PIPELINE, applications=APPLICATIONS, broken=("v2.0.0@staging",))

    told = stage.run(*TRAIN, code=4)

    assert {name: stage.release("staging", name) for name in APPLICATIONS} == dict.fromkeys(APPLICATIONS, "v1.2.0"), (
        told
    )
    assert {name: stage.release("dev", name) for name in APPLICATIONS} == {"web-app": "v1.3.0", "api": "v2.0.0"}
    assert stage.subjects()[-1] == "Revert web-app and api in staging"
    assert_agreement(stage)
    assert "api: " in told.stdout
    assert "answers 500, not 200 (version v2.0.0)" in told.stdout


def test_killed_while_it_verifies_the_train_goes_on_together(make_stage: MakeStage) -> None:
    stage = make_stage(PIPELINE, applications=APPLICATIONS, delay=3)
    process = stage.start(*TRAIN)
    eventually(stage.subjects, "the first push")
    process.kill()

    stage.run(*TRAIN, code=0)

    assert len(stage.subjects()) == 2
    assert_agreement(stage)


def test_a_train_is_started_on_a_server(make_stage: MakeStage, api: PrefectApi, serve: Serve) -> None:
    stage = make_stage(PIPELINE, applications=APPLICATIONS)
    serve(stage)

    run = api.run_deployment(
        "promote/promote", application="web-app", release="v1.3.0", also={"api": "v2.0.0"}, to="dev"
    )

    api.wait_for(run, "Completed")
    assert stage.subjects() == ["Promote web-app v1.3.0 and api v2.0.0 to dev"]
