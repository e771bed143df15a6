"""Argo CD Applications, one for each environment, that name the release themselves."""

from __future__ import annotations

import re
from collections.abc import Iterator

from promontory.discovery.environment_names import names_environment
from promontory.discovery.findings import Finding, Options
from promontory.discovery.layouts.helm_values import site_options
from promontory.discovery.manifests import at, is_release, items, objects, sites, text_at
from promontory.discovery.places import directory_of, file_name, split_environment, spot_of
from promontory.discovery.seen import Seen
from promontory.strategies.image_references import split_reference

_VERSION = re.compile(r"v?\d+\.\d+(\.\d+)?([-+][A-Za-z0-9.+-]+)?")
_PARAMETERS = ("image.tag", "imageTag", "image_tag", "tag", "image.version")


def argo_applications(seen: Seen) -> Iterator[Finding]:
    for path, application in objects(seen, "Application"):
        named = application_place(path, application)
        if named is None:
            continue
        name, environment = named
        for options in _places(application):
            document = {"kind": "Application", "name": text_at(application, "metadata", "name")}
            several = {"document": document} if len(seen.documents[path]) > 1 else {}
            place = {"kind": "directory", "path": directory_of(path), "file": file_name(path)}
            yield Finding(
                application=name or seen.name,
                environment=environment,
                options={**place, **options, **several},
                evidence=f"{options['key']} of the Application in {path}",
                confidence="likely",
            )


def application_place(path: str, application: dict[str, object]) -> tuple[str, str] | None:
    """(application, environment): by the object's name (``web-app-dev``), else by the path."""
    name = text_at(application, "metadata", "name")
    split, spot = split_environment(name), spot_of(path)
    if split is None:
        return (name, spot.environment) if spot and name else None
    if spot and (spot.explicit or names_environment(spot.environment)):
        return split[0] or spot.application or "", spot.environment
    return split


def _places(application: dict[str, object]) -> Iterator[Options]:
    """The first of: images, Helm parameters, Helm values, the revision."""
    source = at(application, "spec", "source")
    found = [*_images(source), *_parameters(source), *_values(source), *_revision(source)]
    yield from found[:1]


def _images(source: object) -> Iterator[Options]:
    images = at(source, "kustomize", "images")
    for image in images if isinstance(images, list) else []:
        if isinstance(image, str) and "=" not in image:
            yield {"key": "spec.source.kustomize.images", "image": split_reference(image)[0]}


def _parameters(source: object) -> Iterator[Options]:
    for parameter in items(at(source, "helm", "parameters")):
        name = text_at(parameter, "name")
        if name in _PARAMETERS and is_release(text_at(parameter, "value")):
            yield {"key": f"spec.source.helm.parameters[name={name}].value"}


def _values(source: object) -> Iterator[Options]:
    for site in sites(at(source, "helm", "valuesObject"), "spec.source.helm.valuesObject"):
        yield site_options(site)


def _revision(source: object) -> Iterator[Options]:
    """A branch is no release, and a tag that ends in an environment's name is `environment_tags`' business."""
    revision = text_at(source, "targetRevision")
    if _VERSION.fullmatch(revision) and not names_environment(revision.rpartition("-")[2]):
        yield {"key": "spec.source.targetRevision"}
