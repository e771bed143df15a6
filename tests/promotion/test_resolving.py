"""What `latest`, `verified` and ranges mean: found once for a run, or an error that says where it was looked for."""

from __future__ import annotations

from dataclasses import replace

import pytest

from promontory.errors import InvalidRelease, UsageError
from promontory.promotion.preview import preview
from promontory.promotion.resolving import Resolved, check_asked, resolve
from promontory.promotion.workspace import Workspace
from tests.promotion.conftest import MakeWorld
from tests.promotion.world import Hops, World, configure

KNOWN = "v1.0.0, v1.1.0, v1.4.0, v2.0.0, v3.0.0-rc.1, latest"
DIGEST = "sha256:" + "a" * 64
SIDE_BY_SIDE = """\
environments:
  dev: {verify: [{kind: fake}]}
  qa: {verify: [{kind: fake}]}
  production: {after: [dev, qa], verify: [{kind: fake}]}
"""


def releases(world: World, options: str = "") -> Workspace:
    """A workspace whose application has a source of releases."""
    return with_source(world, f"{{kind: fake, known: [{KNOWN}]{options}}}")


def with_source(world: World, source: str, pipeline: str = "") -> Workspace:
    named = {"pipeline": pipeline} if pipeline else {}
    config = configure(extra=f"    releases: {source}\n", **named)  # type: ignore[arg-type]
    return replace(world.workspace(), config=config)


def found(workspace: Workspace, asked: str, to: str | None = None, run: str = "run-9") -> str:
    return resolve(workspace, "web-app", asked, to, run).release


@pytest.mark.parametrize("asked", ["v1.0.0", "1.x", "1.2", DIGEST, f"v1@{DIGEST}", "v9"])
def test_a_name_passes_unchanged_and_nobody_is_asked(world: World, asked: str) -> None:
    assert resolve(world.workspace(), "web-app", asked, None, "run-1") == Resolved(release=asked, asked=asked)


def test_latest_is_what_the_policy_chooses(world: World) -> None:
    resolved = resolve(releases(world, ", policy: {semver: '>=1.0 <2'}"), "web-app", "latest", "dev", "run-1")

    assert resolved.release == "v1.4.0"
    assert resolved.why == "policy semver >=1.0 <2, of 6 in registry.example/web-app"
    assert resolved.told == "latest → v1.4.0 (policy semver >=1.0 <2, of 6 in registry.example/web-app)"


def test_latest_without_a_policy_is_the_highest_version(world: World) -> None:
    assert found(releases(world), "latest") == "v2.0.0"


@pytest.mark.parametrize(
    ("asked", "release"),
    [(">=1.0 <2", "v1.4.0"), ("~1.1", "v1.1.0"), ("1.0 - 1.1", "v1.1.0"), ("*", "v2.0.0"), (">2.0.0-0", "v3.0.0-rc.1")],
)
def test_a_range_is_the_newest_release_in_it(world: World, asked: str, release: str) -> None:
    resolved = resolve(releases(world, ", policy: {semver: '>=2'}"), "web-app", asked, None, "run-1")

    assert resolved.release == release
    assert resolved.why == f"newest in {asked}, of 6 in registry.example/web-app"


@pytest.mark.parametrize("asked", ["latest", ">=1"])
def test_without_a_source_nobody_knows(world: World, asked: str) -> None:
    with pytest.raises(UsageError) as refused:
        found(world.workspace(), asked)

    told = "nobody knows which releases of web-app there are: it has no `releases:`"
    remedy = "name the release, or say in promontory.yaml where its releases are published"
    assert (refused.value.message, refused.value.remedy) == (told, remedy)


@pytest.mark.parametrize(
    ("source", "asked", "message"),
    [
        (
            f"{{kind: fake, known: [{KNOWN}], policy: {{semver: '>=7'}}}}",
            "latest",
            "latest finds no release of web-app: registry.example/web-app has 6 releases, "
            "none by the rule: policy semver >=7",
        ),
        (
            f"{{kind: fake, known: [{KNOWN}]}}",
            ">=7",
            ">=7 finds no release of web-app: registry.example/web-app has 6 releases, none by the rule: newest in >=7",
        ),
        ("{kind: fake}", "latest", "latest finds no release of web-app: registry.example/web-app has no release"),
    ],
)
def test_where_nothing_fits_it_says_what_was_looked_for_and_where(
    world: World, source: str, asked: str, message: str
) -> None:
    with pytest.raises(UsageError) as refused:
        found(with_source(world, source), asked)

    assert (refused.value.message, refused.value.remedy) == (message, "promontory releases web-app")


# --- verified -------------------------------------------------------------------------------------------------------


