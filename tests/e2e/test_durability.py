"""`kill -9` at every step in turn: the same command, run again, ends as if nothing had happened."""

from __future__ import annotations

import signal
from dataclasses import dataclass

import pytest

from tests.e2e.agreement import assert_agreement
from tests.e2e.conftest import MakeStage
from tests.e2e.prefect_api import PrefectApi
from tests.e2e.processes import PATIENCE, Process, eventually
from tests.e2e.stage import LEDGER, Stage
from tests.e2e.traffic import Barrier, Moment

PIPELINE = {"dev": {}, "staging": {"after": "dev", "verify": {"deadline": "3s"}}}
GOOD, BROKEN = "v1.3.0", "v1.4.0"
PROMOTE = ("promote", "web-app", GOOD)


@dataclass(frozen=True)
class Death:
    """When it is killed, and what the same command exits with afterwards; ``task`` is what it is doing then."""

    moment: Moment
    code: int = 0
    release: str = GOOD
    lost_cache: bool = False
    task: str = ""


# A cold mirror is filled by five fetches: the clone, promontory.yaml, then in the survey the tags and what the
# environments run, and then the head that is planned on.
DEATHS = {
    "while the repository is opened": Death(Moment("fetch", number=1), task="fetch"),
    "in the survey": Death(Moment("fetch", number=3), task="survey"),
    "in the plan": Death(Moment("fetch", number=5), task="plan-dev"),
    "before the push": Death(Moment("before", "main")),
    "after the push, before it was told": Death(Moment("after", "main", "web-app dev: pushed v1.3.0")),
    "after the push, and the cache is lost": Death(
        Moment("after", "main", "web-app dev: pushed v1.3.0"), lost_cache=True
    ),
    "before the verdict is recorded": Death(Moment("before", LEDGER, "web-app dev: pushed v1.3.0")),
    "after the verdict": Death(Moment("after", LEDGER, "web-app dev: verdict v1.3.0")),
    "before the second push": Death(Moment("before", "main", "web-app dev: verdict v1.3.0")),
    "after the second push": Death(Moment("after", "main", "web-app staging: pushed v1.3.0"), lost_cache=True),
    "after the last verdict": Death(Moment("after", LEDGER, "web-app staging: verdict v1.3.0")),
    "before the bad verdict is recorded": Death(Moment("before", LEDGER, "web-app staging: pushed v1.4.0"), 4, BROKEN),
    "after the bad verdict": Death(Moment("after", LEDGER, "web-app staging: verdict v1.4.0"), 4, BROKEN),
    "before the revert is pushed": Death(
        Moment("before", "main", "web-app staging: verdict v1.4.0"), 4, BROKEN, lost_cache=True
    ),
    "after the revert was pushed": Death(Moment("after", "main", "web-app staging: reverted v1.4.0"), 4, BROKEN),
    "after the revert was pushed, and the cache is lost": Death(
        Moment("after", "main", "web-app staging: reverted v1.4.0"), 4, BROKEN, lost_cache=True
    ),
    "while the revert is verified": Death(Moment("before", LEDGER, "web-app staging: reverted v1.4.0"), 4, BROKEN),
    "after the revert was verified": Death(Moment("after", LEDGER, "web-app staging: verdict v1.2.0"), 3, BROKEN),
}


@pytest.mark.parametrize("death", DEATHS.values(), ids=DEATHS.keys())
def test_killed_and_run_again_it_ends_as_it_should(make_stage: MakeStage, api: PrefectApi, death: Death) -> None:
    stage = make_stage(PIPELINE, http=True, broken=(f"{BROKEN}@staging",), extra={"releases": {"kind": "git-tags"}})
    for release in (GOOD, BROKEN):
        stage.git("tag", release, "main")

    process, barrier = run_to(stage, death.moment, "promote", "web-app", death.release)
    if death.task:
        eventually(lambda: death.task in api.running_tasks(), f"the running task {death.task}", patience=30)
    process.kill()
    barrier.opened.set()
    if death.lost_cache:
        stage.lose_cache()
    stage.run("promote", "web-app", death.release, code=death.code)

    assert stage.subjects() == story_of(death.release)
    assert_agreement(stage)


def story_of(release: str) -> list[str]:
    promoted = [f"Promote web-app {release} to {environment}" for environment in PIPELINE]
    return promoted if release == GOOD else [*promoted, "Revert web-app in staging to v1.2.0"]


def run_to(stage: Stage, moment: Moment, *command: str, lands: bool = False) -> tuple[Process, Barrier]:
    """Run the command until ``moment``; what it had begun stays in the air until the barrier is opened."""
    assert stage.git_server
    barrier = Barrier(moment, stage.newest, lands)
    barrier.put_up(stage.git_server)
    process = stage.start(*command)

    def look() -> bool:
        assert barrier.reached.is_set() or not process.gone, f"it ended before {moment}: {process.wait()}"
        return barrier.reached.is_set()

    eventually(look, str(moment), lambda: process.said)
    return process, barrier


