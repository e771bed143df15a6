"""Whether the sync windows of its AppProject keep an Application from being synced now: Argo CD itself does not say."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from shlex import quote

from promontory.checks.argocd.application import Application, one_line
from promontory.errors import PromontoryError
from promontory.health import Trouble
from promontory.live_objects import APP_PROJECT, Objects, Ref
from promontory.windows.argocd import Destination, predict, read_sync_windows
from promontory.windows.argocd.telling import told

_DEFAULT = "default"


async def stopped_by_window(
    application: Application, objects: Objects, namespace: str, context: str | None, now: datetime
) -> Trouble | None:
    """None where it may be synced, and where the AppProject, which is in ``namespace``, cannot be read."""
    project = application.spec.project or _DEFAULT
    try:
        document = await objects.get(Ref(APP_PROJECT, namespace, project, context))
        windows = read_sync_windows(_mapping(document.get("spec")))
    except (PromontoryError, ValueError):
        return None
    seen = predict(windows, _destination(application), now, manual=application.manual)
    if seen.allowed:
        return None
    name = one_line(project)
    return Trouble(
        kind="sync-window",
        message=f"the sync windows of the AppProject {name} keep it from being synced: {one_line(told(seen))}",
        remedy=f"argocd proj windows list {quote(name)}",
    )


def _destination(application: Application) -> Destination:
    place = _mapping(_mapping(application.document.get("spec")).get("destination"))
    named = (str(place.get(key) or "") for key in ("namespace", "name", "server"))
    return Destination(application.metadata.name, *named)


def _mapping(value: object) -> Mapping[str, object]:
    return value if isinstance(value, Mapping) else {}
