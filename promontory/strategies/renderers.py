"""What can be asked of kustomize and helm, and what to start them with. Nothing is started here."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from promontory.options import Duration
from promontory.strategies.paths import check_path
from promontory.suggestion import suggest


def _check_values(path: str) -> str:
    if any(mark in path for mark in ',"'):
        raise ValueError(f"{path!r} cannot be given to helm: it has a comma or a quote in its name")
    return check_path(path)


def _check_name(name: str) -> str:
    if not _NAME.fullmatch(name):
        raise ValueError(f"{name!r} cannot be a name in Kubernetes: use lower-case letters, digits and '-'")
    return name


def _check_version(version: str) -> str:
    if not _VERSION.fullmatch(version):
        raise ValueError(f"{version!r} is not a version")
    return version


_NAME = re.compile(r"[a-z0-9]([a-z0-9-]*[a-z0-9])?")
_VERSION = re.compile(r"[A-Za-z0-9][A-Za-z0-9./+-]*")
ValuesPath = Annotated[str, Field(min_length=1), AfterValidator(_check_values)]
Version = Annotated[str, Field(min_length=1), AfterValidator(_check_version)]


class Kustomize(BaseModel):
    """``kustomize build``: no file from outside of the directory's own root, no plugins, no remote bases."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)

    kind: Literal["kustomize"] = Field(description="`kustomize build`")
    timeout: Duration = Field(default=timedelta(minutes=2), description="How long it may run, e.g. 2m")

    def arguments(self, source: str) -> tuple[str, ...]:
        return ("build", f"./{source}", "--load-restrictor=LoadRestrictionsRootOnly")

    @property
    def twice(self) -> bool:
        return False


class Helm(BaseModel):
    """``helm template``, without a cluster and without the chart's tests; dependencies must be in the repository."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)

    kind: Literal["helm"] = Field(description="`helm template`")
    release_name: Annotated[str, Field(min_length=1, max_length=53), AfterValidator(_check_name)] = Field(
        description="The name that Helm gives the installation; {application}, for example"
    )
    namespace: Annotated[str, Field(min_length=1, max_length=63), AfterValidator(_check_name)] | None = Field(
        default=None, description="What the templates see as the namespace"
    )
    values: tuple[ValuesPath, ...] = Field(
        default=(), description="Values files of the same commit, from the repository's root; later ones win"
    )
    crds: bool = Field(default=True, description="Whether what lies in the chart's crds/ belongs to it")
    kube_version: Version | None = Field(
        default=None, description="The Kubernetes version that the templates see. Left out: helm's own default"
    )
    api_versions: tuple[Version, ...] = Field(
        default=(), description="API versions that the templates see as there, e.g. monitoring.coreos.com/v1"
    )
    timeout: Duration = Field(default=timedelta(minutes=2), description="How long it may run, e.g. 2m")

    def arguments(self, source: str) -> tuple[str, ...]:
        return (
            "template",
            self.release_name,
            f"./{source}",
            "--skip-tests",
            *(["--include-crds"] if self.crds else []),
            *([f"--namespace={self.namespace}"] if self.namespace else []),
            *(f"--values=./{path}" for path in self.values),
            *([f"--kube-version={self.kube_version}"] if self.kube_version else []),
            *(f"--api-versions={version}" for version in self.api_versions),
        )

    @property
    def twice(self) -> bool:
        """Its templates have the time, random words and new keys at hand."""
        return True


def _as_options(value: object) -> object:
    """``kustomize`` is short for ``{kind: kustomize}``; helm has something that must be said."""
    if value == "kustomize":
        return {"kind": value}
    if value == "helm":
        raise ValueError("helm needs a release_name: write {kind: helm, release_name: …}")
    kind = value.get("kind") if isinstance(value, Mapping) else value
    if isinstance(value, str | Mapping) and kind not in _KINDS:
        raise ValueError(f'unknown kind "{kind}"{suggest(str(kind), _KINDS)}' if kind else "missing: kind")
    return value


_KINDS = ("kustomize", "helm")
_Written = Literal["kustomize"] | Annotated[Kustomize | Helm, Field(discriminator="kind")]
Renderer = Annotated[
    Annotated[Kustomize | Helm, Field(discriminator="kind")],
    BeforeValidator(_as_options, json_schema_input_type=_Written),
]
