"""Controllers that would write what Promontory writes, as the repository describes them: two masters of one place.

A revert is what they undo most willingly. What the repository does not say is taken to match: a warning too many is
cheaper than a revert that does not last. Sources: fluxcd/image-automation-controller; Argo CD's ApplicationSet
controller (a generated Application is set to the template whenever it differs); argocd-image-updater, "update methods".
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from promontory.change import Files
from promontory.manifests.flux_images import overwriting
from promontory.manifests.objects import KubernetesObject, objects
from promontory.options import Remark

_ARGO = "argoproj.io"
_UPDATER = "argocd-image-updater.argoproj.io"
_MARKER = re.compile(rb"\"\$imagepolicy\"\s*:\s*\"[^\":]+:[^\":]+")
_YAML = ("*.yaml", "*.yml", "Kustomization")
_PLACEHOLDER = re.compile(r"\{\{.*?\}\}")
# With these an ApplicationSet leaves alone what it has made.
_LEAVES_ALONE = ("create-only", "create-delete")


def overwriters(files: Files, paths: Sequence[str], branch: str, live: Sequence[str] = ()) -> tuple[Remark, ...]:
    """Who would write to the files and directories ``paths`` of ``branch``, or to the live Applications ``live``."""
    return (
        *_flux(files, paths, branch),
        *_application_sets(files, paths, live),
        *_image_updaters(files, paths, live),
    )


def _flux(files: Files, paths: Sequence[str], branch: str) -> Iterator[Remark]:
    marked: dict[str, list[str]] = {}
    for path, policies in _markers(files, paths):
        for policy in policies:
            marked.setdefault(policy, []).append(path)
    for policy, places in sorted(marked.items()):
        for automation in overwriting(files, places, policy, branch):
            yield Remark(
                f"Flux writes to {places[0]}, too: the ImageUpdateAutomation {automation.name} ({automation.place}), "
                f"by the marker of {policy}",
                "suspend it (spec.suspend: true), or take the marker away",
            )


def _markers(files: Files, paths: Sequence[str]) -> Iterator[tuple[str, set[str]]]:
    for path in paths:
        if files.names(path) is not None:
            found: Mapping[str, tuple[bytes, ...]] = files.search(path, _MARKER, _YAML)
        else:
            content = files.read(path)
            found = {path: tuple(match[0] for match in _MARKER.finditer(content or b""))}
        for name, texts in sorted(found.items()):
            if policies := {text.decode(errors="replace").rpartition('"')[2] for text in texts}:
                yield name, policies


def _application_sets(files: Files, paths: Sequence[str], live: Sequence[str]) -> Iterator[Remark]:
    ours = [*(item.name for item in objects(files, _ARGO, "Application") if item.path in paths), *live]
    if not ours:
        return
    for item in objects(files, _ARGO, "ApplicationSet"):
        pattern = _pattern(item.text("template", "metadata", "name"))
        made = [name for name in ours if pattern.fullmatch(name)]
        if made and item.text("syncPolicy", "applicationsSync") not in _LEAVES_ALONE:
            yield Remark(
                f"the Application {made[0]} is made by the {_named(item)}, which sets it back to its template",
                "promote what the ApplicationSet is made from (kind: applicationset), or let it leave the field alone "
                "(spec.ignoreApplicationDifferences)",
            )


def _image_updaters(files: Files, paths: Sequence[str], live: Sequence[str]) -> Iterator[Remark]:
    for item in (*objects(files, _ARGO, "Application"), *objects(files, _ARGO, "ApplicationSet")):
        annotations, spec = _described(item)
        if not annotations.get(f"{_UPDATER}/image-list") or not _is_about(item, spec, paths, live):
            continue
        method = annotations.get(f"{_UPDATER}/write-back-method", "argocd")
        how = "commits to Git" if method.startswith("git") else "overrides Git in the live Application"
        yield Remark(
            f"Argo CD Image Updater {how}, by the annotations of the {_named(item)}",
            f"take the annotation {_UPDATER}/image-list away, or let <image>.ignore-tags keep the release out",
        )


def _described(item: KubernetesObject) -> tuple[Mapping[str, str], Mapping[str, object]]:
    """The annotations and the spec of the Application; an ApplicationSet has them in its template."""
    if item.kind == "Application":
        return item.annotations, item.spec
    template = _mapping(item.spec.get("template"))
    annotations = _mapping(_mapping(template.get("metadata")).get("annotations"))
    return {key: str(value) for key, value in annotations.items()}, _mapping(template.get("spec"))


def _is_about(item: KubernetesObject, spec: Mapping[str, object], paths: Sequence[str], live: Sequence[str]) -> bool:
    """Its manifest is what is written, or what is written lies in one of its sources."""
    if item.path in paths or item.name in live:
        return True
    several = spec.get("sources")
    sources = [spec.get("source"), *(several if isinstance(several, list) else ())]
    patterns = [_pattern(str(path).strip("./")) for source in sources if (path := _mapping(source).get("path"))]
    return any(_below(pattern, path) for pattern in patterns for path in paths)


def _below(pattern: re.Pattern[str], path: str) -> bool:
    parts = path.split("/")
    return any(pattern.fullmatch("/".join(parts[:count])) for count in range(1, len(parts) + 1))


def _pattern(template: str) -> re.Pattern[str]:
    """What a template of an ApplicationSet can become; without one it matches nothing but itself."""
    pieces = [re.escape(piece) for piece in _PLACEHOLDER.split(template)]
    return re.compile(".+".join(pieces))


def _named(item: KubernetesObject) -> str:
    name = f"{item.namespace}/{item.name}" if item.namespace else item.name
    return f"{item.kind} {name} ({item.place})"


def _mapping(value: object) -> Mapping[str, object]:
    return value if isinstance(value, dict) else {}
