"""Promotions by Flux's markers, end to end in the core: one file holds several applications and environments' own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from promontory.config import load
from promontory.model import Place
from promontory.promotion.preview import preview
from promontory.promotion.reverting import revert, roll_back
from promontory.promotion.validation import problems, warnings
from promontory.repository import create_bare
from tests.promotion.fakes import VOCABULARY
from tests.promotion.world import PIPELINE, Hops, World

APPLICATIONS = """\
applications:
  web-app:
    strategy: {kind: flux, path: "clusters/{environment}", policy: "flux-system:{application}"}
  api:
    strategy: {kind: flux, path: "clusters/{environment}", policy: "flux-system:{application}"}
"""
WEB = """\
---

# the applications of {environment}
kind: HelmRelease
spec:
  values:
    web:
      image: ghcr.io/acme/web-app:v1.0.0 # {{"$imagepolicy": "flux-system:web-app"}}

    api:
      tag: v1.0.0 # {{"$imagepolicy": "flux-system:api:tag"}}
# the end
"""
KUSTOMIZATION = """\
images:
- name: web-app
  newName: ghcr.io/acme/web-app # {"$imagepolicy": "flux-system:web-app:name"}
  newTag: v1.0.0 # {"$imagepolicy": "flux-system:web-app:tag"}
"""
AUTOMATION = """\
apiVersion: image.toolkit.fluxcd.io/v1
kind: ImageUpdateAutomation
metadata: {name: all, namespace: flux-system}
spec:
  git: {push: {branch: main}}
  update: {path: ./clusters/staging}
