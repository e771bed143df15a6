"""Tags that a live Application follows: the push first, the field after it, and what a crash in between leaves."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from promontory.errors import NotAllowed, PlanChanged, TransientError
from promontory.live_objects import APPLICATION, Ref
from promontory.promotion.delivery import deliver
from promontory.promotion.holding import add_hold, lift_hold
from promontory.promotion.preview import preview
from promontory.promotion.reverting import revert
from promontory.promotion.views import status
from promontory.sandbox.kubernetes import KubernetesApi, Refusal
from tests.clusters.applications import point, put_application, spec_of
from tests.promotion.tagged import LIVE, Tagged

KILLED = """
import sys
from pathlib import Path
from promontory.config import load
from tests.promotion.tagged import LIVE, PIPELINE, Tagged
from tests.promotion.fakes import VOCABULARY
from tests.promotion.world import World

text = f"applications:\\n  web-app:\\n    strategy: {{kind: tag, {LIVE}}}\\n{PIPELINE}"
world = World(Path(sys.argv[1]), load(text, file="promontory.yaml", vocabulary=VOCABULARY))
Tagged(world).promote("v1.1.0", "dev", run="killed", cache="killed")
"""


@pytest.fixture
def cluster(kubernetes_api: KubernetesApi) -> KubernetesApi:
    for environment in ("dev", "staging", "production"):
        put_application(
            kubernetes_api, f"web-app-{environment}", {"source": {"targetRevision": f"v1.0.0-{environment}"}}
        )
    return kubernetes_api


@pytest.fixture
def tagged(tmp_path: Path, cluster: KubernetesApi) -> Iterator[Tagged]:
    made = Tagged.create(tmp_path, {"web-app": LIVE})
    made.release("v1.1.0")
    yield made
    made.world.close()


def revision(cluster: KubernetesApi, environment: str = "dev") -> str:
    found: str = spec_of(cluster, f"web-app-{environment}")["source"]["targetRevision"]
    return found


def cut_short(tagged: Tagged, cluster: KubernetesApi, release: str = "v1.1.0", run: str = "run-1") -> None:
    """A promotion to dev whose process ends between the push and the patch."""
    cluster.fail("patch", 503)
    with pytest.raises(TransientError):
        tagged.promote(release, "dev", run=run)
    assert tagged.running("dev") == "v1.0.0"
    assert tagged.world.kinds("dev")[-1] == "pushed"


def pushes(tagged: Tagged, environment: str = "dev") -> int:
    return tagged.world.kinds(environment).count("pushed")


def test_the_tag_is_pushed_and_the_application_follows_it(tagged: Tagged, cluster: KubernetesApi) -> None:
    main = tagged.world.git("rev-parse", "main")

    tagged.promote("v1.1.0", "dev", "staging", "production")

    assert [revision(cluster, name) for name in ("dev", "staging", "production")] == [
        "v1.1.0-dev",
        "v1.1.0-staging",
        "v1.1.0-production",
    ]
    assert tagged.named("v1.1.0-production") == tagged.named("v1.1.0")
    assert tagged.world.git("rev-parse", "main") == main
    assert tagged.world.record("production").standing("v1.1.0").condition == "verified"


def test_a_run_that_starts_after_a_crash_between_push_and_patch_finishes_it(
    tagged: Tagged, cluster: KubernetesApi
) -> None:
    cut_short(tagged, cluster)
    first = tagged.world.entries("dev")[-1]

    hop = tagged.promote("v1.1.0", "dev", run="run-2", cache="other")

    assert (hop.step, hop.promotion) == ("verify", first.promotion)
    assert revision(cluster) == "v1.1.0-dev"
    assert pushes(tagged) == 1
    assert tagged.world.record("dev").standing("v1.1.0").condition == "verified"


def test_the_same_call_again_finishes_what_it_pushed(tagged: Tagged, cluster: KubernetesApi) -> None:
    hops = tagged.hops()
    hop = hops.hop("v1.1.0", "dev")
    plan = hops.plan(hop)
    cluster.fail("patch", 503)
    with pytest.raises(TransientError):
        deliver(hops.workspace, hop, plan)

    deliver(hops.workspace, hop, plan)

    assert revision(cluster) == "v1.1.0-dev"
    assert pushes(tagged) == 1


def test_a_process_that_is_killed_between_push_and_patch_loses_nothing(
    tagged: Tagged, cluster: KubernetesApi, tmp_path: Path
) -> None:
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    victim = subprocess.Popen([sys.executable, "-c", KILLED, str(tmp_path)], env=environment)

    def kill() -> None:
        victim.kill()
        raise Refusal(503, "nothing was patched")

    cluster.before("patch", kill)
    assert victim.wait(120) == -signal.SIGKILL
    assert (pushes(tagged), revision(cluster)) == (1, "v1.0.0-dev")

    tagged.promote("v1.1.0", "dev", run="run-2")

    assert revision(cluster) == "v1.1.0-dev"
    assert pushes(tagged) == 1


def test_looking_finishes_nothing(tagged: Tagged, cluster: KubernetesApi) -> None:
    cut_short(tagged, cluster)
    patches = cluster.count("patch")

    seen = preview(tagged.world.workspace(), "web-app", "v1.1.0", "dev")

    assert (seen.hops[0].step, seen.hops[0].reason) == ("verify", "recorded, and not finished yet")
    assert cluster.count("patch") == patches
    assert revision(cluster) == "v1.0.0-dev"


def test_without_checks_it_is_finished_too(tmp_path: Path, cluster: KubernetesApi) -> None:
    tagged = Tagged.create(tmp_path, {"web-app": LIVE}, pipeline="environments: {dev: {}}\n")
    tagged.release("v1.1.0")
    cut_short(tagged, cluster)

    tagged.promote("v1.1.0", "dev", run="run-2")

    assert revision(cluster) == "v1.1.0-dev"
    assert pushes(tagged) == 1
    tagged.world.close()


def test_what_is_neither_the_old_nor_the_new_value_stops_it(tagged: Tagged, cluster: KubernetesApi) -> None:
    cluster.before("patch", lambda: point(cluster, "web-app-dev", "main"))

    with pytest.raises(PlanChanged, match=r"somebody else set .* argocd/web-app-dev to 'main'"):
        tagged.promote("v1.1.0", "dev")

    assert revision(cluster) == "main"
    tagged.promote("v1.1.0", "dev", run="run-2")
    assert revision(cluster) == "v1.1.0-dev", "promoted anew, it is planned from what is there"


def test_what_changes_between_plan_and_push_stops_the_push(tagged: Tagged, cluster: KubernetesApi) -> None:
    hops = tagged.hops()
    hop = hops.hop("v1.1.0", "dev")
    plan = hops.plan(hop)
    point(cluster, "web-app-dev", "main")

    with pytest.raises(PlanChanged, match="has changed since it was planned"):
        deliver(hops.workspace, hop, plan)

    assert pushes(tagged) == 0
    assert "v1.1.0-dev" not in tagged.tags()


def test_what_was_held_after_the_crash_is_not_finished(tagged: Tagged, cluster: KubernetesApi) -> None:
    cut_short(tagged, cluster)
    hops = tagged.hops("run-2")
    add_hold(hops.workspace, hops.hop("v1.1.0", "dev").place, "v1.1.0", "a bug was found")

    with pytest.raises(NotAllowed, match=r"v1\.1\.0 is held in dev"):
        tagged.promote("v1.1.0", "dev", run="run-3")

    assert revision(cluster) == "v1.0.0-dev"


def test_what_was_set_back_by_hand_after_its_verification_goes_the_whole_way_again(
    tagged: Tagged, cluster: KubernetesApi
) -> None:
    tagged.promote("v1.1.0", "dev")
    point(cluster, "web-app-dev", "v1.0.0-dev")

    hop = tagged.promote("v1.1.0", "dev", run="run-2")

    assert hop.step == "promote"
    assert pushes(tagged) == 2
    assert revision(cluster) == "v1.1.0-dev"


def test_another_release_supersedes_what_was_cut_short(tagged: Tagged, cluster: KubernetesApi) -> None:
    tagged.release("v1.2.0")
    cut_short(tagged, cluster)

    tagged.promote("v1.2.0", "dev", run="run-2")

    assert revision(cluster) == "v1.2.0-dev"
    assert tagged.hops("run-1").hop("v1.1.0", "dev").step == "skip", "the run that was cut short does not take it back"


def test_a_revert_sets_the_field_back_and_records_it(tagged: Tagged, cluster: KubernetesApi) -> None:
    tagged.release("v6.6.6")

    tagged.promote("v6.6.6", "dev", "staging")

    assert revision(cluster, "staging") == "v1.0.0-staging"
    reverted = next(entry for entry in tagged.world.entries("staging") if entry.kind == "reverted")
    assert [(move.before, move.after) for move in reverted.fields] == [("v6.6.6-staging", "v1.0.0-staging")]
    assert tagged.world.record("staging").standing("v1.0.0").condition == "verified"
    assert "v6.6.6-staging" in tagged.tags()


def test_a_revert_that_was_cut_short_is_finished_by_the_next_run(tagged: Tagged, cluster: KubernetesApi) -> None:
    hops = tagged.hops()
    hop, entry = hops.push("v1.1.0", "dev")
    cluster.fail("patch", 503)
    with pytest.raises(TransientError):
        revert(hops.workspace, hop, entry, "unhealthy")
    assert tagged.running("dev") == "v1.1.0"

    again = tagged.hops("run-2", "other")
    found = again.hop("v1.1.0", "dev")
    assert found.entry
    again.verify(found, found.entry)

    assert found.step == "verify-revert"
    assert revision(cluster) == "v1.0.0-dev"
    assert tagged.world.kinds("dev").count("reverted") == 1
    assert tagged.world.record("dev").standing("v1.0.0").condition == "verified"


def test_reverted_by_the_same_call_again_it_is_finished(tagged: Tagged, cluster: KubernetesApi) -> None:
    hops = tagged.hops()
    hop, entry = hops.push("v1.1.0", "dev")
    cluster.fail("patch", 503)
    with pytest.raises(TransientError):
        revert(hops.workspace, hop, entry, "unhealthy")

    revert(hops.workspace, hop, entry, "unhealthy")

    assert revision(cluster) == "v1.0.0-dev"


def test_a_reverted_release_can_be_promoted_again(tagged: Tagged, cluster: KubernetesApi) -> None:
    hops = tagged.hops()
    hop, entry = hops.push("v1.1.0", "dev")
    revert(hops.workspace, hop, entry, "unhealthy")
    lift_hold(hops.workspace, hop.place, "v1.1.0")

    tagged.promote("v1.1.0", "dev", run="run-2")

    assert revision(cluster) == "v1.1.0-dev"
    assert tagged.world.record("dev").standing("v1.1.0").condition == "verified"


def test_a_rollback_points_at_the_tag_before(tagged: Tagged, cluster: KubernetesApi) -> None:
    tagged.release("v1.2.0")
    tagged.promote("v1.1.0", "dev")
    tagged.promote("v1.2.0", "dev")

    tagged.roll_back("dev")

    assert revision(cluster) == "v1.1.0-dev"


def test_a_rollback_after_a_crash_takes_back_what_was_recorded(tagged: Tagged, cluster: KubernetesApi) -> None:
    cut_short(tagged, cluster)

    reverted = tagged.roll_back("dev")

    assert (reverted.release, reverted.previous) == ("v1.1.0", "v1.0.0")
    assert revision(cluster) == "v1.0.0-dev"


def test_status_says_what_is_wrong_with_a_cluster_and_shows_the_rest(tagged: Tagged, cluster: KubernetesApi) -> None:
    cluster.fail("get", 503)
    cluster.delete(Ref(APPLICATION, "argocd", "web-app-staging"))

    rows = {row.environment: row for row in status(tagged.world.workspace())}

    assert rows["dev"].problem == "the Kubernetes API answered HTTP 503: no"
    assert rows["staging"].problem.startswith("the cluster has no Application argocd/web-app-staging")
    assert rows["production"].release == "v1.0.0"


def test_status_says_what_was_not_finished(tagged: Tagged, cluster: KubernetesApi) -> None:
    cut_short(tagged, cluster)

    row = status(tagged.world.workspace())[0]

    assert (row.release, row.problem) == ("v1.0.0", "v1.1.0 was pushed, and not all of it is done: promote it again")


def test_applications_that_moved_together_are_finished_together(tmp_path: Path, cluster: KubernetesApi) -> None:
    named = "tag: '{application}/{release}-{environment}', live: {application: '{application}-{environment}'}"
    tagged = Tagged.create(tmp_path, {"web-app": named, "api": named})
    tagged.release("v1.1.0")
    for name in ("web-app", "api"):
        put_application(cluster, f"{name}-dev", {"source": {"targetRevision": f"{name}/v1.0.0-dev"}})
    hops = tagged.hops()
    ((hop,),) = tagged.surveyed(hops, {"web-app": "v1.1.0", "api": "v1.1.0"}, "dev")
    cluster.before("patch", lambda: cluster.fail("patch", 503))  # the first succeeds, the second does not
    with pytest.raises(TransientError):
        deliver(hops.workspace, hop, hops.plan(hop))
    assert (tagged.running("dev"), tagged.running("dev", "api")) == ("v1.1.0", "v1.0.0")

    later = tagged.hops("run-2", "other")
    ((again,),) = tagged.surveyed(later, {"web-app": "v1.1.0", "api": "v1.1.0"}, "dev")
    later.finish(again)

    assert (again.step, again.promotion, len(again.members)) == ("verify", hop.promotion, 2)
    assert (tagged.running("dev"), tagged.running("dev", "api")) == ("v1.1.0", "v1.1.0")
    assert pushes(tagged) == 1
    tagged.world.close()


def test_an_applicationset_that_made_the_application_is_named_in_the_revert(
    tagged: Tagged, cluster: KubernetesApi
) -> None:
    owner = {"apiVersion": "argoproj.io/v1alpha1", "kind": "ApplicationSet", "name": "web-app", "uid": "1"}
    ref = Ref(APPLICATION, "argocd", "web-app-dev")
    cluster.change(ref, lambda found: found["metadata"].update(ownerReferences=[owner]))
    hops = tagged.hops()
    hop, entry = hops.push("v1.1.0", "dev")

    reverted = revert(hops.workspace, hop, entry, "unhealthy")

    named = (
        "the Application argocd/web-app-dev is made by the ApplicationSet web-app, which sets it back to its template"
    )
    assert reverted
    assert reverted.reason == f"unhealthy (it may be undone: {named})"
    assert revision(cluster) == "v1.0.0-dev"
