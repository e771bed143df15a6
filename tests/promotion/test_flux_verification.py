"""A promotion into a cluster that Flux keeps: pushed to a real repository, verified through the Kubernetes API."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from dataclasses import replace

import pytest

from promontory.checks.flux.check import FluxCheck
from promontory.checks.flux.objects import REQUESTED
from promontory.clock import SystemClock
from promontory.config import load
from promontory.entry import Entry
from promontory.health import Health
from promontory.promotion.delivery import deliver, plan_hop
from promontory.promotion.survey import survey
from promontory.promotion.verification import verify
from promontory.sandbox.kubernetes import KubernetesApi
from tests.checks.flux_samples import Json, git_repository, kustomization, ready
from tests.checks.flux_stage import GITOPS, WEB_APP
from tests.promotion.fakes import VOCABULARY
from tests.promotion.world import World

CONFIG = """\
applications:
  web-app: {strategy: {kind: directory, path: 'apps/web-app/{environment}', image: acme/web-app}}
environments:
  dev:
    verify:
      - {kind: flux, kustomization: "{application}", interval: 100ms, stable_for: 0s, settle: 0s, deadline: 30s}
"""


class Flux(threading.Thread):
    """Fetches when it is asked to, and applies what was fetched; `breaks` says how that ends."""

    def __init__(self, api: KubernetesApi, world: World, breaks: str = "") -> None:
        super().__init__(daemon=True)
        self.api, self.world, self.breaks = api, world, breaks
        self.ended = threading.Event()
        api.put(git_repository(revision=self.head))
        api.put(self._applied())

    @property
    def head(self) -> str:
        return f"main@sha1:{self.world.git('rev-parse', 'main').strip()}"

    def run(self) -> None:
        while not self.ended.wait(0.05):
            source = self.api.get(GITOPS)
            asked = source["metadata"].get("annotations", {}).get(REQUESTED)
            if asked != source["status"].get("lastHandledReconcileAt"):
                status = {"artifact": {"revision": self.head}, "lastHandledReconcileAt": asked}
                self.api.change(GITOPS, lambda document, status=status: document["status"].update(status))
                self.api.change(WEB_APP, lambda document: document.update(status=self._applied()["status"]))

    def _applied(self) -> Json:
        revisions = {"status.lastAttemptedRevision": self.head, "status.lastAppliedRevision": self.head}
        failed = ready("False", "HealthCheckFailed", self.breaks)
        return kustomization(*([failed] if self.breaks else []), changes=revisions)


@pytest.fixture
def world(world: World) -> World:
    vocabulary = replace(VOCABULARY, checks={"flux": FluxCheck})
    world.config = load(CONFIG, file="promontory.yaml", vocabulary=vocabulary)
    return world


@pytest.fixture
def flux(world: World, kubernetes_api: KubernetesApi) -> Iterator[Flux]:
    flux = Flux(kubernetes_api, world)
    flux.start()
    yield flux
    flux.ended.set()
    flux.join()


def promoted(world: World) -> tuple[Entry, Entry]:
    """The push and the verdict."""
    workspace = world.workspace(clock=SystemClock())
    hop = next(hop for wave in survey(workspace, "web-app", "v1.1.0", "dev", "run-1") for hop in wave)
    plan, _ = plan_hop(workspace, hop)
    pushed = deliver(workspace, hop, plan)
    asyncio.run(verify(workspace, hop, pushed))
    return pushed, world.workspace().record(hop.place).entries[-1]


def test_a_promotion_is_healthy_when_flux_has_applied_its_commit(world: World, flux: Flux) -> None:
    pushed, judged = promoted(world)

    assert judged.verdict is not None
    (result,) = judged.verdict.checks
    assert (result.health, result.proven) == (Health.HEALTHY, True)
    assert result.evidence["commit"] == pushed.commit
    assert result.reason.startswith(f"applied main@sha1:{(pushed.commit or '')[:12]} and found it healthy")


def test_a_promotion_that_flux_cannot_get_healthy_fails_with_its_words(world: World, flux: Flux) -> None:
    flux.breaks = "timeout waiting for: [Deployment/web/web-app status: 'InProgress']"

    _, judged = promoted(world)

    assert judged.verdict is not None
    assert judged.verdict.health is Health.UNHEALTHY
    assert judged.reason.endswith(f"failed: {flux.breaks}")
