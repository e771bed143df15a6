"""`promontory windows --argocd FILE`: what Argo CD would do, from a manifest alone."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from promontory.cli.printing import say, say_json, say_table
from promontory.cli.times import both_clocks, read_time
from promontory.errors import UsageError

if TYPE_CHECKING:
    from promontory.windows.argocd import Prediction, SyncWindow

Command = TypeVar("Command", bound=Callable[..., Any])


@dataclass(frozen=True)
class ArgocdQuestion:
    """What is asked about which AppProject. ``given`` are the options that only make sense with a file."""

    file: str | None
    project: str = ""
    manual: bool = False
    namespace: str = ""
    cluster: str = ""
    started: datetime | None = None

    @property
    def stray(self) -> str:
        """An option that is about a file, where there is none."""
        given = {name: getattr(self, name) for name in ("project", "manual", "namespace", "cluster", "started")}
        return next((name for name, value in given.items() if value), "") if self.file is None else ""


def argocd_options(command: Command) -> Command:
    """The options of ``--argocd``, as one argument ``argocd``."""

    @click.option("--argocd", "file", metavar="FILE", help="Foretell what Argo CD does, from an AppProject's manifest.")
    @click.option("--project", metavar="NAME", default="", help="With --argocd: which AppProject of the file.")
    @click.option("--manual", is_flag=True, help="With --argocd: a person starts the sync.")
    @click.option(
        "--namespace", metavar="NAME", default="", help="With --argocd: where the Application is deployed to."
    )
    @click.option("--cluster", metavar="NAME|URL", default="", help="With --argocd: to which cluster.")
    @click.option("--started", metavar="TIME", callback=read_time, help="With --argocd: of a sync that runs already.")
    @wraps(command)
    def with_question(*arguments: Any, **named: Any) -> Any:
        asked = {key: named.pop(key) for key in ("file", "project", "manual", "namespace", "cluster", "started")}
        question = ArgocdQuestion(**asked)
        if question.stray:
            raise UsageError(f"--{question.stray} is about an AppProject's manifest", "give --argocd FILE, too")
        return command(*arguments, argocd=question, **named)

    return with_question  # type: ignore[return-value]


def foretell(question: ArgocdQuestion, application: str, at: datetime, *, as_json: bool) -> int:
    """0 where Argo CD would sync the Application then, else 3."""
    from promontory.promotion.sync_windows import project_in_file, windows_of
    from promontory.windows.argocd import Destination, predict

    if not application:
        raise UsageError("which Application is it about?", "give --application NAME, as Argo CD calls it")
    project = project_in_file(_content(question.file or ""), question.file or "", question.project)
    at_url = "://" in question.cluster
    cluster, server = ("", question.cluster) if at_url else (question.cluster, "")
    destination = Destination(application, question.namespace, cluster, server)
    windows = windows_of(project)
    seen = predict(windows, destination, at, manual=question.manual, started=question.started)
    _warn_of_what_is_not_known(question, windows)
    if as_json:
        say_json(_document(seen, project.name, application))
    else:
        _show(seen, project.name, application)
    return 0 if seen.allowed else 3


def _warn_of_what_is_not_known(question: ArgocdQuestion, windows: Sequence[SyncWindow]) -> None:
    for option, known, lists in (
        ("namespace", question.namespace, [window.namespaces for window in windows]),
        ("cluster", question.cluster, [window.clusters for window in windows]),
    ):
        if any(lists) and not known:
            told = f"some windows go by {option}s: give --{option}, where the Application is deployed to"
            say(("warning: ", "yellow"), told, error=True)


def _content(path: str) -> bytes:
    try:
        return Path(path).read_bytes()
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}", "name a file with an AppProject") from None


def _show(seen: Prediction, project: str, application: str) -> None:
    from promontory.windows.argocd.telling import told

    say((f"{application} ", "bold"), f"in the AppProject {project}, at {both_clocks(seen.at)}")
    verdict, _, why = told(seen).partition(":")
    say((verdict, "green" if seen.allowed else "red"), f":{why}")
    for warning in seen.warnings:
        say(("warning: ", "yellow"), warning, error=True)
    if seen.matching:
        titles = (
            "Id",
            "Kind",
            "Schedule",
            "Duration",
            "Time zone",
            "Manual",
            "Now",
            "Blocks",
            "Description",
            "Problem",
        )
        rows = [_row(window, seen, active=active) for window, active in seen.matching]
        say_table(titles, rows, {"active": "green", "blocks": "red"})


def _row(window: SyncWindow, seen: Prediction, *, active: bool) -> tuple[str, ...]:
    return (
        str(window.number),
        window.kind,
        window.schedule,
        window.duration,
        window.time_zone or "UTC",
        "lets through" if window.manual_sync else "",
        "" if window.problem else "active" if active else "inactive",
        "blocks" if window in seen.blocking else "",
        window.description,
        window.problem,
    )


def _document(seen: Prediction, project: str, application: str) -> dict[str, object]:
    return {
        "at": seen.at.isoformat(),
        "application": application,
        "project": project,
        "allowed": seen.allowed,
        "because": seen.because,
        "changes": seen.changes.isoformat() if seen.changes else None,
        "warnings": list(seen.warnings),
        "windows": [
            {
                "id": window.number,
                "kind": window.kind,
                "schedule": window.schedule,
                "duration": window.duration,
                "timeZone": window.time_zone or "UTC",
                "manualSync": window.manual_sync,
                "active": active,
                "blocks": window in seen.blocking,
                "problem": window.problem,
            }
            for window, active in seen.matching
        ],
    }
