"""Promotions by tags that stay where they are: which tags are made, who follows them, what a revert leaves."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest

from promontory.errors import NotAllowed, StrategyError
from promontory.promotion.delivery import deliver
from promontory.promotion.holding import lift_hold
from promontory.promotion.reverting import revert
from promontory.promotion.validation import problems, warnings
from tests.promotion.tagged import IN_GIT, MANIFEST, Tagged

Make = Callable[..., Tagged]


@pytest.fixture
def make(tmp_path: Path) -> Iterator[Make]:
    made: list[Tagged] = []

    def create(applications: Mapping[str, str] | None = None, **options: str) -> Tagged:
        made.append(Tagged.create(tmp_path, applications or {"web-app": IN_GIT}, **options))
        return made[-1]

    yield create
    for each in made:
        each.world.close()


@pytest.fixture
def tagged(make: Make) -> Tagged:
    return make()


def test_a_release_gets_a_tag_in_each_environment_on_one_commit(tagged: Tagged) -> None:
    released = tagged.release("v1.1.0")

    tagged.promote("v1.1.0", "dev", "staging", "production")

    for environment in ("dev", "staging", "production"):
        assert tagged.named(f"v1.1.0-{environment}") == released
        assert tagged.running(environment) == "v1.1.0"


def test_the_manifest_changes_in_its_one_value_only(tagged: Tagged) -> None:
    tagged.release("v1.1.0")

    tagged.promote("v1.1.0", "dev")

    assert tagged.manifest("dev") == MANIFEST.format(environment="dev").replace("v1.0.0", "v1.1.0")
    assert tagged.manifest("staging") == MANIFEST.format(environment="staging")


def test_the_tag_is_annotated_and_says_what_was_promoted(tagged: Tagged) -> None:
    tagged.release("v1.1.0")

    hop = tagged.promote("v1.1.0", "dev")

    told = tagged.world.git("cat-file", "tag", "v1.1.0-dev")
    assert "Promote web-app v1.1.0 to dev\n" in told
    assert f"\nPromotion-Id: {hop.promotion}\n" in told
    assert "\nEnvironment: dev\nRelease: v1.1.0\n" in told


def test_tag_manifest_and_record_arrive_together_or_not_at_all(tagged: Tagged) -> None:
    tagged.release("v1.1.0")
    hops, before = tagged.hops(), tagged.world.git("for-each-ref")
    hook = tagged.world.origin / "hooks" / "update"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text('#!/bin/sh\ncase "$1" in refs/tags/*) echo "tags are for people" >&2; exit 1;; esac\n')
    hook.chmod(0o755)

    with pytest.raises(Exception, match="tags are for people") as caught:
        hops.push("v1.1.0", "dev")

    assert getattr(caught.value, "exit_code", None) == 3
    assert tagged.world.git("for-each-ref") == before


def test_what_runs_already_is_nothing_to_do(tagged: Tagged) -> None:
    tagged.release("v1.1.0")
    tagged.promote("v1.1.0", "dev")
    before = tagged.world.git("for-each-ref", "refs/tags", "refs/heads/main")

    hop = tagged.promote("v1.1.0", "dev", run="run-2", cache="other")

    assert hop.step == "skip"
    assert tagged.world.git("for-each-ref", "refs/tags", "refs/heads/main") == before


def test_staging_gets_the_commit_that_dev_has_whatever_became_of_the_release_tag(tagged: Tagged) -> None:
    released = tagged.release("v1.1.0")
    tagged.promote("v1.1.0", "dev")
    tagged.world.git("tag", "--force", "v1.1.0", tagged.commit())

    tagged.promote("v1.1.0", "staging")

    assert tagged.named("v1.1.0-staging") == released


def test_a_tag_that_exists_elsewhere_is_an_error_that_names_both_commits(tagged: Tagged) -> None:
    released, elsewhere = tagged.release("v1.1.0"), tagged.commit()
    tagged.world.git("tag", "v1.1.0-dev", elsewhere)
    before = tagged.world.git("for-each-ref")

    with pytest.raises(StrategyError) as caught:
        tagged.promote("v1.1.0", "dev")

    assert caught.value.message == (
        f"the tag v1.1.0-dev is on {elsewhere[:12]} already, and v1.1.0 is {released[:12]}; a tag is never moved"
    )
    assert tagged.world.git("for-each-ref") == before


def test_a_tag_that_appears_on_another_commit_after_the_plan_stops_the_push(tagged: Tagged) -> None:
    tagged.release("v1.1.0")
    hops = tagged.hops()
    hop = hops.hop("v1.1.0", "dev")
    plan = hops.plan(hop)
    elsewhere = tagged.commit()
    tagged.world.git("tag", "v1.1.0-dev", elsewhere)

    with pytest.raises(StrategyError, match=f"the tag v1.1.0-dev is on {elsewhere[:12]} already"):
        deliver(hops.workspace, hop, plan)

    assert tagged.named("v1.1.0-dev") == elsewhere
    assert tagged.running("dev") == "v1.0.0"


def test_a_tag_that_is_there_already_on_the_release_is_not_made_again(tagged: Tagged) -> None:
    released = tagged.release("v1.1.0")
    tagged.world.git("tag", "v1.1.0-dev", released)

    tagged.promote("v1.1.0", "dev")

    assert tagged.world.git("cat-file", "-t", "v1.1.0-dev").strip() == "commit"
    assert tagged.running("dev") == "v1.1.0"


def test_a_release_that_nobody_has_tagged_is_a_clear_error(tagged: Tagged) -> None:
    with pytest.raises(StrategyError, match=r"no tag v9\.9\.9 says which commit v9\.9\.9 is") as caught:
        tagged.promote("v9.9.9", "dev")

    assert caught.value.remedy == "push the tag: git tag v9.9.9 COMMIT; git push origin v9.9.9"


def test_a_release_whose_commit_is_on_no_branch_arrives(tagged: Tagged) -> None:
    tagged.world.git("branch", "hotfix", "main")
    commit = tagged.commit("hotfix")
    tagged.world.git("tag", "v1.0.1", commit)
    tagged.world.git("branch", "-D", "hotfix")

    tagged.promote("v1.0.1", "dev", "staging", cache="fresh")

    assert tagged.named("v1.0.1-staging") == commit


def test_a_revert_points_back_and_leaves_the_tag(tagged: Tagged) -> None:
    before = tagged.manifest("staging")
    released = tagged.release("v6.6.6")

    tagged.promote("v6.6.6", "dev", "staging")

    assert tagged.manifest("staging") == before
    assert tagged.running("staging") == "v1.0.0"
    assert tagged.named("v6.6.6-staging") == released
    assert tagged.world.kinds("staging")[-5:] == ["pushed", "verdict", "held", "reverted", "verdict"]


def test_a_reverted_release_can_be_promoted_again_once_its_hold_is_lifted(tagged: Tagged) -> None:
    tagged.release("v1.1.0")
    hops = tagged.hops()
    hops.promote("v1.1.0", "dev")
    hop, entry = hops.push("v1.1.0", "staging")
    revert(hops.workspace, hop, entry, "unhealthy")
    made = tagged.world.git("rev-parse", "v1.1.0-staging")
    again = tagged.hops("run-2", "later")
    held = again.hop("v1.1.0", "staging").model_copy(update={"step": "promote", "promotion": "bb", "entry": None})
    with pytest.raises(NotAllowed, match=r"v1\.1\.0 is held in staging"):
        deliver(again.workspace, held, again.plan(held))

    lift_hold(again.workspace, hop.place, "v1.1.0")
    tagged.promote("v1.1.0", "staging", run="run-3")

    assert tagged.running("staging") == "v1.1.0"
    assert tagged.world.git("rev-parse", "v1.1.0-staging") == made
    assert tagged.world.record("staging").standing("v1.1.0").condition == "verified"


def test_a_rollback_points_at_the_tag_before(tagged: Tagged) -> None:
    for version in ("v1.1.0", "v1.2.0"):
        tagged.release(version)
        tagged.promote(version, "dev", run=version)
    tags = tagged.tags()

    reverted = tagged.roll_back("dev")

    assert (reverted.release, reverted.previous) == ("v1.2.0", "v1.1.0")
    assert "targetRevision: v1.1.0-dev    # promoted" in tagged.manifest("dev")
    assert tagged.tags() == tags


def test_a_rollback_to_a_release_of_long_ago_points_at_its_tag(tagged: Tagged) -> None:
    for version in ("v1.1.0", "v1.2.0", "v1.3.0"):
        tagged.release(version)
        tagged.promote(version, "dev", run=version)
    tagged.world.git("tag", "--delete", "v1.1.0")

    tagged.roll_back("dev", "v1.1.0")

    assert tagged.running("dev") == "v1.1.0"


def test_environments_may_call_their_tags_otherwise(make: Make) -> None:
    tagged = make(extra="    environments: {production: {tag: '{release}-prod'}}\n")
    tagged.world.edit("apps/web-app-production.yaml", "v1.0.0-production", "v1.0.0-prod")
    released = tagged.release("v1.1.0")

    tagged.promote("v1.1.0", "dev", "staging", "production")

    assert tagged.named("v1.1.0-prod") == released
    assert tagged.running("production") == "v1.1.0"


def test_two_applications_move_in_one_plan_and_one_push(make: Make) -> None:
    named = "tag: '{application}/{release}-{environment}', application: 'apps/{application}-{environment}.yaml'"
    tagged = make({"web-app": named, "api": named})
    first, second = tagged.release("v1.1.0"), tagged.release("v2.0.0")
    hops = tagged.hops()
    ((hop,),) = tagged.surveyed(hops, {"web-app": "v1.1.0", "api": "v2.0.0"}, "dev")
    commits = len(tagged.world.commits())

    deliver(hops.workspace, hop, hops.plan(hop))

    assert (tagged.named("web-app/v1.1.0-dev"), tagged.named("api/v2.0.0-dev")) == (first, second)
    assert (tagged.running("dev"), tagged.running("dev", "api")) == ("v1.1.0", "v2.0.0")
    assert len(tagged.world.commits()) == commits + 1
    assert [entry.tags[0].ref for entry in tagged.world.entries() if entry.kind == "pushed"] == [
        "refs/tags/web-app/v1.1.0-dev",
        "refs/tags/api/v2.0.0-dev",
    ]


def test_two_applications_that_want_one_tag_in_two_places_are_refused(make: Make) -> None:
    ours = "source: 'api/{release}', "
    tagged = make({"web-app": IN_GIT, "api": ours + IN_GIT})
    released, other = tagged.release("v1.1.0"), tagged.release("api/v1.1.0")
    hops = tagged.hops()
    ((hop,),) = tagged.surveyed(hops, {"web-app": "v1.1.0", "api": "v1.1.0"}, "dev")

    with pytest.raises(StrategyError, match=f"would have to name both {released[:12]} and {other[:12]}") as caught:
        hops.plan(hop)

    assert "put {application} into tag:" in caught.value.remedy


def test_validate_says_where_a_manifest_or_its_field_is_missing(tagged: Tagged) -> None:
    tagged.world.edit("apps/web-app-staging.yaml", "targetRevision", "revision")
    workspace = tagged.world.workspace()

    (problem,) = problems(workspace)

    assert re.search(r"staging: apps/web-app-staging\.yaml:5:5: no spec\.source\.targetRevision here", problem.message)


def test_a_manifest_that_follows_a_branch_names_no_release_yet_and_is_taken_over(tagged: Tagged) -> None:
    tagged.world.edit("apps/web-app-dev.yaml", "v1.0.0-dev", "HEAD")
    tagged.release("v1.1.0")
    assert tagged.running("dev") is None
    assert problems(tagged.world.workspace()) == ()
    assert [warning.message for warning in warnings(tagged.world.workspace())] == [
        "dev: apps/web-app-dev.yaml follows HEAD, which is no tag like {release}-dev"
    ]

    tagged.promote("v1.1.0", "dev")

    assert tagged.running("dev") == "v1.1.0"
