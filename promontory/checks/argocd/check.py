"""The ``argocd`` check: Argo CD has our commit, or one that descends from it, synced and healthy.

This is what can be written under ``verify:``. What an Application says is `judging`'s business, what is asked of
Argo CD `session`'s, how it is reached `access`'s and `rest`'s.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import replace
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, model_validator

from promontory.checks.argocd.access import Access, ClusterAccess
from promontory.checks.argocd.application import NotAnApplication, read_application
from promontory.checks.argocd.describing import describe, missing
from promontory.checks.argocd.images import missing_image
from promontory.checks.argocd.lint import remarks
from promontory.checks.argocd.rest import RestAccess, Whereabouts
from promontory.checks.argocd.revision import Proof, Revisions, Wanted
from promontory.checks.argocd.session import Aims, ApplicationsSession
from promontory.checks.argocd.sync_windows import stopped_by_window
from promontory.checks.cluster import ClusterCheck
from promontory.checks.contract import Facilities, Session
from promontory.errors import ObjectNotFound
from promontory.exchange.request import check_url, fill_url
from promontory.exchange.tls import File, Tls
from promontory.health import ControllerReport, Health
from promontory.live_objects import APPLICATION, Document, Ref, Selection, Subject
from promontory.options import Remark, Target, Template
from promontory.tokens import LOOPBACK

_IN_CLUSTER = "argocd"
_UNKNOWN = "no commit says what it should run"
_NAME = re.compile(r"[a-z0-9]([-a-z0-9.]*[a-z0-9])?")


def _check_server(url: str) -> str:
    parts = urlsplit(check_url(url))
    if parts.scheme == "http" and parts.hostname not in LOOPBACK:
        raise ValueError(f"the token would travel in the clear: write https://{parts.netloc}")
    if parts.query or parts.fragment:
        raise ValueError("write the server without query or fragment; its token belongs into PROMONTORY_TOKENS")
    return url


def _check_name(template: str) -> str:
    if not _NAME.fullmatch(re.sub(r"\{[a-z]+\}", "x", template)):
        raise ValueError(f"{template!r} cannot be the name of an object in a cluster")
    return template


Name = Annotated[Template, AfterValidator(_check_name)]
Server = Annotated[Template, AfterValidator(_check_server)]


class ArgocdCheck(ClusterCheck):
    """Through the Kubernetes API, or with ``server`` through Argo CD's own."""

    kind: Literal["argocd"]
    application: Name | None = Field(
        default=None, description="The Application's name, e.g. {application}-{environment}."
    )
    selector: Template | None = Field(
        default=None, description="Or all Applications with these labels, as kubectl -l takes them: app=web,env=prod."
    )
    namespace: Annotated[str, Field(min_length=1)] = Field(
        default=_IN_CLUSTER, description="Where the Applications are."
    )
    server: Server | None = Field(
        default=None, description="Argo CD's own API, e.g. https://argocd.acme.example. Left out: the Kubernetes API."
    )
    ca: File | None = Field(
        default=None, description="A PEM file of the authorities to trust for the server, instead of the system's."
    )
    project: Annotated[str, Field(min_length=1)] | None = Field(
        default=None, description="The AppProject, for accounts that the server only lets into one."
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
        if self.server is not None and self.context is not None:
            raise ValueError("context is the kubeconfig's, which is not used with server: leave out one of them")
        if self.server is None and (given := [name for name in ("ca", "project") if getattr(self, name)]):
            raise ValueError(f"{given[0]} is for Argo CD's own API: give server, too")
        return self

    @property
    def label(self) -> str:
        return f"argocd {self.application or self.selector}"

    @property
    def proves_release(self) -> bool:
        return True

    @asynccontextmanager
    async def session(self, target: Target, facilities: Facilities) -> AsyncIterator[Session]:
        aims = Aims(self._wanted(target), self.settle, self.sync, self.image)
        async with self._access(target, facilities) as access:
            yield ApplicationsSession(access, aims, target, facilities)

    async def lint(self, target: Target, facilities: Facilities) -> tuple[Remark, ...]:
        async with self._access(target, facilities) as access:
            documents = await access.look()
            return tuple(
                remarks(documents, str(access), facilities.history, sync=self.sync, revision=bool(self.revision))
            )

    async def describe(self, target: Target, facilities: Facilities) -> tuple[ControllerReport, ...]:
        revisions = Revisions(self._wanted(target), facilities.history)
        documents, where = await self._looked(target, facilities)
        if not documents:
            return (missing(where),)
        return tuple([await self._described(document, revisions, target, facilities) for document in documents])

    async def _looked(self, target: Target, facilities: Facilities) -> tuple[Sequence[Document], str]:
        """Once, which needs no watch: the Applications that are there, and what they are called."""
        if self.server:
            async with self._access(target, facilities) as access:
                return await access.look(), str(access)
        subject = self._subject(target)
        if not isinstance(subject, Ref):
            return await facilities.objects.select(subject), str(subject)
        try:
            return (await facilities.objects.get(subject),), str(subject)
        except ObjectNotFound:
            return (), str(subject)

    async def _described(
        self, document: Document, revisions: Revisions, target: Target, facilities: Facilities
    ) -> ControllerReport:
        try:
            application = read_application(document)
        except NotAnApplication as error:
            return ControllerReport(subject=self.label, health=Health.UNKNOWN, reason=str(error))
        nothing = revisions.wanted.nothing
        proof = Proof(None, reason=_UNKNOWN) if nothing else await revisions.prove(application)
        images = application.status.summary.images
        unlike = missing_image(images, self.image, target) if self.image else ""
        report = describe(application, replace(proof, unlike=unlike))
        if self.server or report.in_place is not False:
            return report
        now, context = facilities.clock.now(), self.context_of(target)
        stopped = await stopped_by_window(application, facilities.objects, self.namespace, context, now)
        return report.model_copy(update={"troubles": (stopped, *report.troubles)}) if stopped else report

    def _wanted(self, target: Target) -> Wanted:
        return Wanted(target.commit, target.pinned, target.fill(self.revision) if self.revision else None)

    def _access(self, target: Target, facilities: Facilities) -> AbstractAsyncContextManager[Access]:
        if self.server:
            return RestAccess.open(self._place(self.server, target), facilities)
        return ClusterAccess.open(facilities.objects, self._subject(target))

    def _subject(self, target: Target) -> Subject:
        context = self.context_of(target)
        if self.application:
            return Ref(APPLICATION, self.namespace, target.fill(self.application), context)
        return Selection(APPLICATION, self.namespace, target.fill(self.selector or ""), context)

    def _place(self, server: str, target: Target) -> Whereabouts:
        """The server knows where its own Applications are, so the namespace is only told where it is written."""
        return Whereabouts(
            server=fill_url(server, target),
            name=target.fill(self.application or ""),
            labels=target.fill(self.selector or ""),
            namespace=self.namespace if "namespace" in self.model_fields_set else None,
            project=self.project,
            tls=Tls(ca=self.ca),
        )
