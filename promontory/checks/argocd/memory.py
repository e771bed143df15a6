"""What a session remembers of one Application, and what follows from how long something has been so.

Moments are those of the monotonic clock, in seconds.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Literal

from promontory.checks.argocd.application import Application
from promontory.checks.argocd.judging import Judgement, OwnSync, before, is_fresh
from promontory.health import Health

# Between one request to refresh and the next: enough for Argo CD to have answered the one before.
_REFRESH_AGAIN = (10.0, 30.0, 60.0, 120.0)
_SYNC_AGAIN = 10.0
_MOST_SYNCS = 3
RefreshKind = Literal["normal", "hard"]


@dataclass
class Memory:
    """``since``: when the release was pushed. ``refreshes`` and ``syncs`` count what was asked for.

    ``refusal``: why we may not sync it.
    """

    since: datetime | None
    refreshes: int = 0
    syncs: int = 0
    refusal: str = ""
    _first_compared: datetime | None = None
    _seen: bool = False
    _refreshed_at: float | None = None
    _refreshed_stale: bool = False
    _synced: dict[tuple[str, ...], int] = field(default_factory=dict)
    _synced_at: float = 0.0
    _in_place: tuple[object, float] | None = None
    _troubled_since: float | None = None

    # --- freshness ---

    def is_fresh(self, application: Application) -> bool:
        """Whether it was compared since the push; a comparison that we saw come is one, whatever the clocks say."""
        compared = application.status.reconciled_at
        if not self._seen:
            self._seen, self._first_compared = True, compared
        return is_fresh(application, self.since) or compared != self._first_compared

    # --- what is asked for ---

    def refresh_due(self, judgement: Judgement, application: Application, now: float) -> RefreshKind | None:
        if judgement.wish != "refresh" or application.refreshing:
            return None
        if self._refreshed_at is not None and now < self._refreshed_at + self._pause():
            return None
        return "hard" if judgement.stale and self._refreshed_stale else "normal"

    def refreshed(self, judgement: Judgement, now: float) -> None:
        self.refreshes += 1
        self._refreshed_at, self._refreshed_stale = now, judgement.stale

    def _pause(self) -> float:
        return _REFRESH_AGAIN[min(self.refreshes, len(_REFRESH_AGAIN)) - 1]

    def own_sync(self, application: Application, now: float) -> OwnSync:
        """Once for each revision; again only where Argo CD could not do it, a few times."""
        if self.refusal:
            return "due" if now >= self._synced_at + _SYNC_AGAIN else "refused"
        state, started = application.status.operation_state, self._synced.get(application.observed, 0)
        if not started:
            finished = state.finished_at if state and state.phase == "Succeeded" else None
            done = finished is not None and not (self.since and before(finished, self.since))
            return "done" if state and done and state.revisions == application.observed else "due"
        failed = state is not None and state.phase == "Error"
        return "due" if failed and started < _MOST_SYNCS and now >= self._synced_at + _SYNC_AGAIN else "done"

    def refused(self, why: str, now: float) -> None:
        self.refusal, self._synced_at = why, now

    def synced(self, application: Application, now: float) -> None:
        self.refusal = ""
        self.syncs += 1
        self._synced[application.observed] = self._synced.get(application.observed, 0) + 1
        self._synced_at = now

    # --- time to settle ---

    def settled(
        self, judgement: Judgement, application: Application, now: float, settle: float
    ) -> tuple[Judgement, float | None]:
        """The judgement in the light of how long it has been so; and in how many seconds that changes by itself."""
        self._remember(judgement, application, now)
        if judgement.settling and self._in_place:
            left = self._in_place[1] + settle - now
            if left > 0:
                reason = f"{judgement.reason}; it has {settle:g} s to settle"
                return replace(judgement, health=Health.PROGRESSING, reason=reason), left
            return replace(judgement, final=True), None
        if judgement.lasting and not judgement.final and self._troubled_since is not None:
            left = self._troubled_since + settle - now
            return (judgement, left) if left > 0 else (replace(judgement, final=True), None)
        return judgement, None

    def _remember(self, judgement: Judgement, application: Application, now: float) -> None:
        """An operation that has ended lets things roll anew; what was wrong before the push does not count yet."""
        in_place = judgement.proven and (judgement.settling or judgement.health is Health.HEALTHY)
        state = application.status.operation_state
        rolled = state.finished_at if state else None
        if in_place and (self._in_place is None or self._in_place[0] != rolled):
            self._in_place = (rolled, now)
        if not judgement.lasting:
            self._troubled_since = None
        elif self._troubled_since is None and self.is_fresh(application):
            self._troubled_since = now