def test_a_push_that_lands_after_the_killed_run_was_repeated_changes_nothing(make_stage: MakeStage) -> None:
    stage = make_stage(PIPELINE, http=True)
    process, barrier = run_to(stage, Moment("before", "main"), "promote", "web-app", GOOD, lands=True)
    process.kill()

    stage.run("promote", "web-app", GOOD, code=0)
    barrier.opened.set()
    assert barrier.landed.wait(PATIENCE)

    assert stage.subjects() == story_of(GOOD)
    assert_agreement(stage)


def test_killed_while_a_suite_runs(make_stage: MakeStage) -> None:
    stage = make_stage(PIPELINE)
    stage.block_suite("staging")
    process = stage.start("promote", "web-app", GOOD)
    eventually(lambda: stage.suite_runs("staging"), "the suite", lambda: process.said)

    process.kill()
    stage.let_suite_go("staging")
    stage.run("promote", "web-app", GOOD, code=0)

    assert stage.subjects() == story_of(GOOD)
    assert_agreement(stage)


def test_killed_while_it_waits_for_an_approval(make_stage: MakeStage) -> None:
    stage = make_stage({"staging": {"approval": {}}})
    process = stage.start("promote", "web-app", GOOD, "--wait")
    eventually(lambda: stage.kinds("staging")[-1:] == ["requested"], "the request", lambda: process.said)
    process.kill()
    stage.lose_cache()
    promotion = stage.entries("staging")[-1].promotion

    stage.run("promote", "web-app", GOOD, code=3)
    stage.run("approve", promotion[:6], "--as", "Alice", code=0)
    stage.run("promote", "web-app", GOOD, code=0)

    assert stage.kinds("staging") == ["tested", "planned", "requested", "approved", "pushed", "verdict"]
    assert stage.subjects() == ["Promote web-app v1.3.0 to staging"]
    assert_agreement(stage, ("staging",))


def test_killed_between_the_approval_and_the_push(make_stage: MakeStage) -> None:
    stage = make_stage({"staging": {"approval": {}}}, http=True)
    stage.run("promote", "web-app", GOOD, code=3)
    stage.run("approve", stage.entries("staging")[-1].promotion, "--as", "Alice", code=0)

    process, barrier = run_to(stage, Moment("before", "main", "web-app staging: approved v1.3.0"), *PROMOTE)
    process.kill()
    barrier.opened.set()
    stage.run(*PROMOTE, code=0)

    assert stage.subjects() == ["Promote web-app v1.3.0 to staging"]
    assert "Approved-By: Alice" in stage.git("log", "-1", "--format=%B", "main")
    assert_agreement(stage, ("staging",))


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT], ids=["kill -9", "Ctrl-C"])
def test_ended_while_it_verifies(make_stage: MakeStage, number: signal.Signals) -> None:
    stage = make_stage({"dev": {}}, delay=3)
    process = stage.start("promote", "web-app", GOOD, "--verbose")
    eventually(lambda: "verify-dev" in process.said, "a look at the environment", lambda: process.said)

    process.signal(number)
    ended = process.wait()
    stage.run(*PROMOTE, code=0)

    assert ended.code == (130 if number == signal.SIGINT else -number), ended
    assert stage.kinds("dev") == ["tested", "planned", "pushed", "verdict"]
    assert stage.subjects() == ["Promote web-app v1.3.0 to dev"]
    assert_agreement(stage, ("dev",))


def test_ctrl_c_in_the_middle_of_a_push_leaves_nothing_half_done(make_stage: MakeStage) -> None:
    stage = make_stage({"dev": {}}, http=True)
    process, barrier = run_to(stage, Moment("before", "main"), *PROMOTE, lands=True)

    process.signal(signal.SIGINT)
    barrier.opened.set()
    ended = process.wait()
    assert_agreement(stage, ("dev",))
    stage.run(*PROMOTE, code=0)

    assert ended.code == 130, ended
    assert stage.subjects() == ["Promote web-app v1.3.0 to dev"]
    assert_agreement(stage, ("dev",))


def test_two_at_once_make_one_commit(make_stage: MakeStage) -> None:
    stage = make_stage(PIPELINE)

    together = [stage.start(*PROMOTE, PROMONTORY_CACHE_DIR=str(stage.cache / name)) for name in ("one", "two")]
    ended = [process.wait() for process in together]

    assert [each.code for each in ended] == [0, 0], "\n".join(map(str, ended))
    assert stage.subjects() == story_of(GOOD)
    assert_agreement(stage)