def test_verified_is_the_newest_that_is_verified_one_environment_earlier(world: World, hops: Hops) -> None:
    hops.promote("v1.2.0", "dev")
    hops.promote("v1.10.0", "dev")
    hops.allow_downgrade = True
    hops.promote("v1.3.0", "dev")

    resolved = resolve(world.workspace(), "web-app", "verified", "staging", "run-9")

    assert resolved == Resolved(release="v1.10.0", asked="verified", why="newest that is verified in dev")


def test_verified_passes_over_what_was_taken_back_or_is_held(world: World, hops: Hops) -> None:
    hops.promote("v1.2.0", "dev")
    hops.promote("v6.6.6", "dev")
    hops.promote("v1.3.0", "dev")
    hops.push("v1.9.0", "dev")
    hops.append("held", "dev", "v1.3.0")

    assert found(world.workspace(), "verified", "staging") == "v1.2.0"


def test_releases_that_are_no_versions_are_ordered_by_when_they_were_verified(world: World, hops: Hops) -> None:
    for release in ("v9.0.0", "build-7", "build-6"):
        hops.promote(release, "dev")

    assert found(world.workspace(), "verified", "staging") == "build-6"


def test_verified_for_everywhere_is_verified_before_the_last_environment(world: World, hops: Hops) -> None:
    hops.promote_through("v1.2.0", "dev", "staging")
    hops.promote("v1.3.0", "dev")

    assert found(world.workspace(), "verified", None) == "v1.2.0"
    assert found(world.workspace(), "verified", "production") == "v1.2.0"
    assert found(world.workspace(), "verified", "staging") == "v1.3.0"


def test_verified_means_in_all_environments_before(make_world: MakeWorld) -> None:
    world = make_world(pipeline=SIDE_BY_SIDE)
    hops = Hops(world.workspace())
    for environment, release in (("dev", "v1.2.0"), ("qa", "v1.2.0"), ("qa", "v1.4.0"), ("dev", "v1.3.0")):
        hops.promote(release, environment)

    resolved = resolve(world.workspace(), "web-app", "verified", "production", "run-9")

    assert (resolved.release, resolved.why) == ("v1.2.0", "newest that is verified in dev and qa")


def test_where_nothing_is_verified_the_environment_is_named(world: World) -> None:
    with pytest.raises(UsageError) as refused:
        found(world.workspace(), "verified", "staging")

    assert refused.value.message == "no release of web-app is verified in dev now"
    assert refused.value.remedy == "promontory promote web-app RELEASE --to dev"


@pytest.mark.parametrize(("asked", "source"), [("verified", "{kind: fake}"), ("latest", "{kind: environment}")])
def test_no_environment_comes_before_the_first(world: World, asked: str, source: str) -> None:
    with pytest.raises(UsageError, match="web-app enters dev first: no environment comes before it"):
        found(with_source(world, source), asked, "dev")


# --- kind: environment ----------------------------------------------------------------------------------------------


def test_latest_from_an_environment_is_what_runs_one_environment_earlier(world: World, hops: Hops) -> None:
    hops.promote_through("v1.1.0", "dev", "staging")
    hops.promote("v1.2.0", "dev")
    workspace = with_source(world, "{kind: environment}")

    staging = resolve(workspace, "web-app", "latest", "staging", "run-9")

    assert (staging.release, staging.why) == ("v1.2.0", "dev runs it")
    assert found(workspace, "latest", "production") == "v1.1.0"
    assert found(workspace, "latest", None) == "v1.2.0", "everywhere: from the first environment on"


def test_an_environment_that_somebody_else_changed_counts(world: World) -> None:
    world.set_release("dev", "v1.5.0")
    workspace = with_source(world, "{kind: environment}")

    assert found(workspace, "latest", "staging") == "v1.5.0"
    assert Hops(workspace).hop("v1.5.0", "staging").step == "promote"
    with pytest.raises(UsageError, match=r"the record of the environments knows no release v1\.6\.0"):
        Hops(workspace).hop("v1.6.0", "staging")


def test_what_an_environment_ran_before_is_still_known(world: World, hops: Hops) -> None:
    hops.promote("v1.1.0", "dev")
    hops.promote("v2.0.0", "dev")
    workspace = with_source(world, "{kind: environment}")

    assert found(workspace, "<2", "staging") == "v1.1.0"
    assert Hops(workspace).hop("v1.1.0", "staging").step == "promote"


def test_environments_that_run_different_releases_are_named(make_world: MakeWorld) -> None:
    world = make_world(pipeline=SIDE_BY_SIDE)
    world.set_release("qa", "v1.2.0")
    workspace = with_source(world, "{kind: environment}", SIDE_BY_SIDE)

    with pytest.raises(UsageError) as refused:
        found(workspace, "latest", "production")

    told = "latest is not one release of web-app: dev runs v1.0.0, qa runs v1.2.0"
    assert (refused.value.message, refused.value.remedy) == (told, "name the release")


