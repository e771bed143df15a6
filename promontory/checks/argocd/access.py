"""How Applications are read, refreshed and synced: the Kubernetes API's way. `rest` is Argo CD's own.

Whoever has access judges nothing, and remembers only what has changed since the last look.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Protocol

from promontory.checks.argocd.application import REFRESH, Application
from promontory.checks.argocd.memory import RefreshKind
from promontory.errors import ObjectConflict
from promontory.live_objects import APPLICATION, Document, Objects, Ref, Subject, Watching


class Access(Protocol):
    """All calls raise `ClusterError`, or `TransientError` where they may work later."""

    def __str__(self) -> str:
        """What is looked at, e.g. ``Application argocd/web-app-staging``."""

    async def look(self) -> tuple[Document, ...]:
        """The Applications as they are now; one that does not exist is missing."""

    async def changed(self) -> None:
        """Returns when another look may see something else."""

    async def refresh(self, application: Application, kind: RefreshKind) -> None:
        """Ask Argo CD to compare it anew."""

    async def sync(self, application: Application, operation: Mapping[str, Any]) -> None:
        """Begin an operation, unless it has changed since it was read: then `ObjectConflict`."""


@dataclass(frozen=True)
class ClusterAccess:
    objects: Objects
    subject: Subject
    watching: Watching

    @classmethod
    @asynccontextmanager
    async def open(cls, objects: Objects, subject: Subject) -> AsyncIterator[Access]:
        async with objects.watching([subject]) as watching:
            yield cls(objects, subject, watching)

    def __str__(self) -> str:
        return str(self.subject)

    async def look(self) -> tuple[Document, ...]:
        return await self.watching.look()

    async def changed(self) -> None:
        await self.watching.changed()

    async def refresh(self, application: Application, kind: RefreshKind) -> None:
        await self.objects.patch(self._ref(application), {"metadata": {"annotations": {REFRESH: kind}}})

    async def sync(self, application: Application, operation: Mapping[str, Any]) -> None:
        version = application.metadata.resource_version
        if not version:
            raise ObjectConflict(f"{application.title} tells no resourceVersion, so nobody else's change would be seen")
        await self.objects.patch(
            self._ref(application), {"metadata": {"resourceVersion": version}, "operation": dict(operation)}
        )

    def _ref(self, application: Application) -> Ref:
        return Ref(APPLICATION, self.subject.namespace, application.metadata.name, self.subject.context)
