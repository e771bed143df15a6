"""The ``kubernetes`` check: have workloads rolled the release out, and does it run?

It knows what time does to a judgement; how far a workload has got is `rollout`'s to say, why it gets no
further `pods`'.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from promontory.checks.cluster import ClusterCheck
from promontory.checks.contract import Facilities, Session
from promontory.checks.kubernetes.describing import describe
from promontory.checks.kubernetes.session import RolloutSession
from promontory.errors import ObjectNotFound
from promontory.health import ControllerReport
from promontory.live_objects import DAEMON_SET, DEPLOYMENT, JOB, STATEFUL_SET, Ref, Resource, Selection, Subject
from promontory.options import Remark, Target, Template
from promontory.suggestion import suggest

WORKLOADS: Mapping[str, Resource] = {
    "deployment": DEPLOYMENT,
    "statefulset": STATEFUL_SET,
    "daemonset": DAEMON_SET,
    "job": JOB,
}


def _check_workload(text: str) -> str:
    kind, slash, name = text.partition("/")
    if not slash or not name or "/" in name:
        raise ValueError(f"{text!r} is not a kind and a name, e.g. deployment/web-app")
    if kind not in WORKLOADS:
        raise ValueError(f"{kind!r} is no kind of workload{suggest(kind, WORKLOADS)}")
    return text


Workload = Annotated[Template, AfterValidator(_check_workload)]


class KubernetesCheck(ClusterCheck):
    """Healthy when each workload has rolled out a template that runs the release, and all of its pods are available."""

    kind: Literal["kubernetes"]
    workload: Workload | Annotated[list[Workload], Field(min_length=1)] | None = Field(
        default=None,
        description="deployment/NAME, statefulset/NAME, daemonset/NAME or job/NAME, or a list of such.",
    )
    resource: Literal["deployment", "statefulset", "daemonset", "job"] | None = Field(
        default=None, description="With selector: which kind of workload it selects."
    )
    selector: Template | None = Field(
        default=None, description="Instead of workload: the label selector that they have, as kubectl -l takes it."
    )
    namespace: Template = Field(default="default", description="The namespace that they are in.")
    image: Template | None = Field(
        default=None,
        description="The image that the release is a version of, without a tag. Left out: that of any container.",
    )

    @model_validator(mode="after")
    def _names_workloads(self) -> Self:
        if (self.workload is None) is (self.selector is None):
            raise ValueError("write either workload:, e.g. deployment/web-app, or selector: with resource:")
        if (self.selector is None) is not (self.resource is None):
            raise ValueError(
                "selector: and resource: belong together, e.g. resource: deployment, selector: app=web-app"
            )
        return self

    @property
    def label(self) -> str:
        where = f"in {self.namespace}" + (f" of {self.context}" if self.context else "")
        if self.selector is not None:
            return f"{self.resource}s {where} with {self.selector}"
        return f"{', '.join(self._workloads)} {where}"

    @property
    def proves_release(self) -> bool:
        return True

    @asynccontextmanager
    async def session(self, target: Target, facilities: Facilities) -> AsyncIterator[Session]:
        subjects = self._subjects(target)
        async with facilities.objects.watching(subjects) as eye:
            image = target.fill(self.image) if self.image else None
            yield RolloutSession(target, facilities, subjects, eye, image, self.settle.total_seconds())

    async def lint(self, target: Target, facilities: Facilities) -> tuple[Remark, ...]:
        """Workloads that are not there."""
        missing = [subject for subject in self._subjects(target) if not await _exists(subject, facilities)]
        remedy = "correct it, or promote the first release, which brings it"
        return tuple(Remark(f"the cluster has no {subject}", remedy) for subject in missing)

    async def describe(self, target: Target, facilities: Facilities) -> tuple[ControllerReport, ...]:
        image = target.fill(self.image) if self.image else None
        return await describe(self._subjects(target), image, target, facilities)

    @property
    def _workloads(self) -> Sequence[str]:
        return [self.workload] if isinstance(self.workload, str) else self.workload or []

    def _subjects(self, target: Target) -> list[Subject]:
        namespace, context = target.fill(self.namespace), self.context_of(target)
        if self.selector is not None and self.resource is not None:
            return [Selection(WORKLOADS[self.resource], namespace, target.fill(self.selector), context)]
        named: Any = [target.fill(text).partition("/") for text in self._workloads]
        return [Ref(WORKLOADS[kind], namespace, name, context) for kind, _, name in named]


async def _exists(subject: Subject, facilities: Facilities) -> bool:
    if isinstance(subject, Selection):
        return bool(await facilities.objects.select(subject))
    try:
        await facilities.objects.get(subject)
    except ObjectNotFound:
        return False
    return True
