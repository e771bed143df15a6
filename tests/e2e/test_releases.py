"""Releases that are not named: found by the run, shown in it, and the same when the run goes on."""

from __future__ import annotations

import pytest

from tests.e2e.conftest import MakeStage, Serve
from tests.e2e.prefect_api import PrefectApi
from tests.e2e.stage import Stage
from tests.e2e.test_approvals import answer

TAGS = {"releases": {"kind": "git-tags", "policy": {"semver": ">=1.0 <2"}}}


def publish(stage: Stage, *releases: str) -> None:
    for release in releases:
        stage.git("tag", release, "main")


def test_the_latest_release_is_promoted_and_the_run_says_which(make_stage: MakeStage, api: PrefectApi) -> None:
    stage = make_stage({"dev": {}}, extra=TAGS)
    publish(stage, "v1.3.0", "v1.4.0", "v2.0.0")

    told = stage.run("promote", "web-app", "latest", code=0)

    assert stage.release("dev") == "v1.4.0"
    assert "verified      dev          v1.2.0 → v1.4.0" in told.stdout
    run = str(stage.entries()[-1].run)
    found = api.recorded(run, "resolve")["resolve"]["state"]["message"]
    assert found == "latest → v1.4.0 (policy semver >=1.0 <2, of 3 in the tags of the GitOps repository)"
    assert api.flow_run(run)["name"] == "web-app latest to all"


def test_what_is_verified_moves_on_and_a_range_goes_back(make_stage: MakeStage) -> None:
    stage = make_stage({"dev": {}, "staging": {"after": "dev"}}, extra=TAGS)
    publish(stage, "v1.3.0", "v1.4.0")
    stage.run("promote", "web-app", "~1.3", "--to", "dev", code=0)

    stage.run("promote", "web-app", "verified", "--to", "staging", code=0)

    assert (stage.release("dev"), stage.release("staging")) == ("v1.3.0", "v1.3.0")


@pytest.mark.parametrize("asked", ["latest", ">=1"])
def test_a_run_that_waited_for_its_approval_promotes_what_was_approved(
    make_stage: MakeStage, api: PrefectApi, serve: Serve, asked: str
) -> None:
    stage = make_stage({"dev": {}, "staging": {"after": "dev", "approval": {}}}, extra=TAGS)
    publish(stage, "v1.3.0")
    serve(stage)
    run = api.run_deployment("promote/promote", application="web-app", release=asked, requested_by="Carol")
    api.wait_for(run, "Suspended")
    publish(stage, "v1.4.0")

    answer(api, run, "approve", "Alice")

    api.wait_for(run, "Completed")
    assert (stage.release("dev"), stage.release("staging")) == ("v1.3.0", "v1.3.0")


def test_a_run_that_finds_no_release_ends_as_a_bad_request(make_stage: MakeStage, api: PrefectApi) -> None:
    stage = make_stage({"dev": {}}, extra=TAGS)

    told = stage.run("promote", "web-app", "latest", code=2)

    assert "latest finds no release of web-app: the tags of the GitOps repository has no release" in told.stderr
    assert "→ promontory releases web-app" in told.stderr
    assert stage.subjects() == []