# --- pinning, and a run that is started again -----------------------------------------------------------------------


@pytest.mark.parametrize("asked", ["v1.4.0", "~1.4"])
def test_a_source_that_pins_gives_the_release_its_digest(world: World, asked: str) -> None:
    workspace = releases(world, f", digests: {{v1.4.0: '{DIGEST}'}}")

    assert found(workspace, asked) == f"v1.4.0@{DIGEST}"


def test_a_release_that_is_pinned_says_by_whom(world: World) -> None:
    workspace = releases(world, f", digests: {{v1.4.0: '{DIGEST}'}}")

    resolved = resolve(workspace, "web-app", "v1.4.0", None, "run-1")

    assert resolved.why == "the digest it has in registry.example/web-app"


@pytest.mark.parametrize("asked", ["latest", ">=1"])
def test_a_run_that_is_started_again_gets_the_release_it_had(world: World, asked: str) -> None:
    first = with_source(world, "{kind: fake, known: [v1.1.0]}")
    Hops(first, "run-1").promote(found(first, asked, "dev", "run-1"), "dev")
    later = with_source(world, "{kind: fake, known: [v1.1.0, v1.2.0]}")

    again = resolve(later, "web-app", asked, "dev", "run-1")

    assert (again.release, again.why) == ("v1.1.0", "as run run-1 has begun")
    assert found(later, asked, "dev", "run-2") == "v1.2.0"


def test_a_tag_that_has_moved_does_not_change_a_run_that_has_begun(world: World) -> None:
    first = releases(world, f", digests: {{v1.4.0: '{DIGEST}'}}")
    Hops(first, "run-1").promote(found(first, "v1.4.0", "dev", "run-1"), "dev")
    moved = releases(world, f", digests: {{v1.4.0: 'sha256:{'b' * 64}'}}")

    assert found(moved, "v1.4.0", "dev", "run-1") == f"v1.4.0@{DIGEST}"


# --- what means nothing ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        (">=1.2 <", "'>=1.2 <' is no range of versions, it cannot be read from '<' on"),
        ("^latest", "'^latest' is no range of versions, it cannot be read from '^latest' on"),
        ("a,b", "'a,b' is no range of versions, it cannot be read from 'a,b' on"),
        ("1 - ", "'1 - ' is no range of versions, it cannot be read from '-' on"),
        (">" * 300, "a range of versions has at most 256 characters"),
        ("v1 3", "'v1 3' cannot be a release: it contains white space"),
        ("--x=1", "'--x=1' cannot be a release: it begins with '-'"),
        ("", "the release is empty"),
    ],
)
def test_what_means_nothing_is_refused_early(world: World, asked: str, message: str) -> None:
    with pytest.raises(InvalidRelease) as refused:
        check_asked(asked)

    assert refused.value.message == message
    assert refused.value.remedy.startswith("give a version such as v1.3.0")
    with pytest.raises(InvalidRelease):
        found(releases(world), asked)


@pytest.mark.parametrize(("application", "to"), [("web-ap", None), ("web-app", "stagin")])
def test_names_are_checked_first(world: World, application: str, to: str | None) -> None:
    with pytest.raises(UsageError, match="did you mean"):
        resolve(releases(world), application, "latest", to, "run-1")


def test_the_preview_says_what_was_asked_and_what_came_of_it(world: World) -> None:
    seen = preview(releases(world), "web-app", "~1.1", "dev")

    assert seen.release == "v1.1.0"
    why = "newest in ~1.1, of 6 in registry.example/web-app"
    assert seen.resolved == {"web-app": Resolved(release="v1.1.0", asked="~1.1", why=why)}
    assert [hop.release for hop in seen.hops] == ["v1.1.0"]


def test_of_several_applications_each_is_resolved_from_its_own_source(make_world: MakeWorld) -> None:
    extra = "    releases: {kind: fake, known: [v1.0.0, v1.1.0, v2.0.0]}\n"
    world = make_world(applications=("web-app", "api"), extra=extra)

    seen = preview(world.workspace(), "web-app", "<2", "dev", {"api": "latest"})

    assert seen.release == "v1.1.0, v2.0.0"
    assert {name: resolved.asked for name, resolved in seen.resolved.items()} == {"web-app": "<2", "api": "latest"}
    (hop,) = seen.hops
    assert hop.plan is not None
    assert "+    newTag: v1.1.0" in hop.plan.shown
    assert "+    newTag: v2.0.0" in hop.plan.shown


def test_looking_writes_nothing(world: World) -> None:
    found(releases(world), "latest")

    assert world.entries() == ()
