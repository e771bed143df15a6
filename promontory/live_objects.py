"""Objects of a Kubernetes API as values, and what the families want of a cluster.

It names things as the API does and knows no client: `clusters` is the only door to one. Checks watch objects, suites
make some of their own.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Any, Protocol

Document = Mapping[str, Any]
"""An object as the API answers it, as JSON."""


@dataclass(frozen=True)
class Resource:
    """What the API serves under one path; ``group`` is empty for the core group. ``kind`` is how people call it."""

    group: str
    version: str
    plural: str
    kind: str

    @property
    def api_version(self) -> str:
        return f"{self.group}/{self.version}" if self.group else self.version


APPLICATION = Resource("argoproj.io", "v1alpha1", "applications", "Application")
APP_PROJECT = Resource("argoproj.io", "v1alpha1", "appprojects", "AppProject")
KUSTOMIZATION = Resource("kustomize.toolkit.fluxcd.io", "v1", "kustomizations", "Kustomization")
HELM_RELEASE = Resource("helm.toolkit.fluxcd.io", "v2", "helmreleases", "HelmRelease")
GIT_REPOSITORY = Resource("source.toolkit.fluxcd.io", "v1", "gitrepositories", "GitRepository")
OCI_REPOSITORY = Resource("source.toolkit.fluxcd.io", "v1", "ocirepositories", "OCIRepository")
HELM_CHART = Resource("source.toolkit.fluxcd.io", "v1", "helmcharts", "HelmChart")
BUCKET = Resource("source.toolkit.fluxcd.io", "v1", "buckets", "Bucket")
DEPLOYMENT = Resource("apps", "v1", "deployments", "Deployment")
STATEFUL_SET = Resource("apps", "v1", "statefulsets", "StatefulSet")
DAEMON_SET = Resource("apps", "v1", "daemonsets", "DaemonSet")
REPLICA_SET = Resource("apps", "v1", "replicasets", "ReplicaSet")
JOB = Resource("batch", "v1", "jobs", "Job")
POD = Resource("", "v1", "pods", "Pod")


@dataclass(frozen=True)
class Ref:
    """One object. ``context`` is the kubeconfig's; None: the current one, or the cluster that this runs in."""

    resource: Resource
    namespace: str
    name: str
    context: str | None = None

    def __str__(self) -> str:
        return f"{self.resource.kind} {self.namespace}/{self.name}"


@dataclass(frozen=True)
class Selection:
    """All objects of one resource in a namespace that a label selector (as `kubectl -l` takes it) is true of."""

    resource: Resource
    namespace: str
    labels: str
    context: str | None = None

    def __str__(self) -> str:
        return f"{self.resource.kind}s {self.namespace}/({self.labels})"


Subject = Ref | Selection


class Watching(Protocol):
    """An eye on some objects, as long as it is open."""

    async def look(self) -> tuple[Document, ...]:
        """The objects as they are now, ordered by namespace and name; one that does not exist is missing.

        From the watch's own copy where a watch stands, else asked for. Raises `ClusterError` where they may not be
        read, and `TransientError` where they may be read later.
        """

    async def changed(self) -> None:
        """Returns when another `look` may see something else than the last one did; within a second of it."""


class Objects(Protocol):
    """Every cluster, by context. All calls raise `ClusterError`, or `TransientError` where they may work later.

    `ObjectNotFound` and `ObjectConflict` are the kinds of `ClusterError` that callers tell apart.
    """

    def watching(self, subjects: Sequence[Subject]) -> AbstractAsyncContextManager[Watching]:
        """Open an eye on ``subjects``. However many are watched, there is one watch for each resource and cluster."""

    async def get(self, ref: Ref) -> Document:
        """The object, asked for now. Raises `ObjectNotFound`."""

    async def select(self, selection: Selection) -> tuple[Document, ...]:
        """The objects, asked for now, ordered by name."""

    async def patch(self, ref: Ref, patch: Document | Sequence[Document]) -> Document:
        """A mapping is a merge patch (RFC 7386), a sequence a JSON patch (RFC 6902); the object as it is then.

        Raises `ObjectConflict` where a ``resourceVersion`` or a ``test`` in it does not hold.
        """

    async def create(self, resource: Resource, document: Document, context: str | None = None) -> Document:
        """Make it, in the namespace that it names. Raises `ObjectConflict` where there is one of that name."""

    async def delete(self, ref: Ref) -> None:
        """Delete it and what belongs to it; nothing where it is gone already."""

    def log(self, pod: Ref, container: str | None = None, *, tail: int | None = None) -> AsyncIterator[str]:
        """The lines of a pod's log as they come, until the container ends; with ``tail`` the last ones so far."""
