"""A deployed run that waits for an approval is overtaken by a newer release: it is woken, and ends by that word."""

from __future__ import annotations

from tests.e2e.agreement import assert_agreement
from tests.e2e.conftest import MakeStage, Serve
from tests.e2e.prefect_api import PrefectApi


def test_a_suspended_run_ends_superseded_when_a_newer_release_asks(
    make_stage: MakeStage, api: PrefectApi, serve: Serve
) -> None:
    stage = make_stage({"staging": {}, "production": {"after": "staging", "approval": {}}})
    serve(stage)
    old = api.run_deployment("promote/promote", application="web-app", release="v1.3.0")
    api.wait_for(old, "Suspended")

    new = api.run_deployment("promote/promote", application="web-app", release="v1.4.0")
    api.wait_for(new, "Suspended")
    state = api.wait_for(old, "Superseded")["state"]

    (asked,) = [e for e in stage.entries("production") if e.kind == "requested" and e.release == "v1.4.0"]
    assert state["type"] == "FAILED"
    assert f"v1.3.0 is superseded by v1.4.0 ({asked.promotion})" in state["message"]
    kinds = ["planned", "requested", "superseded", "planned", "requested"]
    assert [kind for kind in stage.kinds("production") if kind != "tested"] == kinds
    pending = stage.run("pending", code=0).stdout
    assert "v1.4.0" in pending
    assert "v1.3.0" not in pending
    (first,) = [e for e in stage.entries("production") if e.kind == "requested" and e.release == "v1.3.0"]
    refused = stage.run("approve", first.promotion, "--yes", code=3)
    assert "superseded" in refused.stderr

    stage.run("approve", asked.promotion, "--yes", code=0)
    api.wait_for(new, "Completed")
    assert stage.release("production") == "v1.4.0"
    assert_agreement(stage, ("staging", "production"))
