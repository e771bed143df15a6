"""Taking an environment back: only what was promoted, once, and without losing what others did since."""

from __future__ import annotations

import pytest

from promontory.entry import Entry
from promontory.errors import NotAllowed, RevertConflict, TransientError, UsageError
from promontory.model import Place
from promontory.promotion.delivery import adopt, deliver, plan_hop
from promontory.promotion.reports import gone_report
from promontory.promotion.reverting import revert, roll_back
from promontory.promotion.rivals import rivals_of
from promontory.promotion.validation import warnings
from promontory.promotion.values import Hop
from tests.promotion.conftest import MakeWorld
from tests.promotion.kinds import commit_to
from tests.promotion.world import Hops, World, path_of

DEV = Place("web-app", "dev")


def back(hops: Hops, to: str | None = None, run: str = "rollback-1") -> Entry:
    return roll_back(hops.workspace, DEV, to, "it is slow", run)[1]


def test_a_rollback_goes_back_and_brings_nothing_new_past_the_gates(world: World, hops: Hops) -> None:
    hops.promote("v1.1.0", "dev")

    with pytest.raises(NotAllowed, match=r"v9\.9\.9 has never run in dev") as refused:
        back(hops, to="v9.9.9")

    assert refused.value.remedy.startswith("promontory promote web-app v9.9.9 --to dev ")
    assert (world.release("dev"), "held" in world.kinds("dev")) == ("v1.1.0", False)
    assert back(hops, to="v1.0.0").in_force == "v1.0.0"


def test_a_revert_restores_every_byte(world: World, hops: Hops) -> None:
    before = world.read("dev")
    hop, entry = hops.push("v1.1.0", "dev")

    reverted = revert(hops.workspace, hop, entry, "unhealthy")

    assert reverted
    assert world.read("dev") == before
    assert world.git("diff", "main~2", "main") == ""
    assert reverted.pushed
    assert reverted.pushed.after == world.git("rev-parse", "main").strip()
    assert world.commits()[0] == "Revert web-app in dev to v1.0.0"


def test_the_revert_and_the_hold_are_in_one_commit_of_the_ledger(world: World, hops: Hops) -> None:
    hop, entry = hops.push("v1.1.0", "dev")
    revert(hops.workspace, hop, entry, "unhealthy")

    assert [path.split("-")[-3] for path in world.recorded_last()] == ["held", "reverted"]
    held, reverted = world.entries("dev")[-2:]
    assert (held.release, held.reason) == ("v1.1.0", "unhealthy")
    assert (reverted.release, reverted.previous, reverted.in_force) == ("v1.1.0", "v1.0.0", "v1.0.0")


def test_reverted_twice_it_is_reverted_once(world: World, hops: Hops) -> None:
    hop, entry = hops.push("v1.1.0", "dev")
    other = world.workspace(cache="other-machine")

    first = revert(hops.workspace, hop, entry, "unhealthy")
    again = [revert(workspace, hop, entry, "unhealthy") for workspace in (hops.workspace, other)]

    assert first
    assert [each and each.pushed for each in again] == [first.pushed, first.pushed]
    assert len(world.commits()) == 2
    assert world.kinds("dev").count("held") == 1


def test_a_later_commit_in_the_same_file_stays(world: World, hops: Hops) -> None:
    hop, entry = hops.push("v1.1.0", "dev")
    world.edit(path_of("dev"), "# web-app in dev", "# the web-app in dev\nnamePrefix: x-")

    revert(hops.workspace, hop, entry, "unhealthy")

    assert world.release("dev") == "v1.0.0"
    assert "namePrefix: x-" in world.read("dev")


def test_where_the_neighbouring_line_changed_the_release_alone_is_set_back(world: World, hops: Hops) -> None:
    hop, entry = hops.push("v1.1.0", "dev")
    world.edit(path_of("dev"), "# the end", "# the very end")

    revert(hops.workspace, hop, entry, "unhealthy")

    assert world.release("dev") == "v1.0.0"
    assert "# the very end" in world.read("dev")


def test_a_changed_neighbour_of_what_had_no_release_before_is_a_conflict(world: World, hops: Hops) -> None:
    world.edit(path_of("dev"), r"    newTag: v1.0.0    # promoted\n", "")
    hops.workspace.repository.sync()
    hop, entry = hops.push("v1.1.0", "dev")
    world.edit(path_of("dev"), "# the end", "# the very end")

    with pytest.raises(RevertConflict, match="web-app/dev/kustomization"):
        revert(hops.workspace, hop, entry, "unhealthy")

    assert world.release("dev") == "v1.1.0"


def test_where_there_was_no_release_before_there_is_none_again(world: World, hops: Hops) -> None:
    world.edit(path_of("dev"), r"    newTag: v1.0.0    # promoted\n", "")
    before = world.read("dev")
    hops.workspace.repository.sync()
    hop, entry = hops.push("v1.1.0", "dev")

    reverted = revert(hops.workspace, hop, entry, "unhealthy")

    assert reverted
    assert reverted.previous is None
    assert world.read("dev") == before


