"""What is known of Argo CD's sync windows for a place: read from the repository or asked of the cluster, each time.

What cannot be read is a value that says why, so that the gate is closed with a reason.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from promontory.change import Files
from promontory.config import ArgocdWindow, Config, argocd_windows
from promontory.config.document import problem_at
from promontory.config.windows import written_windows
from promontory.errors import Problem, PromontoryError, StrategyError, TransientError
from promontory.live_objects import APP_PROJECT, APPLICATION, Document, Ref, Selection
from promontory.manifests.objects import KubernetesObject, objects, objects_in_file
from promontory.model import Place
from promontory.options import Target
from promontory.promotion.workspace import Workspace
from promontory.windows.argocd import Destination, Governed, SyncWindow, read_sync_windows

GROUP = "argoproj.io"
_MANUAL = ("false", "False", "no", "off")


@dataclass(frozen=True)
class _Application:
    """What its manifest says that windows, and who may pass them, depend on."""

    title: str
    project: str
    destination: Destination
    manual: bool


def governed(workspace: Workspace, place: Place) -> tuple[Governed, ...]:
    """One for each Application that the place's ``argocd`` windows name, as of now and of the last sync."""
    found: list[Governed] = []
    for options in argocd_windows(workspace.config, place):
        named = Target(place, "").fill(options.application or options.selector or "")
        try:
            found += _governed(workspace, options, Target(place, ""))
        except Exception as error:  # whatever went wrong, it is not known whether Argo CD would sync
            told, remedy = (error.message, error.remedy) if isinstance(error, PromontoryError) else (str(error), "")
            transient = isinstance(error, TransientError)
            found.append(Governed(f"{options.namespace}/{named}", problem=told, remedy=remedy, transient=transient))
    return tuple(found)


def project_problems(workspace: Workspace) -> Iterator[Problem]:
    """Files of ``argocd`` windows that have no AppProject, or one with windows that cannot be parsed."""
    config, files = workspace.config, workspace.snapshot()
    for path, options in written_windows(config):
        named = (options.project or "") if isinstance(options, ArgocdWindow) else ""
        places = [place for place in _places(config) if options in argocd_windows(config, place)]
        for file in dict.fromkeys(Target(place, "").fill(named) for place in places if named):
            for error in _problems_of(files, file):
                message, remedy = error.message, error.remedy
                yield problem_at(config.file, config.spots, (*path, "project"), message, remedy)


def _places(config: Config) -> Iterator[Place]:
    for name, application in config.applications.items():
        yield from (Place(name, environment) for environment in application.strategies)


def _problems_of(files: Files, path: str) -> Iterator[StrategyError]:
    try:
        projects = _projects(_read(files, path), path)
        if not projects:
            raise StrategyError(f"there is no AppProject in {path}", "name the file that has its manifest")
        broken = [window for project in projects for window in windows_of(project) if window.problem]
    except StrategyError as error:
        yield error
        return
    for window in broken:
        told = f"{path}: syncWindows[{window.number}]: {window.problem}"
        yield StrategyError(f"{told}: it blocks everything that it concerns", "correct it in the AppProject")


def _read(files: Files, path: str) -> bytes:
    content = files.read(path)
    if content is None:
        raise StrategyError(f"there is no file {path}", "correct project: of the argocd window")
    return content


def _projects(content: bytes, path: str) -> list[KubernetesObject]:
    return [it for it in objects_in_file(content, path, GROUP) if it.kind == "AppProject"]


def project_in_file(content: bytes, path: str, name: str = "") -> KubernetesObject:
    """The AppProject of a file, of that name where one is given. Raises `StrategyError` where it is not there once."""
    projects = [it for it in _projects(content, path) if name in ("", it.name)]
    if len(projects) == 1:
        return projects[0]
    what = f"AppProject {name}" if name else "AppProject"
    if not projects:
        raise StrategyError(f"there is no {what} in {path}", "name the file that has its manifest")
    named = ", ".join(it.name for it in projects)
    raise StrategyError(
        f"there are several in {path}: {named}", "keep each AppProject once, or name the one that is meant"
    )


