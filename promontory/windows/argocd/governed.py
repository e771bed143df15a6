"""An Application and the sync windows of its project, as they were read; or why they could not be."""

from __future__ import annotations

from dataclasses import dataclass, field

from promontory.windows.argocd.sync_window import Destination, SyncWindow


@dataclass(frozen=True)
class Governed:
    """``manual``: its sync policy is, so that whoever syncs it is a person, or Promontory in their name.

    ``problem`` says why nothing can be foretold; ``transient``: it may be possible later.
    """

    application: str
    project: str = ""
    destination: Destination = field(default_factory=lambda: Destination(""))
    windows: tuple[SyncWindow, ...] = ()
    manual: bool = False
    problem: str = ""
    remedy: str = ""
    transient: bool = False
