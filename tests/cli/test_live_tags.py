"""The command on a repository whose Application is patched in a cluster."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from promontory.errors import TransientError
from promontory.live_objects import APPLICATION, Ref
from promontory.sandbox.kubernetes import KubernetesApi
from tests.cli.conftest import Command
from tests.clusters.applications import put_application
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


def test_validate_names_the_application_that_is_not_there(
    tagged: Tagged, cluster: KubernetesApi, command: Command
) -> None:
    cluster.delete(Ref(APPLICATION, "argocd", "web-app-dev"))

    ended = command("validate")

    assert ended.code == 2
    assert "dev: the cluster has no Application argocd/web-app-dev" in ended.out + ended.err
