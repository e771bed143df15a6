"""Promotions between branches: what arrives, what stays, what a revert leaves, on real repositories."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest

from promontory.errors import NotAllowed, StrategyError
from promontory.model import Place
from promontory.promotion.delivery import deliver
from promontory.promotion.holding import add_hold, lift_hold
from promontory.promotion.reverting import revert, roll_back
from promontory.promotion.validation import problems
from tests.promotion.branches import API, PIPELINE, WEB, Branches

Make = Callable[..., Branches]
STAGING = Place("web-app", "staging")


@pytest.fixture
def make(tmp_path: Path) -> Iterator[Make]:
    made: list[Branches] = []

    def create(options: str = "", applications: Mapping[str, str] | None = None) -> Branches:
        made.append(Branches.create(tmp_path, applications or {"web-app": options}, PIPELINE))
        return made[-1]

    yield create
    for each in made:
        each.world.close()


@pytest.fixture
def branches(make: Make) -> Branches:
    return make()


def test_a_release_arrives_by_a_merge_commit_whose_parents_are_both_branches(branches: Branches) -> None:
    before, released = branches.world.git("rev-parse", "staging").strip(), branches.release("v1.1.0")

    branches.promote("v1.1.0")

    assert branches.parents("staging") == [before, released]
    assert branches.show("staging") == branches.show("dev")
    assert branches.running("staging") == "v1.1.0"
    assert branches.world.git("log", "-1", "--format=%s", "staging").strip() == "Promote web-app v1.1.0 to staging"


def test_what_the_environment_has_of_its_own_stays(branches: Branches) -> None:
    branches.commit("staging", WEB, "host: example", "host: staging.example")
    branches.release("v1.1.0")

    branches.promote("v1.1.0")

    assert "web-app:v1.1.0" in branches.show("staging")
    assert "host: staging.example" in branches.show("staging")


def test_kept_files_are_not_merged_and_deleted_ones_do_not_go(make: Make) -> None:
    branches = make(", keep: ['**/replicas.yaml']")
    branches.commit("staging", "apps/web-app/replicas.yaml", "1", "3")
    branches.commit("dev", "apps/web-app/replicas.yaml", "1", "2")
    branches.release("v1.1.0")

    branches.promote("v1.1.0")

    assert branches.show("staging", "apps/web-app/replicas.yaml") == "replicas: 3\n"
    assert "web-app:v1.1.0" in branches.show("staging")


def test_a_conflict_names_its_paths_and_pushes_nothing(branches: Branches) -> None:
    branches.commit("staging", WEB, "port: 80", "port: 81")
    branches.commit("dev", WEB, "port: 80", "port: 8080")
    branches.release("v1.1.0")
    before = branches.world.git("rev-parse", "staging")

    with pytest.raises(StrategyError, match=r"both sides changed apps/web-app/deployment\.yaml"):
        branches.promote("v1.1.0")

    assert branches.world.git("rev-parse", "staging") == before


def test_a_release_that_was_reverted_can_be_promoted_again_and_really_arrives(branches: Branches) -> None:
    branches.release("v6.6.6")
    branches.promote("v6.6.6")
    assert branches.running("staging") == "v1.0.0" or "v1.0.0" in branches.show("staging")
    lift_hold(branches.world.workspace(), STAGING, "v6.6.6")
    branches.world.config = branches.world.config.model_copy(
        update={"environments": {**branches.world.config.environments, "staging": healthy(branches)}}
    )

    branches.promote("v6.6.6", run="run-2")

    assert "web-app:v6.6.6" in branches.show("staging")
    assert branches.running("staging") == "v6.6.6"


def healthy(branches: Branches) -> object:
    staging = branches.world.config.environments["staging"]
    return staging.model_copy(update={"verify": branches.world.config.environments["dev"].verify})


def test_what_comes_after_a_reverted_release_brings_its_changes_along(branches: Branches) -> None:
    branches.commit("dev", WEB, "probes: none", "probes: all")
    branches.release("v6.6.6")
    branches.promote("v6.6.6")
    assert "probes: none" in branches.show("staging")
    branches.release("v1.2.0")

    branches.promote("v1.2.0", run="run-2")

    assert branches.show("staging") == branches.show("dev")


def test_a_revert_leaves_the_commits_of_others_alone(branches: Branches) -> None:
    branches.release("v1.1.0")
    hops = branches.hops()
    hops.promote("v1.1.0", "dev")
    hop, entry = hops.push("v1.1.0", "staging")
    branches.commit("staging", WEB, "host: example", "host: staging.example")

    revert(hops.workspace, hop, entry, "unhealthy")

    assert branches.show("staging") == "image: acme/web-app:v1.0.0\nport: 80\nprobes: none\nhost: staging.example\n"


@pytest.mark.parametrize("name", ["tag", "commit", "abbreviated"])
def test_a_release_is_named_by_tag_or_commit_and_is_the_same(branches: Branches, name: str) -> None:
    commit = branches.release("v1.1.0")
    asked = {"tag": "v1.1.0", "commit": commit, "abbreviated": commit[:9]}[name]

    branches.promote(asked)

    assert branches.running("staging") == "v1.1.0"
    assert branches.promote("v1.1.0", run="run-2").step == "skip"


def test_a_release_that_is_not_the_tip_can_be_promoted(branches: Branches) -> None:
    branches.release("v1.1.0")
    branches.promote("v1.1.0", to="dev")
    branches.release("v1.2.0")

    branches.promote("v1.1.0")

    assert "web-app:v1.1.0" in branches.show("staging")
    assert branches.running("staging") == "v1.1.0"


def test_a_commit_without_a_tag_is_called_by_its_id(branches: Branches) -> None:
    commit = branches.commit("dev", WEB, "probes: none", "probes: all")

    branches.promote(commit[:10])

    assert branches.running("staging") == commit


def test_a_hold_by_any_name_keeps_the_release_out(branches: Branches) -> None:
    commit = branches.release("v1.1.0")
    add_hold(branches.world.workspace(), STAGING, commit[:8], "CVE-1")

    with pytest.raises(NotAllowed, match=r"v1\.1\.0 is held in staging"):
        branches.promote("v1.1.0")

    assert lift_hold(branches.world.workspace(), STAGING, commit)
    branches.promote("v1.1.0", run="run-2")
    assert branches.running("staging") == "v1.1.0"


def test_what_is_neither_tag_nor_commit_is_refused(branches: Branches) -> None:
    with pytest.raises(StrategyError, match=r"v9\.9\.9 is neither a tag nor a commit"):
        branches.promote("v9.9.9")


def test_fast_forward_where_it_can_be(make: Make) -> None:
    branches = make(", merge: ff")
    released = branches.release("v1.1.0")

    branches.promote("v1.1.0")

    assert branches.world.git("rev-parse", "staging").strip() == released
    assert branches.running("staging") == "v1.1.0"


def test_a_fast_forward_that_was_reverted_can_be_promoted_again(make: Make) -> None:
    branches = make(", merge: ff")
    branches.release("v6.6.6")
    branches.promote("v6.6.6")
    assert "web-app:v1.0.0" in branches.show("staging")
    branches.release("v1.2.0")

    branches.promote("v1.2.0", run="run-2")

    assert branches.show("staging") == branches.show("dev")
    assert branches.running("staging") == "v1.2.0"


def test_where_it_cannot_be_forwarded_it_is_merged(make: Make) -> None:
    branches = make(", merge: ff")
    branches.commit("staging", WEB, "host: example", "host: staging.example")
    released = branches.release("v1.1.0")

    branches.promote("v1.1.0")

    assert branches.parents("staging")[1:] == [released]


def test_squashed_releases_have_one_parent_and_follow_each_other(make: Make) -> None:
    branches = make(", merge: squash")
    branches.commit("staging", WEB, "host: example", "host: staging.example")
    for version in ("v1.1.0", "v1.2.0"):
        before = branches.world.git("rev-parse", "staging").strip()
        branches.release(version)
        branches.promote(version, run=version)
        assert branches.parents("staging") == [before]

    assert branches.show("staging") == "image: acme/web-app:v1.2.0\nport: 80\nprobes: none\nhost: staging.example\n"


def test_one_of_several_applications_moves_and_the_other_stays(make: Make) -> None:
    branches = make(applications={"web-app": ", paths: [apps/web-app]", "api": ", paths: [apps/api]"})
    branches.commit("dev", API, "api:v1.0.0", "api:v1.1.0")
    branches.release("v2.0.0")
    api = branches.commit("dev", API, "api:v1.1.0", "api:v1.2.0")

    branches.promote("v2.0.0")

    assert "web-app:v2.0.0" in branches.show("staging")
    assert branches.show("staging", API) == "image: acme/api:v1.0.0\n"

    branches.promote(api, application="api", run="run-2")

    assert branches.show("staging", API) == "image: acme/api:v1.2.0\n"
    assert branches.running("staging") == "v2.0.0"
    assert branches.running("staging", "api") == api


def test_taking_one_application_back_leaves_what_the_other_promoted_in_between(make: Make) -> None:
    branches = make(applications={"web-app": ", paths: [apps/web-app]", "api": ", paths: [apps/api]"})
    branches.release("v2.0.0")
    hops = branches.hops()
    hops.promote("v2.0.0", "dev")
    hop, entry = hops.push("v2.0.0", "staging")
    api = branches.commit("dev", API, "api:v1.0.0", "api:v1.1.0")
    branches.promote(api, application="api", run="run-2")
    hops.workspace.repository.sync()

    revert(hops.workspace, hop, entry, "unhealthy")

    assert "web-app:v1.0.0" in branches.show("staging")
    assert branches.running("staging", "api") == api
    assert branches.running("staging") != "v2.0.0"


def test_rollback_by_hand_goes_back_and_forth(branches: Branches) -> None:
    for version in ("v1.1.0", "v1.2.0"):
        branches.release(version)
        branches.promote(version, run=version)

    roll_back(branches.world.workspace(), STAGING, None, "slow", "rollback-1")
    assert "web-app:v1.1.0" in branches.show("staging")
    assert branches.running("staging") == "v1.1.0"

    lift_hold(branches.world.workspace(), STAGING, "v1.2.0")
    roll_back(branches.world.workspace(), STAGING, "v1.2.0", "not slow", "rollback-2")

    assert branches.running("staging") == "v1.2.0"
    assert branches.show("staging") == branches.show("dev")


def test_what_somebody_merged_by_hand_counts_and_the_next_release_arrives(branches: Branches, tmp_path: Path) -> None:
    branches.release("v1.1.0")
    branches.promote("v1.1.0")
    merged = branches.release("v1.2.0")
    merge_by_hand(branches, tmp_path / "clone", "staging", merged)
    branches.release("v1.3.0")

    branches.promote("v1.3.0", run="run-2")

    assert branches.show("staging") == branches.show("dev")
    assert branches.running("staging") == "v1.3.0"


def merge_by_hand(branches: Branches, clone: Path, branch: str, commit: str) -> None:
    person = ["-c", "user.name=Somebody", "-c", "user.email=somebody@example"]
    for command in (
        ["clone", "--quiet", "--branch", branch, str(branches.world.origin), str(clone)],
        ["-C", str(clone), *person, "merge", "--quiet", "--no-ff", "-m", "Merge by hand", commit],
        ["-C", str(clone), "push", "--quiet", "origin", branch],
    ):
        subprocess.run(["git", *command], check=True, capture_output=True)


def test_the_first_environment_gets_its_releases_by_a_push_or_from_its_source(branches: Branches) -> None:
    branches.commit("main", WEB, "web-app:v1.0.0", "web-app:v1.1.0", tag="v1.1.0")

    with pytest.raises(StrategyError, match="nothing comes before the branch dev"):
        branches.promote("v1.1.0", to="dev")


def test_a_source_branch_feeds_the_first_environment(make: Make) -> None:
    branches = make(", source: main")
    branches.commit("main", WEB, "web-app:v1.0.0", "web-app:v1.1.0", tag="v1.1.0")

    branches.promote("v1.1.0", to="staging")

    assert branches.running("dev") == branches.running("staging") == "v1.1.0"


def test_a_branch_that_is_not_there_is_a_problem_with_a_remedy(branches: Branches) -> None:
    branches.world.git("branch", "-D", "production")

    (problem,) = problems(branches.world.workspace(cache="fresh"))

    assert "there is no branch production" in problem.message
    assert "git push origin COMMIT:refs/heads/production" in problem.remedy


def test_a_push_that_loses_the_race_merges_on_the_new_head(branches: Branches) -> None:
    branches.release("v1.1.0")
    hops = branches.hops()
    hops.promote("v1.1.0", "dev")
    hop = hops.hop("v1.1.0", "staging")
    plan = hops.plan(hop)
    branches.commit("staging", "README.md", "# GitOps", "# GitOps, staging")

    deliver(hops.workspace, hop, plan)

    assert branches.show("staging", "README.md") == "# GitOps, staging\n"
    assert "web-app:v1.1.0" in branches.show("staging")
