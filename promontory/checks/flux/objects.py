"""Flux's objects as values: what their API says of them, read without trusting its form.

Source: kustomize-controller (kustomize.toolkit.fluxcd.io/v1), helm-controller (helm.toolkit.fluxcd.io/v2) and
source-controller (source.toolkit.fluxcd.io/v1). What is missing or of another type reads as not there.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from shlex import quote
from typing import Final

from promontory.escaping import plain
from promontory.live_objects import BUCKET, GIT_REPOSITORY, OCI_REPOSITORY, Document, Ref, Resource

SOURCES: Final[Mapping[str, Resource]] = {it.kind: it for it in (GIT_REPOSITORY, OCI_REPOSITORY, BUCKET)}
REQUESTED: Final = "reconcile.fluxcd.io/requestedAt"

_ORIGIN = "org.opencontainers.image.revision"
_COMMIT = re.compile(r"(?:^|[@/:])([0-9a-f]{40}|[0-9a-f]{64})$")
_RESUMED_AS = {GIT_REPOSITORY: "source git", OCI_REPOSITORY: "source oci", BUCKET: "source bucket"}
_WORDS = 400


@dataclass(frozen=True)
class Condition:
    """``status`` is ``True``, ``False`` or ``Unknown``; empty where the object has no such condition."""

    status: str = ""
    reason: str = ""
    message: str = ""
    generation: int | None = None

    @property
    def told(self) -> str:
        """In the controller's own words."""
        return self.message or self.reason or "it does not say why"


@dataclass(frozen=True)
class FluxObject:
    resource: Resource
    document: Document

    @property
    def ref(self) -> str:
        return f"{self.resource.kind} {self.text('metadata', 'namespace')}/{self.text('metadata', 'name')}"

    @property
    def named(self) -> str:
        """Name and namespace, as the ``flux`` command takes them."""
        return f"{quote(self.text('metadata', 'name'))} -n {quote(self.text('metadata', 'namespace'))}"

    @property
    def resume(self) -> str:
        """The command that ends its suspension."""
        return f"flux resume {_RESUMED_AS.get(self.resource, self.resource.kind.lower())} {self.named}"

    @property
    def suspended(self) -> bool:
        return self.value("spec", "suspend") is True

    @property
    def generation(self) -> int | None:
        return self.number("metadata", "generation")

    @property
    def observed(self) -> bool:
        """Whether the controller has come to an end with the present spec."""
        return self.number("status", "observedGeneration") == self.generation

    @property
    def requested(self) -> str:
        return self.text("metadata", "annotations", REQUESTED)

    @property
    def handled(self) -> str:
        return self.text("status", "lastHandledReconcileAt")

    def condition(self, kind: str) -> Condition:
        """The condition of that type, if it is about the present spec; an older one says nothing any more."""
        conditions = self.value("status", "conditions")
        for each in conditions if isinstance(conditions, list) else ():
            if dig(each, "type") == kind:
                generation = dig(each, "observedGeneration")
                found = Condition(
                    status=words(dig(each, "status")),
                    reason=words(dig(each, "reason")),
                    message=words(dig(each, "message")),
                    generation=generation if isinstance(generation, int) else None,
                )
                return Condition() if _older(found.generation, self.generation) else found
        return Condition()

    def is_true(self, kind: str) -> bool:
        return self.condition(kind).status == "True"

    def value(self, *path: str) -> object:
        return dig(self.document, *path)

    def text(self, *path: str) -> str:
        return words(self.value(*path))

    def number(self, *path: str) -> int | None:
        value = self.value(*path)
        return value if isinstance(value, int) and not isinstance(value, bool) else None


def _older(generation: int | None, present: int | None) -> bool:
    return generation is not None and present is not None and generation < present


def dig(document: object, *path: str) -> object:
    """The value at the path, None where there is none."""
    for key in path:
        if not isinstance(document, Mapping):
            return None
        document = document.get(key)
    return document


def words(value: object) -> str:
    """Text of the cluster's on one line, printable and of bounded length; empty for what is no text."""
    return plain.words(value, _WORDS) if isinstance(value, str) else ""


def source_of(kustomization: FluxObject, context: str | None) -> Ref | None:
    """What it takes its manifests from; None for a kind of source that is not known here."""
    resource = SOURCES.get(kustomization.text("spec", "sourceRef", "kind"))
    name = kustomization.text("spec", "sourceRef", "name")
    namespace = kustomization.text("spec", "sourceRef", "namespace") or kustomization.text("metadata", "namespace")
    return Ref(resource, namespace, name, context) if resource and name else None


def source_revision(source: FluxObject) -> str:
    """The revision whose artifact it offers, in terms of Git: for an OCI artifact what that was made of."""
    if source.resource is GIT_REPOSITORY:
        return source.text("status", "artifact", "revision")
    return source.text("status", "artifact", "metadata", _ORIGIN)


def applied_revision(kustomization: FluxObject) -> str:
    """What it has applied, and found healthy where it looks at health; in terms of Git."""
    origin = kustomization.text("status", "lastAppliedOriginRevision")
    return origin or _of_git(kustomization, kustomization.text("status", "lastAppliedRevision"))


def attempted_revision(kustomization: FluxObject, source: FluxObject | None) -> str:
    """What it has tried to apply last. Of an OCI artifact only its digest is told, so its source has to translate."""
    attempted = kustomization.text("status", "lastAttemptedRevision")
    if source and attempted and attempted == source.text("status", "artifact", "revision"):
        return source_revision(source)
    if attempted == kustomization.text("status", "lastAppliedRevision"):
        return applied_revision(kustomization)
    return _of_git(kustomization, attempted)


def _of_git(kustomization: FluxObject, revision: str) -> str:
    digests = (OCI_REPOSITORY.kind, BUCKET.kind)
    return "" if kustomization.text("spec", "sourceRef", "kind") in digests else revision


def commit_in(revision: str) -> str | None:
    """``main@sha1:<id>``, ``sha1:<id>``, ``main/<id>`` → the commit's id; None where no commit is named."""
    found = _COMMIT.search(revision)
    return found[1] if found else None


def shown(revision: str) -> str:
    """For a reason: with the commit's id as short as people write it."""
    commit = commit_in(revision)
    return revision.replace(commit, commit[:12]) if commit else revision or "nothing"


def as_moment(text: str) -> datetime | None:
    """An RFC 3339 time; None for any other text, which an annotation may hold just as well."""
    try:
        time = datetime.fromisoformat(text)
    except ValueError:
        return None
    return time if time.tzinfo else None