def test_an_environment_that_runs_something_else_by_now_is_left_alone_and_held(world: World, hops: Hops) -> None:
    hop, entry = hops.push("v1.1.0", "dev")
    world.set_release("dev", "v1.1.1")

    assert revert(hops.workspace, hop, entry, "unhealthy") is None
    assert revert(hops.workspace, hop, entry, "unhealthy") is None

    assert world.release("dev") == "v1.1.1"
    assert world.commits()[0] == "Edit by hand"
    assert world.kinds("dev").count("held") == 1
    assert world.record("dev").hold("v1.1.0")


def test_a_later_promotion_is_not_taken_back_with_an_earlier_one(world: World, hops: Hops) -> None:
    hop, entry = hops.push("v1.1.0", "dev")
    Hops(world.workspace(cache="other"), "run-2").push("v1.2.0", "dev")

    assert revert(hops.workspace, hop, entry, "unhealthy") is None
    assert world.release("dev") == "v1.2.0"


def test_a_commit_elsewhere_between_does_not_keep_it_from_being_reverted(world: World, hops: Hops) -> None:
    hop, entry = hops.push("v1.1.0", "dev")
    world.edit("README.md", "GitOps", "Our GitOps")

    revert(hops.workspace, hop, entry, "unhealthy")

    assert world.release("dev") == "v1.0.0"
    assert "Our GitOps" in world.git("show", "main:README.md")


def test_a_release_that_does_not_become_healthy_is_taken_back_and_the_former_one_verified(
    world: World, hops: Hops
) -> None:
    hops.promote("v1.1.0", "dev")
    hops.promote("v6.6.6", "dev")

    assert world.release("dev") == "v1.1.0"
    assert world.kinds("dev")[-5:] == ["pushed", "verdict", "held", "reverted", "verdict"]
    assert world.record("dev").standing("v1.1.0").condition == "verified"
    assert world.record("dev").verified("v6.6.6") is None


def test_a_reverted_release_is_refused_until_its_hold_is_lifted_and_then_arrives(world: World, hops: Hops) -> None:
    hop, entry = hops.push("v1.1.0", "dev")
    revert(hops.workspace, hop, entry, "unhealthy")
    later = Hops(world.workspace(cache="later"), "run-2")
    again = Hop.model_validate(
        {**dict(later.hop("v1.1.0", "dev")), "step": "promote", "promotion": "bb", "entry": None}
    )

    plan, gates = plan_hop(later.workspace, again)
    assert [gate.gate for gate in gates if not gate.open] == ["hold"]
    with pytest.raises(NotAllowed, match=r"v1\.1\.0 is held in dev"):
        deliver(later.workspace, again, plan)
    assert world.release("dev") == "v1.0.0"

    later.append("lifted", "dev", "v1.1.0")
    later.promote("v1.1.0", "dev")

    assert world.release("dev") == "v1.1.0"
    assert world.record("dev").standing("v1.1.0").condition == "verified"


def test_a_rollback_goes_to_the_last_verified_release_and_holds_what_it_leaves(world: World, hops: Hops) -> None:
    hops.promote("v1.1.0", "dev")
    before = world.read("dev")
    hops.promote("v1.2.0", "dev")

    reverted = back(hops)

    assert (reverted.release, reverted.previous) == ("v1.2.0", "v1.1.0")
    assert world.read("dev") == before
    assert [entry.reason for entry in world.record("dev").holds()] == ["rolled back: it is slow"]


def test_a_rollback_passes_over_what_was_never_healthy(world: World, hops: Hops) -> None:
    hops.promote("v1.1.0", "dev")
    hops.promote("v6.6.6", "dev")
    hops.push("v1.2.0", "dev")
    hops.promote("v1.3.0", "dev")

    back(hops)

    assert world.release("dev") == "v1.1.0"


def test_rollbacks_go_back_step_by_step(world: World, hops: Hops) -> None:
    for release in ("v1.1.0", "v1.2.0", "v1.3.0"):
        hops.promote(release, "dev")

    releases = [back(hops, run=f"rollback-{number}").previous for number in range(2)]

    assert releases == ["v1.2.0", "v1.1.0"]
    assert world.release("dev") == "v1.1.0"


def test_a_rollback_goes_to_the_release_that_is_named(world: World, hops: Hops) -> None:
    for release in ("v1.1.0", "v1.2.0", "v1.3.0"):
        hops.promote(release, "dev")

    back(hops, "v1.1.0")

    assert world.release("dev") == "v1.1.0"
    assert world.read("dev").replace("v1.1.0", "v1.0.0") == world.git("show", f"main~4:{path_of('dev')}")


def test_a_rollback_to_a_held_release_is_refused(world: World, hops: Hops) -> None:
    hops.promote("v1.1.0", "dev")
    hops.promote("v6.6.6", "dev")

    with pytest.raises(NotAllowed, match=r"v6\.6\.6 is held in dev") as caught:
        back(hops, "v6.6.6")

    assert "hold lift web-app dev v6.6.6" in caught.value.remedy
    assert world.release("dev") == "v1.1.0"


