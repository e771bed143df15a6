"""The command on a repository whose Application is patched in a cluster."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from pytest_httpserver import HTTPServer

from promontory.errors import TransientError
from tests.cli.conftest import Command
from tests.clusters.fake_kubernetes import FakeKubernetes
from tests.promotion.tagged import LIVE, Tagged

ENVIRONMENTS = "environments: {dev: {}}\n"


@pytest.fixture
def cluster(httpserver: HTTPServer, tmp_path: Path, environment: pytest.MonkeyPatch) -> FakeKubernetes:
    fake = FakeKubernetes(httpserver)
    environment.setenv("KUBECONFIG", str(fake.kubeconfig(tmp_path / "kubeconfig")))
    environment.setenv("NO_PROXY", "localhost,127.0.0.1")
    fake.application("web-app-dev", {"source": {"targetRevision": "v1.0.0-dev"}})
    return fake


@pytest.fixture
def tagged(tmp_path: Path, cluster: FakeKubernetes, environment: pytest.MonkeyPatch) -> Iterator[Tagged]:
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


def test_plan_and_status_say_what_a_crash_has_left(tagged: Tagged, cluster: FakeKubernetes, command: Command) -> None:
    cluster.fail_next("PATCH", 503)
    with pytest.raises(TransientError):
        tagged.promote("v1.1.0", "dev")

    assert "v1.0.0 → v1.1.0: it was pushed, and not all of it is done" in command("plan", "web-app", "v1.1.0").out
    assert "v1.1.0 was pushed, and not all of it is done: promote it again" in command("status").out


def test_validate_names_the_application_that_is_not_there(
    tagged: Tagged, cluster: FakeKubernetes, command: Command
) -> None:
    cluster.objects.clear()

    ended = command("validate")

    assert ended.code == 2
    assert "dev: the cluster has no Application argocd/web-app-dev" in ended.out + ended.err
