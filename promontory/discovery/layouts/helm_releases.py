"""Flux HelmReleases of an environment: an image's tag in ``spec.values``, else the chart's version."""

from __future__ import annotations

import re
from collections.abc import Iterator

from promontory.discovery.findings import Finding, Options
from promontory.discovery.layouts.helm_values import chosen, site_name, site_options
from promontory.discovery.manifests import Site, at, objects, sites, text_at
from promontory.discovery.places import directory_of, file_name, spot_of
from promontory.discovery.seen import Seen

_VERSION = re.compile(r"v?\d+(\.\d+)*([-+][A-Za-z0-9.+-]+)?")


def helm_releases(seen: Seen) -> Iterator[Finding]:
    for path, release in objects(seen, "HelmRelease"):
        spot = spot_of(path)
        if spot is None:
            continue
        name = text_at(release, "metadata", "name")
        found = _sites(release)
        for site in found:
            application = name if len(found) == 1 and name else site_name(site)
            yield Finding(
                application=application or spot.application or seen.name,
                environment=spot.environment,
                options={**_file(path), **site_options(site), **_document(seen, path, name)},
                evidence=f"{site.key} of the HelmRelease in {path}",
                question=_question(release, site),
            )


def _sites(release: dict[str, object]) -> list[Site]:
    """Tags in the values; a chart's version only if it is one, not a range that Flux chooses from."""
    values = chosen(list(sites(at(release, "spec", "values"), "spec.values")))
    version = text_at(release, "spec", "chart", "spec", "version")
    if values or not _VERSION.fullmatch(version):
        return values
    return [Site("spec.chart.spec.version", version)]


def _file(path: str) -> Options:
    return {"kind": "directory", "path": directory_of(path), "file": file_name(path)}


def _document(seen: Seen, path: str, name: str) -> Options:
    """Which of the file's documents, where it holds several."""
    if len(seen.documents[path]) < 2 or not name:
        return {}
    return {"document": {"kind": "HelmRelease", "name": name}}


def _question(release: dict[str, object], site: Site) -> str:
    version = text_at(release, "spec", "chart", "spec", "version")
    if not version or site.key == "spec.chart.spec.version":
        return ""
    return f"the chart's version ({version}) stands there too; it stays as it is. Is that meant?"
