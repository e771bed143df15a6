"""The ``argocd`` check: Argo CD has our commit, or one that descends from it, synced and healthy.

This is what can be written under ``verify:``. What an Application says is `argocd_judging`'s business, what is asked of
Argo CD `argocd_session`'s, how it is reached `argocd_access`'s.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from promontory.checks.argocd_access import Access, ClusterAccess
from promontory.checks.argocd_revision import Wanted
from promontory.checks.argocd_session import Aims, ApplicationsSession
from promontory.checks.cluster import ClusterCheck
from promontory.checks.contract import Facilities, Session
from promontory.live_objects import APPLICATION, Ref, Selection
from promontory.options import Target, Template

_IN_CLUSTER = "argocd"


class ArgocdCheck(ClusterCheck):
    """One Application, or all that a selector is true of."""

    kind: Literal["argocd"]
    application: Template | None = Field(
        default=None, description="The Application's name, e.g. {application}-{environment}."
    )
    selector: Template | None = Field(
        default=None, description="Or all Applications with these labels, as kubectl -l takes them: app=web,env=prod."
    )
    namespace: Annotated[str, Field(min_length=1)] = Field(
        default=_IN_CLUSTER, description="Where the Applications are."
    )
    sync: bool = Field(
        default=False, strict=True, description="Start the sync of our revision where the sync policy is manual."
    )
    revision: Template | None = Field(
        default=None,
        description="What must be synced where it is no commit of the GitOps repository: a chart's version or a tag.",
    )
    image: Template | None = Field(
        default=None, description="An image that the Application must run in the release's version: ghcr.io/acme/web."
    )

    @model_validator(mode="after")
    def _names_applications(self) -> Self:
        if (self.application is None) is (self.selector is None):
            raise ValueError("give application (a name) or selector (labels): which Applications are looked at?")
        return self

    @property
    def label(self) -> str:
        return f"argocd {self.application or self.selector}"

    @property
    def proves_release(self) -> bool:
        return True

    @asynccontextmanager
    async def session(self, target: Target, facilities: Facilities) -> AsyncIterator[Session]:
        wanted = Wanted(target.commit, target.pinned, target.fill(self.revision) if self.revision else None)
        aims = Aims(wanted, self.settle, self.sync, self.image)
        async with self._access(target, facilities) as access:
            yield ApplicationsSession(access, aims, target, facilities)

    def _access(self, target: Target, facilities: Facilities) -> AbstractAsyncContextManager[Access]:
        if self.application:
            named = Ref(APPLICATION, self.namespace, target.fill(self.application), self.context_of(target))
            return ClusterAccess.open(facilities.objects, named)
        labels, context = target.fill(self.selector or ""), self.context_of(target)
        return ClusterAccess.open(facilities.objects, Selection(APPLICATION, self.namespace, labels, context))
