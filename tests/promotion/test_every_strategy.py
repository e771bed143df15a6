"""What every strategy promises, whatever it does to the repository: proved with real pushes for each of them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from promontory.model import Place
from promontory.promotion.delivery import deliver, plan_hop
from promontory.promotion.holding import lift_hold
from promontory.promotion.reverting import revert, roll_back
from promontory.promotion.survey import survey
from promontory.promotion.values import Hop
from promontory.record import Entry
from tests.promotion.kinds import APPLICATIONS, KINDS, Kind, release_of
from tests.promotion.world import LEDGER, Hops, World
from tests.rendering.programs import CONCATENATE, install, put_first

STAGING = Place("web-app", "staging")


class Stage:
    """A world of one kind, and a run in it."""

    def __init__(self, kind: Kind, directory: Path) -> None:
        self.kind = kind
        self.world: World = kind.world(directory)
        self.runs = 0

    def publish(self, release: str, *applications: str) -> None:
        for application in applications or ("web-app",):
            self.kind.published(self.world, application, release)

    def hops(self) -> Hops:
        self.runs += 1
        return Hops(self.world.workspace(), f"run-{self.runs}")

    def surveyed(self, hops: Hops, release: str, to: str = "staging", **also: str) -> list[Hop]:
        hops.workspace.repository.sync()
        return [hop for wave in survey(hops.workspace, "web-app", release, to, hops.run, also) for hop in wave]

    def promote(self, release: str, to: str = "staging") -> list[str]:
        """Through every environment on the way; what was left to do in each."""
        hops = self.hops()
        steps: list[str] = []
        for number in range(len(self.surveyed(hops, release, to))):
            hop = self.surveyed(hops, release, to)[number]
            steps.append(hop.step)
            hops.finish(hop)
        return steps

    def push(self, hops: Hops, release: str, **also: str) -> tuple[Hop, Entry]:
        """Into staging, as far as the push."""
        hop = self.surveyed(hops, release, **also)[-1]
        return hop, deliver(hops.workspace, hop, plan_hop(hops.workspace, hop)[0])

    def running(self, environment: str = "staging", application: str = "web-app") -> str | None:
        workspace = self.world.workspace(cache="reader")
        return workspace.current(workspace.config.place(application, environment))

    def trees(self) -> str:
        """What every branch but the ledger holds, as object ids."""
        form = "--format=%(refname) %(tree)"
        refs = self.world.git("for-each-ref", form, "refs/heads").splitlines()
        return "\n".join(line for line in refs if not line.startswith(f"refs/heads/{LEDGER}"))

    def refs(self) -> str:
        refs = self.world.git("for-each-ref", "refs/heads", "refs/tags").splitlines()
        return "\n".join(line for line in refs if LEDGER not in line)


@pytest.fixture(autouse=True)
def _kustomize(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A program that stands in for it."""
    install(tmp_path / "bin", "kustomize", CONCATENATE)
    put_first(monkeypatch, tmp_path / "bin")


@pytest.fixture(params=KINDS.values(), ids=KINDS)
def stage(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Stage]:
    made = Stage(request.param, tmp_path)
    yield made
    made.world.close()


def test_a_release_is_brought_and_read_back(stage: Stage) -> None:
    stage.publish("v1.1.0")

    stage.promote("v1.1.0")

    assert [stage.running(name) for name in ("dev", "staging")] == ["v1.1.0", "v1.1.0"]
    assert stage.running(application="api") != "v1.1.0"


def test_what_runs_already_is_nothing_to_do(stage: Stage) -> None:
    stage.publish("v1.1.0")
    stage.promote("v1.1.0")
    before = stage.refs()

    assert stage.promote("v1.1.0") == ["skip", "skip"]
    hops = stage.hops()
    hop = stage.surveyed(hops, "v1.1.0")[-1].model_copy(update={"step": "promote"})
    assert plan_hop(hops.workspace, hop)[0].nothing_to_do
    assert stage.refs() == before


def test_a_revert_gives_every_byte_back(stage: Stage) -> None:
    stage.publish("v1.1.0")
    stage.promote("v1.1.0")
    stage.publish("v1.2.0")
    stage.promote("v1.2.0", to="dev")
    before, hops = stage.trees(), stage.hops()
    hop, entry = stage.push(hops, "v1.2.0")
    assert stage.running() == "v1.2.0"

    reverted = revert(hops.workspace, hop, entry, "unhealthy")

    assert reverted
    assert stage.trees() == before
    assert stage.running() == "v1.1.0"


def test_a_reverted_release_can_be_promoted_again_and_really_arrives(stage: Stage) -> None:
    stage.publish("v1.1.0")
    stage.promote("v1.1.0", to="dev")
    hops = stage.hops()
    hop, entry = stage.push(hops, "v1.1.0")
    arrived = stage.trees()
    revert(hops.workspace, hop, entry, "unhealthy")
    assert stage.trees() != arrived
    lift_hold(stage.world.workspace(), STAGING, "v1.1.0")

    stage.promote("v1.1.0")

    assert stage.trees() == arrived
    assert stage.running() == "v1.1.0"


def test_a_rollback_by_hand_goes_to_the_release_before(stage: Stage) -> None:
    for release in ("v1.1.0", "v1.2.0"):
        stage.publish(release)
        stage.promote(release)

    roll_back(stage.world.workspace(), STAGING, None, "slow", "rollback-1")

    assert stage.running() == "v1.1.0"
    assert stage.running("dev") == "v1.2.0"


def test_both_applications_move_in_one_plan_and_go_back_together(stage: Stage) -> None:
    stage.publish("v1.1.0", *APPLICATIONS)
    api = release_of("api", "v1.1.0") if stage.kind.branches else "v1.1.0"
    dev = stage.hops()
    for hop in stage.surveyed(dev, "v1.1.0", "dev", api=api):
        if hop.step != "skip":
            dev.finish(hop)
    before, hops = stage.trees(), stage.hops()

    hop, entry = stage.push(hops, "v1.1.0", api=api)

    assert len(hop.members) == 2
    assert (stage.running(), stage.running(application="api")) == ("v1.1.0", api)
    assert revert(hops.workspace, hop, entry, "unhealthy")
    assert stage.trees() == before
    assert stage.running() != "v1.1.0"
    assert stage.running(application="api") != api
