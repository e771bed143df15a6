"""A release comes from the environments before: verified there for as long as they soak, or as `provenance:` asks.

The ledger must show it. Where it does not, this says what is missing, and what is under way to bring it about.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from promontory.clock import moment
from promontory.entry import Entry
from promontory.gates.contract import Passage, Upstream
from promontory.model import GateState
from promontory.options import format_duration
from promontory.release import shown, split_release

GATE = "provenance"
# A verification goes on trying for so long where Git is away; after that nobody is at it any more.
_PATIENCE = timedelta(minutes=30)


@dataclass(frozen=True)
class _Missing:
    """What one environment before does not show. ``told`` has a ``{}`` for its name.

    ``waits``: it is under way there, ``until`` the end where that is known.
    """

    environment: str
    told: str
    owner: str
    lift: bool = False
    waits: bool = False
    until: datetime | None = None


def provenance(passage: Passage) -> GateState:
    asked, before = passage.provenance, passage.place.after
    if asked == "none":
        return GateState(gate=GATE, open=True, reason="not asked for (provenance: none)" if before else "")
    looks = [_Look(passage, name, passage.upstream[name]) for name in before]
    missing = [found for look in looks if (found := look.missing())]
    if not missing:
        return GateState(gate=GATE, open=True, reason="; ".join(look.proof() for look in looks))
    return _closed(passage, missing)


def _closed(passage: Passage, missing: Sequence[_Missing]) -> GateState:
    """What does not come by itself is what somebody has to see to first."""
    first = next((each for each in missing if not each.waits), missing[0])
    ends = [each.until for each in missing if each.until]
    place = f"{passage.place.application} {first.environment} {passage.release}"
    promote = f"promontory promote {passage.place.application} {passage.release} --to {first.environment}"
    return GateState(
        gate=GATE,
        open=False,
        reason=_told(missing),
        remedy=f"promontory hold lift {place}" if first.lift else promote,
        owner=first.owner,
        opens=max(ends) if first.waits and len(ends) == len(missing) else None,
        waits=first.waits,
    )


def _told(missing: Sequence[_Missing]) -> str:
    names: dict[str, list[str]] = {}
    for each in missing:
        names.setdefault(each.told, []).append(each.environment)
    return "; ".join(told.format(" and ".join(where)) for told, where in names.items())


@dataclass(frozen=True)
class _Look:
    """One environment before."""

    passage: Passage
    environment: str
    upstream: Upstream

    @property
    def release(self) -> str:
        return self.passage.release

    @property
    def wants_verdict(self) -> bool:
        return self.passage.provenance == "verified" and self.upstream.has_checks

    def missing(self) -> _Missing | None:
        if self.upstream.passed(self.release, self.passage.provenance):
            return None
        return next(self._answers())

    def proof(self) -> str:
        """What the ledger shows; a tag may be moved, which a digest rules out."""
        found = self.upstream.passed(self.release, self.passage.provenance)
        when = moment(found.at) if found else ""
        pinned = ", as its digest pins it" if split_release(self.release)[1] else ""
        if self.wants_verdict:
            watched = f" after {_rounded(self.upstream.soak)}" if self.upstream.soak else ""
            return f"verified in {self.environment} {when}{watched}{pinned}"
        checks = "" if self.upstream.has_checks else ", where nothing is checked"
        return f"came to {self.environment} {when}{checks}{pinned}"

    def _answers(self) -> Iterator[_Missing]:
        """The most telling first."""
        record, name = self.upstream.record, _literal(shown(self.release))
        if held := record.hold(self.release):
            why = f"since {moment(held.at)} by {held.by}: {held.reason}"
            yield self._missing(f"{name} is held in {{}} {_literal(why)}", lift=True)
        if self.wants_verdict:
            yield from self._under_way(name)
            if good := record.verified(self.release):
                yield self._missing(f"{name} was verified in {{}} {_short(self.upstream, good)}")
        if bad := self._bad():
            what = "was taken back from" if bad.kind == "reverted" else "was found ill in"
            yield self._missing(f"{name} {what} {{}} {moment(bad.at)}: {_literal(bad.reason)}")
        if self.wants_verdict and record.deployed(self.release):
            yield self._missing(f"{name} made room in {{}} before it was verified there")
        yield self._missing(f"{name} {'is not verified' if self.wants_verdict else 'has not been'} in {{}} yet")

    def _under_way(self, name: str) -> Iterator[_Missing]:
        """Its soak or its verification, unless nobody can be at that any more."""
        standing = self.upstream.record.standing(self.release)
        if standing.entry is None:
            return
        soaking = self.upstream.record.soak(standing.entry.promotion)
        if soaking and soaking.until and soaking.release == self.release:
            since, until = soaking.since or soaking.at, soaking.until
            told = f"{name} soaks in {{}} since {moment(since)}, until {moment(until)}"
            yield self._until(told, until + self.upstream.verifies_within, until)
        elif standing.condition == "deployed":
            told = f"{name} is not verified in {{}} yet, where it is since {moment(standing.entry.at)}"
            yield self._until(told, standing.entry.at + self.upstream.verifies_within, None)

    def _until(self, told: str, over: datetime, until: datetime | None) -> _Missing:
        if self.passage.now <= over + _PATIENCE:
            return self._missing(told, waits=True, until=until)
        return self._missing(f"{told}, and nobody has looked since")

    def _bad(self) -> Entry | None:
        entries = self.upstream.record.newest("verdict", "reverted", release=self.release)
        return next((entry for entry in entries if entry.kind == "reverted" or _is_bad(entry)), None)

    def _missing(
        self, told: str, *, lift: bool = False, waits: bool = False, until: datetime | None = None
    ) -> _Missing:
        return _Missing(self.environment, told, self.upstream.owner, lift, waits, until)


def _is_bad(entry: Entry) -> bool:
    return entry.kind == "verdict" and entry.verdict is not None and not entry.verdict.healthy


def _short(upstream: Upstream, verdict: Entry) -> str:
    watched = upstream.record.watched(verdict)
    after = f"after {_rounded(watched)}, not after" if watched else "without"
    return f"{after} the {_rounded(upstream.soak)} that it has to soak there"


def _rounded(duration: timedelta) -> str:
    seconds = duration / timedelta(seconds=1)
    return format_duration(timedelta(seconds=round(seconds)) if seconds > 1 else duration)


def _literal(text: str) -> str:
    """Braces in it are text."""
    return text.replace("{", "{{").replace("}", "}}")