def windows_of(project: KubernetesObject) -> tuple[SyncWindow, ...]:
    """The sync windows of a manifest. Raises `StrategyError` where it has none that could be read."""
    return _sync_windows(project.spec, f"{project.place}: AppProject {project.name}")


def _governed(workspace: Workspace, options: ArgocdWindow, target: Target) -> list[Governed]:
    files = workspace.snapshot() if options.project else None
    applications = _applications(workspace, options, target, files)
    found = []
    for it in applications:
        if files is not None and options.project:
            windows = _from_repository(files, target.fill(options.project), it)
        else:
            windows = _from_cluster(workspace, options, target, it)
        found.append(Governed(it.title, it.project, it.destination, windows, it.manual))
    return found


def _from_repository(files: Files, path: str, application: _Application) -> tuple[SyncWindow, ...]:
    return windows_of(project_in_file(_read(files, path), path, application.project))


def _from_cluster(
    workspace: Workspace, options: ArgocdWindow, target: Target, application: _Application
) -> tuple[SyncWindow, ...]:
    ref = Ref(APP_PROJECT, options.namespace, application.project, _context(options, target))
    return _sync_windows(_spec(_get(workspace, ref)), str(ref))


def _sync_windows(spec: Mapping[str, object], what: str) -> tuple[SyncWindow, ...]:
    try:
        return read_sync_windows(spec)
    except ValueError as error:
        raise StrategyError(f"{what} cannot be read: {error}", "Argo CD would refuse it, too: correct it") from None


def _applications(
    workspace: Workspace, options: ArgocdWindow, target: Target, files: Files | None
) -> Sequence[_Application]:
    """Those of the repository where the project is; what is not there, or not once, is asked of the cluster."""
    context = _context(options, target)
    if options.application is None:
        selection = Selection(APPLICATION, options.namespace, target.fill(options.selector or ""), context)
        found = asyncio.run(workspace.objects.select(selection))
        if not found:
            raise StrategyError(f"there are no {selection}", "correct selector: or namespace: of the argocd window")
        return [_live(document) for document in found]
    name = target.fill(options.application)
    if files is not None and (written := _written(files, name, options.namespace)):
        return [written]
    return [_live(_get(workspace, Ref(APPLICATION, options.namespace, name, context)))]


def _written(files: Files, name: str, namespace: str) -> _Application | None:
    """An Application as it stands in the repository; None where it does not, or differently in several places."""
    manifests = (it for it in objects(files, GROUP, "Application") if it.name == name)
    found = {_application(it.spec, name, namespace) for it in manifests if it.namespace in ("", namespace)}
    return found.pop() if len(found) == 1 else None


def _get(workspace: Workspace, ref: Ref) -> Document:
    return asyncio.run(workspace.objects.get(ref))


def _live(document: Document) -> _Application:
    metadata = _mapping(document.get("metadata"))
    return _application(_spec(document), str(metadata.get("name")), str(metadata.get("namespace")))


def _application(spec: Mapping[str, Any], name: str, namespace: str) -> _Application:
    destination, policy = _mapping(spec.get("destination")), _mapping(spec.get("syncPolicy"))
    automated = policy.get("automated")
    return _Application(
        f"{namespace}/{name}",
        str(spec.get("project") or "default"),
        Destination(name, *(str(destination.get(key) or "") for key in ("namespace", "name", "server"))),
        manual=automated is None or str(_mapping(automated).get("enabled")) in _MANUAL,
    )


def _spec(document: Document) -> Mapping[str, Any]:
    return _mapping(document.get("spec"))


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _context(options: ArgocdWindow, target: Target) -> str | None:
    return target.fill(options.context) if options.context else None
