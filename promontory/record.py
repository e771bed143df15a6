"""What the ledger says of one application in one environment, and the questions one can ask of it.

Pure values: `ledger` reads and writes them, gates, approvals and the promotion itself ask. A place may have
thousands of entries, so questions go from the newest entry back, say what they look for (`Record.newest`), and stop
when they are answered.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, Protocol, runtime_checkable

from promontory.change import Value
from promontory.entry import Entry, EntryKind

_MOVES: tuple[EntryKind, ...] = ("pushed", "found", "reverted")
Condition = Literal["verified", "deployed", "unhealthy", "foreign", "empty"]
_WAITING: tuple[EntryKind, ...] = ("requested", "proposed", "waiting")
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


@runtime_checkable
class Unread(Protocol):
    """Entries that are read when they are looked at; which ones, their names tell as far as they can."""

    def newest(
        self, kinds: Collection[str], release: str | None, promotion: str, without: Collection[str]
    ) -> Iterator[Entry]: ...
    def promotions(self, kinds: Collection[str]) -> list[str]: ...


@dataclass(frozen=True)
class Record:
    """The entries of one place, in the order of events; going through all of them reads them all."""

    entries: Sequence[Entry] = ()

    def newest(
        self, *kinds: EntryKind, release: str | None = None, promotion: str = "", without: Collection[str] = ()
    ) -> Iterator[Entry]:
        """Newest first: of these kinds (all where none is named), about this release, of this promotion.

        ``without``: not of these promotions.
        """
        if isinstance(self.entries, Unread):
            return self.entries.newest(kinds, release, promotion, without)
        return (
            entry
            for entry in reversed(self.entries)
            if (not kinds or entry.kind in kinds)
            and release in (None, entry.release)
            and promotion in ("", entry.promotion)
            and entry.promotion not in without
        )

    def promotions(self, *kinds: EntryKind) -> set[str]:
        """The promotions that have an entry of one of these kinds; nothing is read for it."""
        if isinstance(self.entries, Unread):
            return set(self.entries.promotions(kinds))
        return {entry.promotion for entry in self.entries if entry.kind in kinds}

    def standing(self, current: str | None) -> Standing:
        """What is known of ``current``, the release that Git says is in force."""
        if current is None:
            return Standing(condition="empty")
        verdict: Entry | None = None
        for entry in self.newest("verdict", *_MOVES):
            if entry.kind == "verdict":
                verdict = verdict or (entry if entry.release == current and entry.verdict else None)
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
        for entry in self.newest("verdict", "reverted", release=release):
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
        taken_back = next(self.newest("reverted", release=release), None)
        put = next(self.newest("pushed", "found", release=release), None)
        back = next((entry for entry in self.newest("reverted") if entry.in_force == release), None)
        last = max((entry for entry in (taken_back, put, back) if entry), key=lambda entry: entry.at, default=None)
        return last if last and last.in_force == release else None

    def hold(self, release: str) -> Entry | None:
        """The hold on ``release``, where one is in force."""
        last = next(self.newest("held", "lifted", release=release), None)
        return last if last and last.kind == "held" else None

    def holds(self) -> tuple[Entry, ...]:
        """Every hold in force, oldest first."""
        last: dict[str, Entry] = {}
        for entry in self.newest("held", "lifted"):
            last.setdefault(entry.release, entry)
        return tuple(entry for entry in last.values() if entry.kind == "held")[::-1]

    def reversal(self, promotion: str) -> Entry | None:
        """What is known last of the pull request that takes ``promotion`` back, where it is not over yet."""
        return next((entry for entry in self.reversals() if entry.promotion == promotion), None)

    def reversals(self) -> tuple[Entry, ...]:
        """The last entries about open pull requests that take something back: one a promotion, newest first."""
        return _last_of_each(self._open("reverting", self._over))[::-1]

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
        last = next(self.newest("soaking", "verdict", "reverted", promotion=promotion), None)
        return last if last and last.kind == "soaking" else None

    def of(self, promotion: str) -> tuple[Entry, ...]:
        """In the order of events."""
        return tuple(self.newest(promotion=promotion))[::-1] if promotion else ()

    def request(self, release: str | None = None) -> Entry | None:
        """The newest approval request (for ``release``) that is neither used nor refused yet."""
        return next(self._open("requested", self._done, release), None)

    def requests(self) -> tuple[Entry, ...]:
        """The open approval requests, one a promotion, newest first."""
        return _last_of_each(self._open("requested", self._done))

    def proposal(self, release: str | None = None) -> Entry | None:
        """What is known last of the pull request (for ``release``) that is neither merged nor closed yet."""
        return next(iter(self.proposals(release)), None)

    def proposals(self, release: str | None = None) -> tuple[Entry, ...]:
        """The last entries about open pull requests, one a promotion, newest first."""
        return _last_of_each(self._open("proposed", self._done, release))[::-1]

    def wait(self, release: str | None = None) -> Entry | None:
        """The newest wait of a promotion (of ``release``) for its gates to open; None where it has gone on since.

        One that something else has overtaken is none any more, and recorded anew where it goes on.
        """
        if not self.promotions("waiting"):
            return None
        for entry in self.newest("waiting", "pushed", "found", "reverted"):
            if entry.kind != "waiting":
                return None
            if release in (None, entry.release) and self._is_last(entry):
                return entry
        return None

    def waiting(self) -> tuple[Entry, ...]:
        """What waits to come here for an approval, a merge or a gate: of each promotion the newest entry that says so.

        In the order in which they came to wait. One that was last seen at a gate that does not open by itself is none.
        """
        if not self.promotions(*_WAITING):
            return ()
        found = _last_of_each(self.newest(*_WAITING, without=self._done()))
        return tuple(entry for entry in found if entry.kind != "waiting" or self._is_last(entry))

    def superseded(self, promotion: str) -> Entry | None:
        """How ``promotion`` was overtaken, where it was."""
        return next(self.newest("superseded", promotion=promotion), None) if promotion else None

    def closed_proposals(self) -> tuple[Entry, ...]:
        """The last entries about pull requests that are over, reverts' too: one a promotion, oldest first."""
        asked, back = self.promotions("proposed"), self.promotions("reverting")
        asked -= self._done() if asked else asked
        back -= self._over() if back else back
        return (
            *_last_of_each(self.newest("proposed", without=asked)),
            *_last_of_each(self.newest("reverting", without=back)),
        )

    def finished(self, release: str) -> int:
        """How many promotions of ``release`` have come to an end here (reverted, rejected, overtaken or replaced)."""
        of_release = {entry.promotion for entry in self.newest(release=release)}
        return sum(self._is_finished(promotion) for promotion in of_release)

    def _open(self, kind: EntryKind, over: Callable[[], set[str]], release: str | None = None) -> Iterator[Entry]:
        """Newest first, of promotions that are not over; which ones are is many names, and asked for if need be."""
        return self.newest(kind, release=release, without=over()) if self.promotions(kind) else iter(())

    def _is_last(self, entry: Entry) -> bool:
        """Whether it is the last that its promotion did by itself."""
        own = self.newest(promotion=entry.promotion)
        return next(each for each in own if each.kind not in ("reminded", "undelivered")) == entry

    def _done(self) -> set[str]:
        """Promotions that have come to their end, as far as asking goes."""
        return self.promotions("pushed", "rejected", "reverted", "superseded")

    def _over(self) -> set[str]:
        """Promotions that were taken back, or whose taking back was refused."""
        return self.promotions("reverted", "kept")

    def _is_finished(self, promotion: str) -> bool:
        return promotion in self.promotions("rejected", "reverted", "superseded") or self._was_replaced(promotion)

    def _was_replaced(self, promotion: str) -> bool:
        newest = next((entry for entry in self.newest(*_MOVES) if entry.in_force), None)
        return promotion in self.promotions("pushed", "found") and newest is not None and newest.promotion != promotion


def _last_of_each(newest_first: Iterator[Entry]) -> tuple[Entry, ...]:
    """The last entry of each promotion, in the order in which they began."""
    return tuple({entry.promotion: entry for entry in tuple(newest_first)[::-1]}.values())


def _condition(verdict: Entry | None) -> Condition:
    if verdict is None or verdict.verdict is None:
        return "deployed"
    return "verified" if verdict.verdict.healthy else "unhealthy"
