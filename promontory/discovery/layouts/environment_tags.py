"""A Git tag for each environment, ``v1.2.3-dev``, and an Argo CD Application that follows it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from promontory.discovery.environment_names import names_environment
from promontory.discovery.findings import Finding
from promontory.discovery.layouts.argo_applications import application_place
from promontory.discovery.manifests import objects, text_at
from promontory.discovery.seen import Seen


def environment_tags(seen: Seen) -> Iterator[Finding]:
    tags: Mapping[str, str] | None = None
    for path, application in objects(seen, "Application"):
        revision = text_at(application, "spec", "source", "targetRevision")
        release, _, environment = revision.rpartition("-")
        named = application_place(path, application)
        if named is None or not release or not names_environment(environment):
            continue
        tags = seen.snapshot.tags() if tags is None else tags  # the server is asked, so only where it may matter
        if revision not in tags:
            continue
        yield Finding(
            application=named[0] or seen.name,
            environment=environment,
            options={"kind": "tag", "tag": f"{{release}}-{environment}", "application": path},
            evidence=f"the tag {revision}, which the Application in {path} follows",
            confidence="likely",
        )
