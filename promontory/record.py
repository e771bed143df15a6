"""What the ledger says of one application in one environment, and the questions one can ask of it.

Pure values: `ledger` reads and writes them, gates, approvals and the promotion itself ask.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from promontory.change import Value
from promontory.entry import Entry, EntryKind

Condition = Literal["verified", "deployed", "unhealthy", "foreign", "empty"]
# Entries of one moment are moved apart when they are recorded, so that their names sort.
_RESOLUTION = timedelta(seconds=1)


class Standing(Value):
    """What is known of the release an environment runs now.

    ``verified``: the last verdict on it was healthy. ``deployed``: pushed (or restored by a revert), no verdict
    since. ``unhealthy``: the last verdict was bad and it was not taken back. ``foreign``: the ledger does not
    know that it came here, somebody else put it there. ``empty``: no release is named yet.
    ``entry`` put it in force, ``verdict`` judged it.
    """

    condition: Condition
    release: str | None = None
    entry: Entry | None = None
    verdict: Entry | None = None


@dataclass(frozen=True)
class Record:
    """The entries of one place, in the order of events."""

    entries: tuple[Entry, ...] = ()

    def standing(self, current: str | None) -> Standing:
        """What is known of ``current``, the release that Git says is in force."""
        if current is None:
            return Standing(condition="empty")
        verdict: Entry | None = None
        for entry in reversed(self.entries):
            if entry.kind == "verdict" and entry.release == current and entry.verdict and verdict is None:
                verdict = entry
            elif entry.in_force == current:
                return Standing(condition=_condition(verdict), release=current, entry=entry, verdict=verdict)
            elif entry.in_force is not None:
                break
        if verdict is not None:
            return Standing(condition=_condition(verdict), release=current, verdict=verdict)
        return Standing(condition="foreign", release=current)

    def verified(self, release: str, soak: timedelta = timedelta()) -> Entry | None:
        """The last healthy verdict on ``release`` that it was watched for as long as ``soak`` for.

        None where it was found ill or taken back afterwards, or is held. A hold that was lifted leaves no trace: what
        was taken back has its ``reverted`` entry, or a bad verdict.
        """
        if self.hold(release):
            return None
        for entry in reversed(self.entries):
            if entry.release != release:
                continue
            if entry.kind == "reverted" or (entry.verdict and entry.kind == "verdict" and not entry.verdict.healthy):
                return None
            if entry.kind == "verdict" and entry.verdict and (not soak or self.watched(entry) + _RESOLUTION >= soak):
                return entry
        return None

    def watched(self, verdict: Entry) -> timedelta:
        """How long the release had been healthy and watched when ``verdict`` was found: since its soak began (anew)."""
        began: datetime | None = None
        for entry in self.of(verdict.promotion):
            if entry == verdict:
                break
            if entry.kind in ("soaking", "verdict") and entry.release == verdict.release:
                began = (entry.since or entry.at) if entry.kind == "soaking" else None
        return verdict.at - began if began else timedelta()

    def deployed(self, release: str) -> Entry | None:
        """What put ``release`` here last, unless it was taken back afterwards or is held; judged or not."""
        if self.hold(release):
            return None
        for entry in reversed(self.entries):
            if entry.in_force == release:
                return entry
            if entry.kind == "reverted" and entry.release == release:
                return None
        return None

    def hold(self, release: str) -> Entry | None:
        """The hold on ``release``, where one is in force."""
        for entry in reversed(self.entries):
            if entry.release == release and entry.kind in ("held", "lifted"):
                return entry if entry.kind == "held" else None
        return None

    def holds(self) -> tuple[Entry, ...]:
        """Every hold in force, oldest first."""
        return tuple(e for e in self.entries if e.kind == "held" and self.hold(e.release) is e)

    def reversal(self, promotion: str) -> Entry | None:
        """What is known last of the pull request that takes ``promotion`` back, where it is not over yet."""
        return next((entry for entry in self.reversals() if entry.promotion == promotion), None)

    def reversals(self) -> tuple[Entry, ...]:
        """The last entries about open pull requests that take something back: one a promotion, newest first."""
        over = self._over()
        found = (e for e in self.entries if e.kind == "reverting" and e.promotion not in over)
        return tuple({entry.promotion: entry for entry in found}.values())[::-1]

    def condemned(self, current: str | None) -> Entry | None:
        """The push that put ``current`` in force, where it was decided already that it goes back.

        That is a hold of that very promotion: one by hand has an id of its own.
        """
        entry = self.standing(current).entry
        if entry is None or entry.kind != "pushed" or entry.promotion in self._over():
            return None
        held = self.hold(entry.release)
        return entry if held and held.promotion == entry.promotion else None

    def soak(self, promotion: str) -> Entry | None:
        """The soak of a promotion that is not over: with which it began, or began anew."""
        for entry in reversed(self.of(promotion)):
            if entry.kind in ("soaking", "verdict", "reverted"):
                return entry if entry.kind == "soaking" else None
        return None

    def of(self, promotion: str) -> tuple[Entry, ...]:
        return tuple(entry for entry in self.entries if entry.promotion == promotion)

    def request(self, release: str | None = None) -> Entry | None:
        """The newest approval request (for ``release``) that is neither used nor refused yet."""
        return next(self._open("requested", release), None)

    def requests(self) -> tuple[Entry, ...]:
        """The open approval requests, one a promotion, newest first."""
        newest = {entry.promotion: entry for entry in reversed(tuple(self._open("requested", None)))}
        return tuple(newest.values())

    def proposal(self, release: str | None = None) -> Entry | None:
        """What is known last of the pull request (for ``release``) that is neither merged nor closed yet."""
        return next(iter(self.proposals(release)), None)

    def proposals(self, release: str | None = None) -> tuple[Entry, ...]:
        """The last entries about open pull requests, one a promotion, newest first."""
        found = (entry for entry in self._open("proposed", release))
        return tuple({entry.promotion: entry for entry in reversed(tuple(found))}.values())[::-1]

    def wait(self, release: str | None = None) -> Entry | None:
        """The newest wait of a promotion (of ``release``) for its gates to open; None where it has gone on since.

        One that something else has overtaken is none any more, and recorded anew where it goes on.
        """
        told: set[str] = set()
        for entry in reversed(self.entries):
            if entry.in_force:
                return None
            if entry.kind in ("reminded", "undelivered") or entry.promotion in told:
                continue
            told.add(entry.promotion)
            if entry.kind == "waiting" and release in (None, entry.release):
                return entry
        return None

    def closed_proposals(self) -> tuple[Entry, ...]:
        """The last entries about pull requests that are over, reverts' too: one a promotion, oldest first."""
        done, over = self._done(), self._over()
        asked = [e for e in self.entries if e.kind == "proposed" and e.promotion in done]
        back = [e for e in self.entries if e.kind == "reverting" and e.promotion in over]
        return (*{e.promotion: e for e in asked}.values(), *{e.promotion: e for e in back}.values())

    def finished(self, release: str) -> int:
        """How many promotions of ``release`` have come to an end here (reverted, rejected or replaced)."""
        return len({e.promotion for e in self.entries if e.release == release and self._is_finished(e.promotion)})

    def _open(self, kind: EntryKind, release: str | None) -> Iterator[Entry]:
        """Newest first, of promotions that have not come to their end."""
        done = self._done()
        for entry in reversed(self.entries):
            if entry.kind == kind and entry.promotion not in done and release in (None, entry.release):
                yield entry

    def _done(self) -> set[str]:
        return {entry.promotion for entry in self.entries if entry.kind in ("pushed", "rejected", "reverted")}

    def _over(self) -> set[str]:
        """Promotions that were taken back, or whose taking back was refused."""
        return {entry.promotion for entry in self.entries if entry.kind in ("reverted", "kept")}

    def _is_finished(self, promotion: str) -> bool:
        kinds = [entry.kind for entry in self.of(promotion)]
        return "rejected" in kinds or "reverted" in kinds or self._was_replaced(promotion)

    def _was_replaced(self, promotion: str) -> bool:
        in_force = [entry.promotion for entry in self.entries if entry.in_force]
        return promotion in in_force and in_force[-1] != promotion


def _condition(verdict: Entry | None) -> Condition:
    if verdict is None or verdict.verdict is None:
        return "deployed"
    return "verified" if verdict.verdict.healthy else "unhealthy"
