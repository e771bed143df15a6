"""The Job that is created, made from what a team has written: its name, its labels, and its bounds are ours.

The name follows from the attempt's key, so that who is killed and started again finds the Job that it has made.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import yaml

from promontory.errors import UsageError
from promontory.live_objects import JOB, Document
from promontory.suites.contract import Attempt

KEY = "promontory/key"
_LONGEST_NAME = 63
_MOST_BYTES = 512 * 1024
# Where nobody is left to delete it, the cluster does.
_KEPT_SECONDS = 24 * 3600
_NOT_OURS = ("ownerReferences", "resourceVersion", "uid", "managedFields", "creationTimestamp", "generateName")


def parse(content: bytes, path: str) -> Document:
    """The file's one document. Raises `UsageError`."""
    if len(content) > _MOST_BYTES:
        raise UsageError(f"{path} is too large for the template of a Job", "write the Job alone into it")
    try:
        documents = [document for document in yaml.load_all(content, _Loader) if document is not None]
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise UsageError(f"{path} cannot be read: {' '.join(str(error).split())}", "correct the file") from None
    if len(documents) != 1 or not isinstance(documents[0], dict):
        raise UsageError(f"{path} does not hold one YAML document that is a mapping", "write the Job alone into it")
    return documents[0]


def make(template: Document, attempt: Attempt, namespace: str | None, seconds: int) -> Document:
    """The Job of an attempt, which may take so many seconds. Raises `UsageError` for what is no Job."""
    filled = attempt.target.fill_all(template)
    if not isinstance(filled, dict) or (filled.get("apiVersion"), filled.get("kind")) != (JOB.api_version, JOB.kind):
        raise UsageError(
            "the template is no Job", f"it must have `apiVersion: {JOB.api_version}` and `kind: {JOB.kind}`"
        )
    metadata, spec = _mapping(filled, "metadata"), _mapping(filled, "spec")
    pod = _mapping(_mapping(spec, "template", "spec."), "spec", "spec.template.")
    if not isinstance(pod.get("containers"), list) or not pod["containers"]:
        raise UsageError("the template has no spec.template.spec.containers", "say what the Job is to run")
    base = metadata.get("name") or metadata.get("generateName") or f"{attempt.target.place.application}-test"
    kept = {key: value for key, value in metadata.items() if key not in _NOT_OURS}
    ours = {
        **kept,
        "name": _name(str(base), attempt.key),
        "namespace": namespace or metadata.get("namespace") or "default",
        "labels": {**_mapping(metadata, "labels"), **_labels(attempt)},
        "annotations": {**_mapping(metadata, "annotations"), **_annotations(attempt)},
    }
    return {
        "apiVersion": JOB.api_version,
        "kind": JOB.kind,
        "metadata": ours,
        "spec": _bounded(spec, pod, attempt, seconds),
    }


def _bounded(spec: Document, pod: Document, attempt: Attempt, seconds: int) -> Document:
    template = _mapping(spec, "template")
    metadata = _mapping(template, "metadata")
    own = spec.get("activeDeadlineSeconds")
    return {
        # A test that fails has failed; whoever wants it tried again says so.
        "backoffLimit": 0,
        "ttlSecondsAfterFinished": _KEPT_SECONDS,
        **spec,
        "activeDeadlineSeconds": min(own, seconds) if isinstance(own, int) else seconds,
        "template": {
            **template,
            "metadata": {**metadata, "labels": {**_mapping(metadata, "labels"), **_labels(attempt)}},
            "spec": {"restartPolicy": "Never", **pod},
        },
    }


def _labels(attempt: Attempt) -> dict[str, str]:
    """Only what is always fit for a label; a release may be too long, or have a plus."""
    place = attempt.target.place
    return {
        "app.kubernetes.io/managed-by": "promontory",
        "promontory/promotion": attempt.promotion,
        "promontory/application": place.application,
        "promontory/environment": place.environment,
    }


def _annotations(attempt: Attempt) -> dict[str, str]:
    return {KEY: attempt.key, "promontory/release": attempt.target.release}


def _name(base: str, key: str) -> str:
    plain = re.sub(r"[^a-z0-9-]+", "-", base.lower()).strip("-") or "test"
    return f"{plain[: _LONGEST_NAME - len(key) - 1].rstrip('-')}-{key}"


def _mapping(parent: Document, key: str, above: str = "") -> dict[str, Any]:
    value = parent.get(key)
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        raise UsageError(f"{above}{key} of the template is no mapping", "correct the Job's template")
    return dict(value)


class _Loader(yaml.SafeLoader):
    """As the API server reads YAML: a date is a text. An alias could make a small file endless."""

    yaml_implicit_resolvers = {  # noqa: RUF012 - as the library declares it
        first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
        for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }

    def compose_node(self, parent: Any, index: Any) -> Any:
        if self.check_event(yaml.AliasEvent):
            raise yaml.YAMLError("it has an alias (*), which the template of a Job cannot have")
        return super().compose_node(parent, index)
