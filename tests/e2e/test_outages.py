"""Servers that are away for longer than anybody waits politely: nothing is lost, nothing done twice."""

from __future__ import annotations

import threading

from tests.e2e.agreement import assert_agreement
from tests.e2e.conftest import MakeStage
from tests.e2e.stage import Stage
from tests.e2e.traffic import pushed_refs
from tests.repository.servers import Request

# Longer than the half minute for which any step is repeated.
AWAY_SECONDS = 45.0
PIPELINE = {"dev": {}, "staging": {"after": "dev", "verify": {"deadline": "3s"}}}
PROMOTED = [f"Promote web-app v1.3.0 to {environment}" for environment in PIPELINE]


def away_after(stage: Stage, ledger: str) -> threading.Event:
    """Once the ledger's newest entry has this subject the Git server goes away for a while; set when it is back."""
    server, back = stage.git_server, threading.Event()
    assert server

    def served(request: Request) -> None:
        if pushed_refs(request) and stage.newest() == ledger and not gone.is_set():
            gone.set()
            threading.Thread(target=outage).start()

    def outage() -> None:
        server.leave()
        back.wait(AWAY_SECONDS)
        server.come_back()
        back.set()

    gone = threading.Event()
    server.served = served
    return back


def test_the_git_server_is_away_between_the_push_and_the_verdict(make_stage: MakeStage) -> None:
    stage = make_stage(PIPELINE, http=True)
    back = away_after(stage, "web-app dev: pushed v1.3.0")

    ended = stage.run("promote", "web-app", "v1.3.0", "--verbose", code=0)

    assert back.is_set()
    assert "verify-dev" in ended.stderr
    assert stage.subjects() == PROMOTED
    assert [stage.kinds(name).count("verdict") for name in PIPELINE] == [1, 1]
    assert_agreement(stage)


def test_the_git_server_is_away_when_it_has_to_be_reverted(make_stage: MakeStage) -> None:
    stage = make_stage(PIPELINE, http=True, broken=("v1.3.0@staging",))
    back = away_after(stage, "web-app staging: verdict v1.3.0")

    stage.run("promote", "web-app", "v1.3.0", code=4)

    assert back.is_set()
    assert stage.subjects() == [*PROMOTED, "Revert web-app in staging to v1.2.0"]
    assert stage.kinds("staging")[-4:] == ["verdict", "held", "reverted", "verdict"]
    assert stage.release("staging") == "v1.2.0"
    assert_agreement(stage)
