"""The command on a repository whose Application is patched in a cluster."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from promontory.change import FieldMove
from promontory.errors import ForeignField, TransientError
from promontory.live_objects import APPLICATION, Ref
from promontory.model import Place
from promontory.promotion.finishing import finish
from promontory.promotion.location import open_workspace
from promontory.promotion.survey import survey
from promontory.promotion.workspace import Actor
from promontory.sandbox.kubernetes import KubernetesApi
from promontory.settings import read_settings
from tests.cli.conftest import Command
from tests.clusters.applications import put_application, spec_of
from tests.promotion.tagged import LIVE, Tagged

ENVIRONMENTS = "environments: {dev: {}}\n"


@pytest.fixture
def cluster(kubernetes_api: KubernetesApi) -> KubernetesApi:
    put_application(kubernetes_api, "web-app-dev", {"source": {"targetRevision": "v1.0.0-dev"}})
    return kubernetes_api


@pytest.fixture
def tagged(tmp_path: Path, cluster: KubernetesApi, environment: pytest.MonkeyPatch) -> Iterator[Tagged]:
    configuration = tmp_path / "promontory.yaml"
    strategy = f"{{kind: tag, {LIVE}}}"
    configuration.write_text(f"applications: {{web-app: {{strategy: {strategy}}}}}\n{ENVIRONMENTS}")
    made = Tagged.create(tmp_path, {"web-app": LIVE}, pipeline=ENVIRONMENTS)
    made.release("v1.1.0")
    environment.setenv("PROMONTORY_CONFIG", str(configuration))
    environment.setenv("PROMONTORY_REPOSITORY", str(made.world.origin))
    yield made
    made.world.close()


def test_plan_shows_the_tag_and_the_field(tagged: Tagged, command: Command) -> None:
    ended = command("plan", "web-app", "v1.1.0")

    assert ended.code == 0
    assert f"make the tag v1.1.0-dev, which names {tagged.named('v1.1.0')[:12]} then" in ended.out
    assert "set spec.source.targetRevision of argocd/web-app-dev: v1.0.0-dev → v1.1.0-dev" in ended.out


def test_plan_and_status_say_what_a_crash_has_left(tagged: Tagged, cluster: KubernetesApi, command: Command) -> None:
    cluster.fail("patch", 503)
    with pytest.raises(TransientError):
        tagged.promote("v1.1.0", "dev")

    assert "v1.0.0 → v1.1.0: it was pushed, and not all of it is done" in command("plan", "web-app", "v1.1.0").out
    assert "v1.1.0 was pushed, and not all of it is done: promote it again" in command("status").out


def test_a_field_that_only_the_ledger_names_is_neither_asked_for_nor_set(
    tagged: Tagged, cluster: KubernetesApi, command: Command
) -> None:
    put_application(cluster, "billing", {"source": {"targetRevision": "v1"}})
    tagged.promote("v1.1.0", "dev")
    foreign = FieldMove(
        namespace="argocd", name="billing", path="spec.source.targetRevision", before="v1", after="evil"
    )
    workspace = open_workspace(read_settings(), Actor("mallory"))
    entry = workspace.entry("pushed", Place("web-app", "dev"), "v1.1.0", "ab12", fields=(foreign,))
    workspace.append([entry])

    status, plan = command("status"), command("plan", "web-app", "v1.1.0")
    hop = next(hop for wave in survey(workspace, "web-app", "v1.1.0", "dev", "run-2") for hop in wave)
    with pytest.raises(ForeignField, match=r"promontory.yaml does not name spec.source.targetRevision .*billing"):
        finish(workspace, hop, entry)

    assert (status.code, plan.code) == (0, 0)
    assert "Traceback" not in status.out + plan.out
    assert spec_of(cluster, "billing") == {"source": {"targetRevision": "v1"}}
    assert not [request for request in cluster.requests if "billing" in request.path]


def test_validate_names_the_application_that_is_not_there(
    tagged: Tagged, cluster: KubernetesApi, command: Command
) -> None:
    cluster.delete(Ref(APPLICATION, "argocd", "web-app-dev"))

    ended = command("validate")

    assert ended.code == 2
    assert "dev: the cluster has no Application argocd/web-app-dev" in ended.out + ended.err
