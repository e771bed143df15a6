"""Promotions to branches that hold what was rendered, on real repositories; a small program stands in for kustomize."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from promontory.errors import RevertConflict, StrategyError
from promontory.model import Place
from promontory.promotion.holding import lift_hold
from promontory.promotion.reverting import revert, roll_back
from promontory.promotion.survey import survey
from tests.promotion.hydrated import STRATEGY, Hydrated, files, manifest
from tests.rendering.programs import CONCATENATE, install, put_first

Make = Callable[..., Hydrated]
STAGING = Place("web-app", "staging")


@pytest.fixture(autouse=True)
def kustomize(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    put_first(monkeypatch, tmp_path / "bin")
    return install(tmp_path / "bin", "kustomize", CONCATENATE)


@pytest.fixture
def make(tmp_path: Path) -> Iterator[Make]:
    made: list[Hydrated] = []

    def create(**applications: str) -> Hydrated:
        named = {name.replace("_", "-"): options for name, options in applications.items()}
        made.append(Hydrated.create(tmp_path, named or {"web-app": STRATEGY}))
        return made[-1]

    yield create
    for each in made:
        each.world.close()


@pytest.fixture
def hydrated(make: Make) -> Hydrated:
    return make()


def test_the_first_promotion_creates_the_branch_with_what_was_rendered_and_no_history(hydrated: Hydrated) -> None:
    commit = hydrated.release("v1.1.0")

    hydrated.promote("v1.1.0", to="dev")

    assert hydrated.names("dev") == ["web-app/deployment-web-app.yaml", "web-app/service-web-app.yaml"]
    assert hydrated.show("dev") == manifest("Deployment", "web-app", "v1.1.0-dev")
    assert hydrated.log("dev", "%P|%s") == ["|Promote web-app v1.1.0 to dev"]
    assert hydrated.log("dev", "%(trailers:key=Renders,valueonly)")[0] == f"v1.1.0 {commit} env/dev web-app"
    assert hydrated.running("dev") == "v1.1.0"
    assert hydrated.running("staging") is None


def test_the_plan_shows_the_rendered_diff_and_the_commit_it_is_made_of(hydrated: Hydrated) -> None:
    hydrated.release("v1.1.0")
    hydrated.promote("v1.1.0", to="dev")
    commit = hydrated.release("v1.2.0")

    plan = hydrated.plan("v1.2.0")

    assert plan.shown.startswith(f"render {commit[:12]} into env/dev\n")
    assert "-spec: v1.1.0-dev\n+spec: v1.2.0-dev\n" in plan.shown
    assert [path.path for path in plan.paths] == ["web-app/deployment-web-app.yaml", "web-app/service-web-app.yaml"]
    assert plan.previous == "v1.1.0"


def test_each_environment_gets_its_own_and_the_same_release(hydrated: Hydrated) -> None:
    hydrated.release("v1.1.0")

    hydrated.promote("v1.1.0", to="production")

    assert "v1.1.0-production" in hydrated.show("production")
    assert "v1.1.0-staging" in hydrated.show("staging")
    assert {hydrated.running(name) for name in ("dev", "staging", "production")} == {"v1.1.0"}


def test_an_object_that_is_gone_is_a_file_that_goes(hydrated: Hydrated) -> None:
    hydrated.release("v1.1.0")
    hydrated.promote("v1.1.0", to="dev")
    hydrated.commit({"apps/web-app/dev/Service.yaml": None}, tag="v1.2.0")

    hydrated.promote("v1.2.0", to="dev", run="run-2")

    assert hydrated.names("dev") == ["web-app/deployment-web-app.yaml"]


def test_what_lies_outside_of_the_path_is_never_touched(hydrated: Hydrated) -> None:
    hydrated.release("v1.1.0")
    hydrated.promote("v1.1.0", to="dev")
    hydrated.commit({"README.md": "dev\n", "web-app-notes.txt": "mine\n"}, branch="env/dev")
    hydrated.release("v1.2.0")

    hydrated.promote("v1.2.0", to="dev", run="run-2")

    assert {"README.md", "web-app-notes.txt"} <= set(hydrated.names("dev"))
    assert "v1.2.0" in hydrated.show("dev")


def test_edits_by_hand_are_shown_as_overwritten(hydrated: Hydrated) -> None:
    hydrated.release("v1.1.0")
    hydrated.promote("v1.1.0", to="dev")
    by_hand = manifest("Service", "web-app", "by-hand")
    hydrated.commit({"web-app/service-web-app.yaml": by_hand, "web-app/own.yaml": "x\n"}, branch="env/dev")
    hydrated.commit({"apps/web-app/dev/Deployment.yaml": manifest("Deployment", "web-app", "v2")}, tag="v2.0.0")

    plan = hydrated.plan("v2.0.0")
    hydrated.promote("v2.0.0", to="dev", run="run-2")

    assert "-spec: by-hand\n+spec: v1.1.0-dev\n" in plan.diff
    assert [path.path for path in plan.paths if path.after is None] == ["web-app/own.yaml"]
    assert hydrated.names("dev") == ["web-app/deployment-web-app.yaml", "web-app/service-web-app.yaml"]


def test_a_release_that_renders_the_same_still_moves_by_a_commit_of_its_own(hydrated: Hydrated) -> None:
    hydrated.release("v1.1.0")
    hydrated.promote("v1.1.0", to="dev")
    hydrated.commit({"README.md": "# Changed\n"}, tag="v1.2.0")

    hop = hydrated.promote("v1.2.0", to="dev", run="run-2")

    assert hop.current == "v1.1.0"
    assert hydrated.running("dev") == "v1.2.0"
    assert len(set(hydrated.log("dev", "%T"))) == 1
    assert len(hydrated.log("dev", "%H")) == 2
    assert hydrated.world.entries("dev")[-2].kind == "pushed"


def test_promoting_what_already_runs_is_nothing_to_do(hydrated: Hydrated) -> None:
    commit = hydrated.release("v1.1.0")
    hydrated.promote("v1.1.0", to="dev")

    assert [hydrated.promote(name, to="dev", run=name).step for name in ("v1.1.0", commit, commit[:8])] == ["skip"] * 3
    assert len(hydrated.log("dev", "%H")) == 1


def test_a_commit_without_a_tag_is_a_release_called_by_its_id(hydrated: Hydrated) -> None:
    commit = hydrated.commit(files("web-app", "untagged"))

    hydrated.promote(commit[:10], to="dev")

    assert hydrated.running("dev") == commit


@pytest.mark.parametrize("release", ["v9.9.9", "0123456789"])
def test_what_is_neither_tag_nor_commit_is_refused(hydrated: Hydrated, release: str) -> None:
    with pytest.raises(StrategyError, match=f"^{release} is neither a tag nor a commit of the repository"):
        hydrated.promote(release)


def test_a_commit_of_some_other_branch_is_no_release(hydrated: Hydrated) -> None:
    commit = hydrated.commit(files("web-app", "feature"), branch="feature", tag="v1.1.0")

    with pytest.raises(StrategyError) as caught:
        hydrated.promote("v1.1.0", to="dev")

    assert caught.value.message == f"v1.1.0 ({commit[:12]}) is not on the branch main"
    assert "from:" in caught.value.remedy


def test_releases_may_come_from_another_branch(make: Make) -> None:
    hydrated = make(web_app=f"{STRATEGY}, from: release")
    hydrated.commit(files("web-app", "v1"), branch="release", tag="v1.1.0")

    hydrated.promote("v1.1.0", to="dev")

    assert "v1-dev" in hydrated.show("dev")


def test_a_release_that_does_not_become_healthy_is_taken_back_and_can_come_again(hydrated: Hydrated) -> None:
    hydrated.release("v1.1.0")
    hydrated.promote("v1.1.0")
    hydrated.release("v6.6.6")
    hydrated.commit({"apps/web-app/staging/Extra.yaml": manifest("Extra", "web-app", "x")}, tag="v6.6.7")
    hops = hydrated.hops("run-2")
    hops.promote("v6.6.7", "dev")
    before = hydrated.world.git("rev-parse", "env/staging^{tree}")
    hop, entry = hops.push("v6.6.7", "staging")
    assert "web-app/extra-web-app.yaml" in hydrated.names("staging")

    revert(hops.workspace, hop, entry, "unhealthy")

    assert hydrated.world.git("rev-parse", "env/staging^{tree}") == before
    assert hydrated.running("staging") == "v1.1.0"

    lift_hold(hydrated.world.workspace(), STAGING, "v6.6.7")
    hydrated.promote("v6.6.7", run="run-3")

    assert "web-app/extra-web-app.yaml" in hydrated.names("staging")
    assert hydrated.running("staging") == "v6.6.7"


def test_a_revert_leaves_what_lies_outside_alone_and_takes_edits_by_hand_inside_back(hydrated: Hydrated) -> None:
    hydrated.release("v1.1.0")
    hydrated.promote("v1.1.0")
    hydrated.release("v1.2.0")
    hops = hydrated.hops("run-2")
    hops.promote("v1.2.0", "dev")
    hop, entry = hops.push("v1.2.0", "staging")
    hydrated.commit(
        {"README.md": "mine\n", "web-app/deployment-web-app.yaml": manifest("Deployment", "web-app", "by-hand")},
        branch="env/staging",
    )
    hops.workspace.repository.sync()

    revert(hops.workspace, hop, entry, "unhealthy")

    assert hydrated.show("staging") == manifest("Deployment", "web-app", "v1.1.0-staging")
    assert hydrated.show("staging", "README.md") == "mine\n"
    assert hydrated.running("staging") == "v1.1.0"


def test_the_very_first_release_has_nothing_to_go_back_to(hydrated: Hydrated) -> None:
    hydrated.release("v1.1.0")
    hops = hydrated.hops()
    hop, entry = hops.push("v1.1.0", "dev")

    with pytest.raises(RevertConflict, match="env/dev did not exist before"):
        revert(hops.workspace, hop, entry, "unhealthy")


def test_rollback_by_hand_goes_back_and_forth(hydrated: Hydrated) -> None:
    for version in ("v1.1.0", "v1.2.0", "v1.3.0"):
        hydrated.release(version)
        hydrated.promote(version, run=version)

    roll_back(hydrated.world.workspace(), STAGING, "v1.1.0", "slow", "rollback-1")
    assert "v1.1.0-staging" in hydrated.show("staging")
    assert hydrated.running("staging") == "v1.1.0"

    lift_hold(hydrated.world.workspace(), STAGING, "v1.3.0")
    roll_back(hydrated.world.workspace(), STAGING, "v1.3.0", "not slow", "rollback-2")

    assert "v1.3.0-staging" in hydrated.show("staging")
    assert hydrated.running("staging") == "v1.3.0"


def test_applications_share_a_branch_and_move_one_by_one(make: Make) -> None:
    hydrated = make(web_app=STRATEGY, api=STRATEGY)
    hydrated.release("v1.0.0", "web-app")
    hydrated.promote("v1.0.0")
    api = hydrated.commit(files("api", "second"))

    hydrated.promote(api, application="api", run="run-2")

    assert (hydrated.running("staging"), hydrated.running("staging", "api")) == ("v1.0.0", api)
    assert "second-staging" in hydrated.show("staging", "api/deployment-api.yaml")
    assert "v1.0.0-staging" in hydrated.show("staging")


def test_a_train_to_a_branch_that_is_not_there_yet_is_one_commit(make: Make) -> None:
    hydrated = make(web_app=STRATEGY, api=STRATEGY)
    hydrated.commit(files("web-app", "one"), tag="v1.0.0")
    hydrated.commit(files("api", "two"), tag="v2.0.0")
    hops = hydrated.hops()
    ((hop,),) = survey(hops.workspace, "web-app", "v1.0.0", "dev", "run-1", {"api": "v2.0.0"})

    hops.finish(hop)

    assert len(hydrated.log("dev", "%H")) == 1
    assert (hydrated.running("dev"), hydrated.running("dev", "api")) == ("v1.0.0", "v2.0.0")
    assert "one-dev" in hydrated.show("dev")
    assert "two-dev" in hydrated.show("dev", "api/service-api.yaml")


def test_a_train_over_several_branches_says_on_each_what_it_runs(make: Make) -> None:
    own = STRATEGY.replace("env/{environment}", "{application}/{environment}").replace("'{application}'", "'.'")
    hydrated = make(web_app=own, api=own)
    hydrated.commit(files("web-app", "one"), tag="v1.0.0")
    hydrated.commit(files("api", "two"), tag="v2.0.0")
    hops = hydrated.hops()
    ((hop,),) = survey(hops.workspace, "api", "v2.0.0", "dev", "run-1", {"web-app": "v1.0.0"})

    hops.finish(hop)

    assert (hydrated.running("dev"), hydrated.running("dev", "api")) == ("v1.0.0", "v2.0.0")
    assert "one-dev" in hydrated.world.git("show", "web-app/dev:deployment-web-app.yaml")


def test_one_of_a_train_goes_back_and_the_other_stays(make: Make) -> None:
    hydrated = make(web_app=STRATEGY, api=STRATEGY)
    for number in ("1", "2"):
        hydrated.commit({**files("web-app", f"w{number}"), **files("api", f"a{number}")}, tag=f"v{number}.0.0")
        hops = hydrated.hops(f"run-{number}")
        ((hop,),) = survey(hops.workspace, "web-app", f"v{number}.0.0", "dev", "run", {"api": f"v{number}.0.0"})
        hops.finish(hop)

    roll_back(hydrated.world.workspace(), Place("api", "dev"), "v1.0.0", "slow", "rollback-1")

    assert (hydrated.running("dev"), hydrated.running("dev", "api")) == ("v2.0.0", "v1.0.0")
    assert "a1-dev" in hydrated.show("dev", "api/deployment-api.yaml")
    assert "w2-dev" in hydrated.show("dev")
