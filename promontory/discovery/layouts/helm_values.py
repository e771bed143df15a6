"""``values-prod.yaml``, ``environments/prod/values.yaml``, ``envs/dev/config.json``: a tag in a file of values."""

from __future__ import annotations

from collections.abc import Iterator

from promontory.discovery.findings import Finding, Options
from promontory.discovery.manifests import Site, basename, is_kustomization, sites
from promontory.discovery.places import directory_of, file_name, spot_of
from promontory.discovery.seen import Seen

_NO_VALUES = {"Chart.yaml", "Chart.lock", "promontory.yaml"}


def helm_values(seen: Seen) -> Iterator[Finding]:
    for path, documents in seen.documents.items():
        if len(documents) != 1 or is_kustomization(path) or file_name(path) in _NO_VALUES:
            continue
        values = documents[0]
        if not isinstance(values, dict) or "kind" in values or "apiVersion" in values:
            continue
        spot = spot_of(path)
        found = list(sites(values)) if spot else []
        if spot:
            yield from (_finding(seen, path, spot.environment, spot.application, site, found) for site in chosen(found))


def chosen(found: list[Site]) -> list[Site]:
    """The release at the top where there is one, what else has a tag stands beside it; else each is one of several."""
    top = [site for site in found if site.key.count(".") <= 1 and site.key.split(".")[0] in _TOP]
    return top[:1] or found


_TOP = ("image", "imageTag", "image_tag", "imageVersion", "appVersion", "tag")


def _finding(
    seen: Seen, path: str, environment: str, application: str | None, site: Site, found: list[Site]
) -> Finding:
    others = [other.key for other in found if other not in chosen(found)]
    several = len(chosen(found)) > 1
    return Finding(
        application=(None if several else application) or site_name(site) or application or seen.name,
        environment=environment,
        options={"kind": "directory", "path": directory_of(path), "file": file_name(path), **site_options(site)},
        evidence=f"{site.key} in {path}",
        question=f"promote {' and '.join(others)} too? each is an application of its own" if others else "",
    )


def site_options(site: Site) -> Options:
    return {"key": site.key, "image": site.repository} if site.whole else {"key": site.key}


def site_name(site: Site) -> str | None:
    """What the application may be called: the mapping that ``image`` stands in, else the image's own name."""
    parents = [part for part in site.key.split(".")[:-1] if part not in ("image", "values", "spec", "global")]
    return next(reversed(parents), None) or (basename(site.repository) if site.repository else None)