def test_the_same_run_rolls_back_once(world: World, hops: Hops) -> None:
    hops.promote("v1.1.0", "dev")
    hops.promote("v1.2.0", "dev")

    first = back(hops)
    second = roll_back(world.workspace(cache="resumed"), DEV, None, "it is slow", "rollback-1")

    assert second[1].pushed == first.pushed
    assert second[0].release == "v1.2.0"
    assert world.release("dev") == "v1.1.0"
    assert world.commits()[0] == "Revert web-app in dev to v1.1.0"


def test_with_nothing_earlier_there_is_a_clear_error(world: World, hops: Hops) -> None:
    with pytest.raises(UsageError, match="the ledger knows no earlier release of web-app in dev"):
        back(hops)

    adopt(hops.workspace, hops.hop("v1.0.0", "dev"))
    with pytest.raises(UsageError, match="the ledger knows no earlier release of web-app in dev"):
        back(hops)

    hop, entry = hops.push("v1.1.0", "dev")
    revert(hops.workspace, hop, entry, "unhealthy")
    with pytest.raises(UsageError, match="the ledger knows no earlier release of web-app in dev"):
        back(hops)


def test_what_was_there_before_promontory_can_be_rolled_back_to(world: World, hops: Hops) -> None:
    hops.promote("v1.1.0", "dev")

    back(hops)

    assert world.release("dev") == "v1.0.0"


def test_rolling_back_to_what_runs_is_an_error(hops: Hops) -> None:
    hops.promote("v1.1.0", "dev")

    with pytest.raises(UsageError, match=r"already runs v1\.1\.0"):
        back(hops, "v1.1.0")


def test_rolling_back_by_hand_made_changes_sets_the_release_alone(world: World, hops: Hops) -> None:
    hops.promote("v1.1.0", "dev")
    world.set_release("dev", "v9.9.9")
    world.edit(path_of("dev"), "# the end", "# the very end")
    hops.workspace.repository.sync()

    reverted = back(hops)

    assert (reverted.release, reverted.previous) == ("v9.9.9", "v1.1.0")
    assert world.release("dev") == "v1.1.0"
    assert "# the very end" in world.read("dev")


@pytest.mark.parametrize("to", ["", "-v1", "v1 2"])
def test_a_rollback_takes_releases_only(world: World, hops: Hops, to: str) -> None:
    with pytest.raises(UsageError):
        back(hops, to)

    assert world.commits() == []


def test_a_rollback_to_what_nobody_published_is_refused(make_world: MakeWorld) -> None:
    world = make_world(extra="    releases: {kind: fake, known: [v1.1.0, v1.2.0]}\n")
    hops = Hops(world.workspace())
    hops.promote("v1.1.0", "dev")

    with pytest.raises(UsageError, match=r"knows no release v1\.0\.1 of web-app"):
        back(hops, "v1.0.1")
    back(hops, "v1.0.0")

    assert world.release("dev") == "v1.0.0", "it ran here, whatever became of it in the registry"


def test_an_unknown_place_is_a_clear_error(hops: Hops) -> None:
    for place in (Place("web-ap", "dev"), Place("web-app", "de")):
        with pytest.raises(UsageError, match="did you mean"):
            roll_back(hops.workspace, place, None, "", "run")


def test_a_revert_whose_answer_was_lost_is_recognised(world: World, hops: Hops) -> None:
    hop, entry = hops.push("v1.1.0", "dev")
    world.lose_the_next_answer()

    with pytest.raises(TransientError):
        revert(hops.workspace, hop, entry, "unhealthy")
    reverted = revert(hops.workspace, hop, entry, "unhealthy")

    assert reverted
    assert reverted.pushed
    assert reverted.pushed.after == world.git("rev-parse", "main").strip()
    assert len(world.commits()) == 2
    assert world.kinds("dev")[-2:] == ["held", "reverted"]


IMAGE_UPDATER = """
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata:
  name: web-app-dev
  namespace: argocd
  annotations:
    argocd-image-updater.argoproj.io/image-list: web=acme/web-app
    argocd-image-updater.argoproj.io/write-back-method: git
spec: {source: {path: apps/web-app/dev}}
"""


def test_who_would_undo_it_is_named_in_commit_record_and_validation(world: World, hops: Hops) -> None:
    commit_to(world, "main", {"argocd/dev.yaml": IMAGE_UPDATER})
    hops.workspace.repository.sync()
    hop, entry = hops.push("v1.1.0", "dev")

    reverted = revert(hops.workspace, hop, entry, "unhealthy")

    named = "Argo CD Image Updater commits to Git, by the annotations of the Application argocd/web-app-dev"
    assert reverted
    assert reverted.reason.startswith(f"unhealthy (it may be undone: {named} (argocd/dev.yaml:2)")
    assert named in world.git("log", "-1", "--format=%B", "main")
    assert [remark.remedy for remark in rivals_of(hops.workspace, hop, reverted)] != []
    assert [named in warning.message for warning in warnings(hops.workspace)] == [True]
    assert world.record("dev").hold("v1.1.0").reason == "unhealthy"  # type: ignore[union-attr]
    assert "| Argo CD Image Updater commits to Git" in gone_report(reverted, rivals_of(hops.workspace, hop, reverted))