"""
ENVIRONMENTS = ("dev", "staging", "production")


def values_of(environment: str) -> str:
    return f"clusters/{environment}/values.yaml"


def images_of(environment: str) -> str:
    return f"clusters/{environment}/web/kustomization.yaml"


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    config = load(APPLICATIONS + PIPELINE, file="promontory.yaml", vocabulary=VOCABULARY)
    files: dict[str, bytes | str] = {"README.md": "# GitOps\n", "flux/automation.yaml": AUTOMATION}
    files |= {values_of(name): WEB.format(environment=name) for name in ENVIRONMENTS}
    files |= {images_of(name): KUSTOMIZATION for name in ENVIRONMENTS}
    create_bare(tmp_path / "gitops.git", files)
    made = World(tmp_path, config)
    yield made
    made.close()


@pytest.fixture
def hops(world: World) -> Hops:
    return Hops(world.workspace())


def show(world: World, path: str) -> str:
    return world.git("show", f"main:{path}")


def current(hops: Hops, application: str, environment: str) -> str | None:
    hops.workspace.repository.sync()
    return hops.workspace.current(Place(application, environment))


def test_a_promotion_moves_every_marker_of_one_application_and_nothing_else(world: World, hops: Hops) -> None:
    hops.promote("v1.1.0", "dev")

    assert current(hops, "web-app", "dev") == "v1.1.0"
    assert show(world, values_of("dev")) == WEB.format(environment="dev").replace("web-app:v1.0.0", "web-app:v1.1.0")
    assert show(world, images_of("dev")) == KUSTOMIZATION.replace("v1.0.0", "v1.1.0")
    assert world.git("diff", "--name-only", "main~", "main").split() == [values_of("dev"), images_of("dev")]
    assert current(hops, "api", "dev") == current(hops, "web-app", "staging") == "v1.0.0"


def test_promoted_twice_it_is_pushed_once(world: World, hops: Hops) -> None:
    hops.promote("v1.1.0", "dev")
    again = Hops(world.workspace(cache="other"), run="run-2").promote("v1.1.0", "dev")

    assert again.step == "skip"
    assert len(world.commits()) == 1


def test_two_applications_move_in_the_same_file(world: World, hops: Hops) -> None:
    hops.promote("v1.1.0", "dev")
    hops.promote("v2.0.0", "dev", "api")

    assert (current(hops, "web-app", "dev"), current(hops, "api", "dev")) == ("v1.1.0", "v2.0.0")
    expected = WEB.format(environment="dev").replace("web-app:v1.0.0", "web-app:v1.1.0")
    assert show(world, values_of("dev")) == expected.replace("tag: v1.0.0", "tag: v2.0.0")


def test_an_unhealthy_release_is_taken_back_byte_for_byte(world: World, hops: Hops) -> None:
    hops.promote("v6.6.6", "dev")

    assert world.kinds("dev")[-2:] == ["reverted", "verdict"]
    assert world.git("diff", "main~2", "main") == ""


def test_a_revert_leaves_the_other_application_in_the_file_alone(world: World, hops: Hops) -> None:
    hop, entry = hops.push("v1.1.0", "dev")
    hops.promote("v2.0.0", "dev", "api")

    assert revert(hops.workspace, hop, entry, "it is slow")

    assert (current(hops, "web-app", "dev"), current(hops, "api", "dev")) == ("v1.0.0", "v2.0.0")
    assert show(world, values_of("dev")) == WEB.format(environment="dev").replace("tag: v1.0.0", "tag: v2.0.0")


def test_where_the_line_next_to_it_has_changed_the_markers_alone_are_set_back(world: World, hops: Hops) -> None:
    hop, entry = hops.push("v1.1.0", "dev")
    world.edit(values_of("dev"), "    web:", "    website:")

    assert revert(hops.workspace, hop, entry, "it is slow")

    assert current(hops, "web-app", "dev") == "v1.0.0"
    assert "website:" in show(world, values_of("dev"))


def test_a_marker_added_since_is_a_reason_to_stop_and_is_named(world: World, hops: Hops) -> None:
    hops.promote("v1.1.0", "dev")
    added = 'sidecar: v1.0.0 # {"$imagepolicy": "flux-system:web-app:tag"}\n# the end'
    world.edit(values_of("dev"), "# the end", added)

    (problem,) = problems(world.workspace(cache="other"))

    assert problem.where == "applications.web-app.strategy"
    assert "dev: the markers of flux-system:web-app disagree on the release: " in problem.message
    assert "v1.0.0 in clusters/dev/values.yaml:12" in problem.message


def test_a_reverted_release_can_be_promoted_again_once_its_hold_is_lifted(world: World, hops: Hops) -> None:
    hop, entry = hops.push("v1.1.0", "dev")
    revert(hops.workspace, hop, entry, "it is slow")
    assert world.record("dev").hold("v1.1.0")
    hops.append("lifted", "dev", "v1.1.0")

    Hops(world.workspace(cache="later"), run="run-2").promote("v1.1.0", "dev")

    assert current(hops, "web-app", "dev") == "v1.1.0"
    assert world.record("dev").verified("v1.1.0")


def test_a_rollback_goes_to_the_release_before(world: World, hops: Hops) -> None:
    hops.promote("v1.1.0", "dev")
    hops.promote("v1.2.0", "dev")

    roll_back(hops.workspace, Place("web-app", "dev"), None, "it is slow", "rollback-1")

    assert current(hops, "web-app", "dev") == "v1.1.0"


def test_a_release_goes_from_environment_to_environment(hops: Hops) -> None:
    hops.promote_through("v1.1.0", "dev", "staging")

    assert [current(hops, "web-app", name) for name in ENVIRONMENTS] == ["v1.1.0", "v1.1.0", "v1.0.0"]


def test_a_preview_shows_exactly_the_lines_that_change(hops: Hops) -> None:
    shown = preview(hops.workspace, "api", "v2.0.0", "dev").hops[0].plan

    assert shown
    changed = [line for line in shown.diff.splitlines() if line[:1] in "+-" and line[:3] not in ("+++", "---")]
    assert changed == [
        '-      tag: v1.0.0 # {"$imagepolicy": "flux-system:api:tag"}',
        '+      tag: v2.0.0 # {"$imagepolicy": "flux-system:api:tag"}',
    ]


def test_validation_warns_of_an_automation_that_would_overwrite(world: World) -> None:
    workspace = world.workspace()

    found = warnings(workspace)

    assert problems(workspace) == ()
    assert [(problem.where, problem.message.partition(":")[0]) for problem in found] == [
        ("applications.web-app.strategy", "staging"),
        ("applications.api.strategy", "staging"),
    ]
    assert "the ImageUpdateAutomation flux-system/all (flux/automation.yaml:1)" in found[0].message
    assert "suspend it (spec.suspend: true)" in found[0].remedy


def test_validation_warns_no_more_when_it_is_suspended(world: World) -> None:
    world.edit("flux/automation.yaml", "spec:", "spec:\n  suspend: true")

    assert warnings(world.workspace()) == ()
