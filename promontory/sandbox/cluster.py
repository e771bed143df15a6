"""A small cluster: follows a GitOps repository, and serves what would run there over HTTP.

It stands where Argo CD and Kubernetes stand in the real world, so it shares nothing with a promotion but the
repository. How the repository is read is its source's business.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Mapping, Sequence
from datetime import timedelta
from types import TracebackType
from typing import Self

from promontory.sandbox.argocd import ArgoCd, Condition
from promontory.sandbox.behaviour import Behaviour
from promontory.sandbox.head import Place, Source
from promontory.sandbox.kubernetes import KubernetesApi
from promontory.sandbox.web import Answer, Server
from promontory.sandbox.workload import Running, Workload

logger = logging.getLogger("promontory.sandbox")


_STRIDE = timedelta(milliseconds=100)


class Cluster:
    """A context manager; ``port`` 0 takes any free one. Whatever ``source`` raises is logged and survived.

    ``poll`` is how often the repository is looked at, ``delay`` how long a rollout takes. ``api`` is its Kubernetes
    API, with an Argo CD Application for each application and environment.
    """

    def __init__(
        self,
        source: Source,
        behaviours: Sequence[Behaviour] = (),
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        poll: timedelta = timedelta(milliseconds=300),
        delay: timedelta = timedelta(milliseconds=500),
    ) -> None:
        self._behaviours = tuple(behaviours)
        self.api = KubernetesApi(host=host)
        self._argocd = ArgoCd(self.api, source, self)
        self._poll, self._delay = poll.total_seconds(), delay.total_seconds()
        self._workloads: dict[Place, Workload] = {}
        self._trouble = ""
        self._stopped = threading.Event()
        self._server = Server((host, port), self._answer, self._stopped)
        self._threads = [
            threading.Thread(target=self._follow, name="sandbox-follow", daemon=True),
            threading.Thread(target=self._server.serve_forever, args=(0.05,), name="sandbox-serve", daemon=True),
        ]

    @property
    def url(self) -> str:
        host, port = self._server.server_address[:2]
        return f"http://{host!s}:{port}"

    def behave(self, behaviour: Behaviour) -> None:
        """From now on; it wins over what was said about the release before."""
        self._behaviours = (behaviour, *self._behaviours)

    def __enter__(self) -> Self:
        self.api.__enter__()
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stopped.set()
        self._server.shutdown()
        self._server.server_close()
        for thread in self._threads:
            thread.join()
        self.api.__exit__(kind, error, trace)

    def _follow(self) -> None:
        while not self._stopped.is_set():
            is_on_its_way = False
            try:
                is_on_its_way = self._argocd.reconcile()
                self._trouble = ""
            except Exception as error:  # a cluster outlives its repository
                self._complain(str(error))
            self._stopped.wait(min(self._poll, _STRIDE.total_seconds()) if is_on_its_way else self._poll)

    def _complain(self, trouble: str) -> None:
        if trouble != self._trouble:
            self._trouble = trouble
            logger.warning("cannot read the repository, everything stays as it is: %s", trouble)

    def apply(self, place: Place, release: str, commit: str) -> None:
        """What Argo CD does in the end: from now on this release is what is to run."""
        environment, application = place
        workload = self._workloads.get(place) or Workload()
        if workload.apply(release, commit, time.monotonic(), self._delay):
            logger.debug("cluster: rolling out %s %s in %s", application, release, environment)
        # Replaced, not changed: answers are given by other threads at the same time.
        self._workloads = {**self._workloads, place: workload}

    def condition(self, place: Place) -> Condition:
        """How what is to run is doing, as its Deployment would tell."""
        workload, moment = self._workloads.get(place), time.monotonic()
        if workload is None:
            return Condition("Missing")
        running = workload.running(moment)
        if running is None or workload.is_rolling_out(moment):
            return Condition("Progressing", "Waiting for rollout to finish")
        if self._behaviour(running.release, place[0]).broken:
            return Condition("Degraded", f'Deployment "{place[1]}" exceeded its progress deadline')
        return Condition("Healthy")

    def _answer(self, path: str) -> Answer:
        match path.strip("/").split("/"):
            case [""]:
                return Answer(200, self._overview())
            case [environment, application, "healthz" | "version" as page] if workload := self._workloads.get(
                (environment, application)
            ):
                running = workload.running(time.monotonic())
                return self._answer_for(environment, application, running, page)
        return Answer(404, {"error": f"there is no {path} in this cluster"})

    def _answer_for(self, environment: str, application: str, running: Running | None, page: str) -> Answer:
        facts = {"application": application, "environment": environment}
        if running is None:
            return Answer(503, {**facts, "error": "starting"}, retry_after=1)
        facts |= {"version": running.release, "commit": running.commit}
        behaviour = self._behaviour(running.release, environment)
        slow = behaviour.slow.total_seconds()
        if behaviour.broken:
            return Answer(500, {**facts, "error": f"{running.release} is broken in {environment}"}, after=slow)
        return Answer(200, "ok" if page == "healthz" else facts, after=slow)

    def _behaviour(self, release: str, environment: str) -> Behaviour:
        known = (behaviour for behaviour in self._behaviours if behaviour.applies_to(release, environment))
        return next(known, Behaviour(release))

    def _overview(self) -> Mapping[str, object]:
        now = time.monotonic()
        environments: dict[str, dict[str, str | None]] = {}
        for (environment, application), workload in self._workloads.items():
            running = workload.running(now)
            environments.setdefault(environment, {})[application] = running.release if running else None
        return {"environments": environments}
