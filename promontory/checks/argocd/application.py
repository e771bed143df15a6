"""An Argo CD Application as it is read from an API, by the Kubernetes one or Argo CD's own: what of it says anything.

It reads and judges nothing. Words are Argo CD's; a field that is missing or null is empty. All of it is somebody else's
text: what is shown of it is one line, and not a long one.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError, model_validator
from pydantic.alias_generators import to_camel

from promontory.escaping import plain
from promontory.live_objects import Document

REFRESH = "argocd.argoproj.io/refresh"
GENERATE_PATHS = "argocd.argoproj.io/manifest-generate-paths"
_SHOWN = 300


class NotAnApplication(ValueError):
    """The document is not what Argo CD writes; says where."""


class _Part(BaseModel):
    model_config = ConfigDict(defer_build=True, frozen=True, extra="ignore", alias_generator=to_camel)

    @model_validator(mode="before")
    @classmethod
    def _without_nulls(cls, document: Any) -> Any:
        if isinstance(document, Mapping):
            return {name: value for name, value in document.items() if value is not None}
        return document


class FileParameter(_Part):
    path: str = ""


class Helm(_Part):
    value_files: tuple[str, ...] = ()
    file_parameters: tuple[FileParameter, ...] = ()


class Kustomize(_Part):
    components: tuple[str, ...] = ()


class Source(_Part):
    """``ref`` is the name by which the value files of other sources reach into this one (``$ref/…``)."""

    repository: str = Field(default="", alias="repoURL")
    path: str = ""
    target_revision: str = ""
    chart: str = ""
    ref: str = ""
    helm: Helm = Field(default_factory=Helm)
    kustomize: Kustomize = Field(default_factory=Kustomize)

    @property
    def files(self) -> tuple[str, ...]:
        """What it names besides its path, as it is written there."""
        parameters = (parameter.path for parameter in self.helm.file_parameters if parameter.path)
        return (*self.helm.value_files, *parameters, *self.kustomize.components)


class Automated(_Part):
    enabled: bool = True


class SyncPolicy(_Part):
    automated: Automated | None = None
    retry: Mapping[str, Any] | None = None
    sync_options: tuple[str, ...] = ()


class Spec(_Part):
    project: str = ""
    source: Source | None = None
    sources: tuple[Source, ...] = ()
    source_hydrator: Mapping[str, Any] | None = None
    sync_policy: SyncPolicy = Field(default_factory=SyncPolicy)


class Health(_Part):
    status: str = ""
    message: str = ""
    last_transition_time: AwareDatetime | None = None


class Sync(_Part):
    status: str = ""
    revision: str = ""
    revisions: tuple[str, ...] = ()


class Condition(_Part):
    type: str
    message: str = ""


class Revisions(_Part):
    """``source``, ``sources``: what it is about, as the spec was then."""

    revision: str = ""
    revisions: tuple[str, ...] = ()
    source: Source | None = None
    sources: tuple[Source, ...] = ()

    @property
    def all(self) -> tuple[str, ...]:
        return self.revisions or ((self.revision,) if self.revision else ())

    @property
    def followed(self) -> tuple[str, ...]:
        """The revisions by the names that the spec has for them: a tag, a branch, a range of versions."""
        sources = self.sources or ((self.source,) if self.source else ())
        return tuple(source.target_revision for source in sources)


class RequestedOperation(_Part):
    sync: Revisions = Field(default_factory=Revisions)


class OperationState(_Part):
    phase: str = ""
    message: str = ""
    started_at: AwareDatetime | None = None
    finished_at: AwareDatetime | None = None
    sync_result: Revisions = Field(default_factory=Revisions)
    operation: RequestedOperation = Field(default_factory=RequestedOperation)

    @property
    def revisions(self) -> tuple[str, ...]:
        """What it synced, or was to sync where it did not come that far."""
        return self.sync_result.all or self.operation.sync.all

    @property
    def followed(self) -> tuple[str, ...]:
        return self.sync_result.followed or self.operation.sync.followed


class Resource(_Part):
    kind: str = ""
    namespace: str = ""
    name: str = ""
    status: str = ""
    health: Health = Field(default_factory=Health)
    requires_pruning: bool = False

    def __str__(self) -> str:
        return f"{self.kind} {self.namespace}/{self.name}" if self.namespace else f"{self.kind} {self.name}"


class Summary(_Part):
    images: tuple[str, ...] = ()


class Status(_Part):
    sync: Sync = Field(default_factory=Sync)
    health: Health = Field(default_factory=Health)
    reconciled_at: AwareDatetime | None = None
    operation_state: OperationState | None = None
    conditions: tuple[Condition, ...] = ()
    resources: tuple[Resource, ...] = ()
    summary: Summary = Field(default_factory=Summary)


class Metadata(_Part):
    name: str = Field(min_length=1)
    namespace: str = ""
    uid: str = ""
    resource_version: str = ""
    annotations: Mapping[str, str] = {}
    deletion_timestamp: AwareDatetime | None = None


class Application(_Part):
    """``operation`` is what somebody wants to be done and Argo CD has not begun; ``document`` is all that was read."""

    metadata: Metadata
    spec: Spec = Field(default_factory=Spec)
    status: Status = Field(default_factory=Status)
    operation: Mapping[str, Any] | None = None
    document: Mapping[str, Any] = Field(default={}, repr=False)

    @property
    def title(self) -> str:
        name = self.metadata.name
        return f"{self.metadata.namespace}/{name}" if self.metadata.namespace else name

    @property
    def sources(self) -> tuple[Source, ...]:
        """``sources`` go first, as for Argo CD."""
        return self.spec.sources or ((self.spec.source,) if self.spec.source else ())

    @property
    def observed(self) -> tuple[str, ...]:
        """The revisions that it was compared with, one for each source."""
        sync = self.status.sync
        return sync.revisions if self.spec.sources else ((sync.revision,) if sync.revision else ())

    @property
    def manual(self) -> bool:
        automated = self.spec.sync_policy.automated
        return automated is None or not automated.enabled

    @property
    def refreshing(self) -> bool:
        """Somebody has asked it to compare anew, and it has not yet."""
        return REFRESH in self.metadata.annotations


def read_application(document: Document) -> Application:
    """Raises `NotAnApplication` for what is none."""
    try:
        return Application.model_validate({**document, "document": document})
    except (ValidationError, TypeError) as error:
        raise NotAnApplication(f"the API answers with what is no Application: {_why(error)}") from None


def one_line(text: str) -> str:
    """As it may stand in a reason."""
    return plain.words(text, _SHOWN)


def _why(error: Exception) -> str:
    if isinstance(error, ValidationError):
        (first, *_) = error.errors(include_url=False, include_input=False)
        return f"{'.'.join(str(step) for step in first['loc'])}: {first['msg']}"
    return type(error).__name__
