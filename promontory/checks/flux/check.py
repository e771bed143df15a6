"""The ``flux`` check: has Flux applied our commit, and is what it applied healthy? Options only.

Source of the rules: Flux's Kustomization v1 and HelmRelease v2 (`kustomization`, `helm_release`).
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import TYPE_CHECKING, Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from promontory.checks.cluster import ClusterCheck
from promontory.checks.contract import Facilities, Session
from promontory.health import ControllerReport
from promontory.live_objects import HELM_RELEASE, KUSTOMIZATION, Ref, Resource, Selection
from promontory.options import Remark, Target, Template

if TYPE_CHECKING:
    from promontory.checks.flux.session import Sights

_PLACEHOLDER = re.compile(r"\{\w+\}")
_LABEL = r"[a-z0-9](?:[-a-z0-9.]*[a-z0-9])?"
_NAME = re.compile(rf"(?:{_LABEL}/)?{_LABEL}")


def _check_name(text: str) -> str:
    if not _NAME.fullmatch(_PLACEHOLDER.sub("x", text)):
        raise ValueError(f"{text!r} is no name of an object in a cluster: write NAME or NAMESPACE/NAME")
    return text


Name = Annotated[Template, AfterValidator(_check_name)]


class FluxCheck(ClusterCheck):
    """Healthy when the Kustomization has applied our commit, and the HelmRelease in it runs what it then asks for."""

    kind: Literal["flux"]
    kustomization: Name | Annotated[list[Name], Field(min_length=1)] | None = Field(
        default=None,
        description="The Kustomization that applies the release, or a list of them: NAME or NAMESPACE/NAME. With "
        "helm_release it may be left out: then it is the one that has applied that.",
    )
    selector: Template | None = Field(
        default=None, description="Instead of names: labels of the Kustomizations, as `kubectl -l` takes them."
    )
    helm_release: Name | None = Field(
        default=None, description="A HelmRelease that has to be healthy, too: NAME or NAMESPACE/NAME."
    )
    chart_version: Template | None = Field(
        default=None, description="The version of the chart that the HelmRelease has to run, e.g. {release}."
    )
    namespace: Name = Field(default="flux-system", description="The namespace of what is named without one.")

    @model_validator(mode="after")
    def _agrees(self) -> Self:
        if self.kustomization and self.selector:
            raise ValueError("kustomization and selector: one of them says which Kustomizations are meant")
        if not (self.kustomization or self.selector or self.helm_release):
            raise ValueError("there is nothing to look at: write kustomization:, selector: or helm_release:")
        if self.chart_version and not self.helm_release:
            raise ValueError("chart_version: only with helm_release, whose chart it is")
        if "/" in self.namespace:
            raise ValueError(f"namespace {self.namespace!r} is no name of a namespace")
        return self

    @property
    def label(self) -> str:
        kustomizations = self.selector or ", ".join(self._names)
        return f"flux {self.helm_release or kustomizations}"

    @property
    def proves_release(self) -> bool:
        return True

    @asynccontextmanager
    async def session(self, target: Target, facilities: Facilities) -> AsyncIterator[Session]:
        from promontory.checks.flux.session import FluxSession
        from promontory.checks.flux.watching import Eyes

        async with AsyncExitStack() as stack:
            yield FluxSession(self._sights(target), target, facilities, Eyes(facilities.objects, stack))

    async def lint(self, target: Target, facilities: Facilities) -> tuple[Remark, ...]:
        from promontory.checks.flux.lint import lint

        return await lint(self.watched(target), self.released(target), self.context_of(target), facilities)

    async def describe(self, target: Target, facilities: Facilities) -> tuple[ControllerReport, ...]:
        from promontory.checks.flux.describing import describe

        return await describe(self._sights(target), target, facilities)

    def _sights(self, target: Target) -> Sights:
        from promontory.checks.flux.session import Sights

        version = target.fill(self.chart_version) if self.chart_version else None
        return Sights(self.watched(target), self.released(target), version, self.settle, self.context_of(target))

    def watched(self, target: Target) -> tuple[Ref, ...] | Selection:
        if self.selector:
            labels = target.fill(self.selector)
            return Selection(KUSTOMIZATION, target.fill(self.namespace), labels, self.context_of(target))
        return tuple(self._ref(KUSTOMIZATION, name, target) for name in self._names)

    def released(self, target: Target) -> Ref | None:
        return self._ref(HELM_RELEASE, self.helm_release, target) if self.helm_release else None

    @property
    def _names(self) -> tuple[str, ...]:
        return (self.kustomization,) if isinstance(self.kustomization, str) else tuple(self.kustomization or ())

    def _ref(self, resource: Resource, written: str, target: Target) -> Ref:
        namespace, _, name = target.fill(written).rpartition("/")
        return Ref(resource, namespace or target.fill(self.namespace), name, self.context_of(target))
