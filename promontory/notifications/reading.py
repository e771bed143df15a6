"""What of that which was recorded is to be told: entries of the ledger → events. Pure.

The ledger is the source, so nothing is told that did not happen, whoever recorded it: a flow, a command, a server.
Four words are not here: reverted, revert-asked, revert-failed and left-unverified say how a run left an environment
after it had looked once more, and come from its outcome.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from promontory.entry import Entry, EntryKind
from promontory.event import DiffSummary, Event, Word
from promontory.model import GateState, Plan
from promontory.notifications.commands import commands_of
from promontory.notifications.diff_summary import summary_of

_WITH_DIFF: frozenset[Word] = frozenset(
    {"approval-wanted", "reminded", "window-waiting", "break-glass", "deployed", "promoted", "failed"}
)


_ANSWERED: frozenset[Word] = frozenset({"approval-wanted", "reminded", "approved"})


@dataclass(frozen=True)
class Asked:
    """Where a request stands: who may still answer (empty: anybody), until when, and what they have to be warned of."""

    approvers: tuple[str, ...] = ()
    until: datetime | None = None
    signed: bool = False
    warning: str = ""


class Known(Protocol):
    """What the ledger and the configuration say around an entry."""

    @property
    def link(self) -> str:
        """Where people see the run."""

    def history(self, entry: Entry) -> Sequence[Entry]:
        """All entries of its promotion in its place, oldest first, itself among them."""

    def is_verified(self, environment: str) -> bool:
        """Whether checks say after a push how the environment is."""

    def is_granted(self, entry: Entry) -> bool:
        """Whether the answer was the last one that was wanted."""

    def asked(self, entry: Entry) -> Asked:
        """The request that the entry belongs to, once it was recorded."""

    def owner(self, entry: Entry) -> str:
        """Whom to call about the place."""


def events_of(entries: Sequence[Entry], known: Known, *, repeated: bool = False) -> tuple[Event, ...]:
    """The events that were recorded together; what moves together is one."""
    groups: dict[tuple[Word, str, str], list[Entry]] = {}
    for entry in entries:
        if word := _WORDS.get(entry.kind, _silent)(entry, entries, known):
            groups.setdefault((word, entry.environment, entry.promotion), []).append(entry)
    events = (_event(word, group, entries, known) for (word, _, _), group in groups.items())
    return tuple(event.model_copy(update={"repeated": repeated}) for event in events)


def _event(word: Word, group: Sequence[Entry], entries: Sequence[Entry], known: Known) -> Event:
    first = group[0]
    asked = known.asked(first) if word in _ANSWERED else Asked()
    return Event(
        word=word,
        application=first.application,
        environment=first.environment,
        release=first.release,
        previous=first.previous or _previous(known.history(first)),
        promotion=first.promotion,
        also=tuple(entry.application for entry in group[1:]),
        at=first.at,
        by=first.by,
        reason="; ".join(part for part in (asked.warning, _reason(first)) if part),
        digest=first.digest or "",
        commit=first.commit or "",
        diff=_diff(group, entries, known) if word in _WITH_DIFF else DiffSummary(),
        commands=commands_of(word, first, signed=asked.signed),
        remedy=next((gate.remedy for gate in _shut(first) if gate.remedy), ""),
        pull_request=first.pull_request.url if first.pull_request else "",
        link=known.link,
        run=first.run or "",
        owner=known.owner(first),
        approvers=asked.approvers,
        until=first.until or asked.until,
    )


def _previous(history: Sequence[Entry]) -> str:
    return next((entry.previous for entry in reversed(history) if entry.previous), "")


def _reason(entry: Entry) -> str:
    failed = [f"{result.title}: {result.reason}" for result in entry.suites if result.blocks]
    shut = [gate.reason for gate in _shut(entry)] if entry.kind in ("waiting", "bypassed") else []
    return "; ".join(dict.fromkeys([*([entry.reason] if entry.reason else []), *failed, *shut]))


def _shut(entry: Entry) -> list[GateState]:
    return [gate for gate in entry.gates if not gate.open]


def _diff(group: Sequence[Entry], entries: Sequence[Entry], known: Known) -> DiffSummary:
    """Of what was recorded just now; else, of one that moves alone, of what was recorded before.

    To look up the plans of a thousand that move together would cost more than the figures are worth.
    """
    places = {entry.place for entry in group}
    plans = [e.plan for e in entries if e.plan and e.place in places and e.promotion == group[0].promotion]
    return summary_of(plans or (_planned(known.history(group[0])) if len(group) == 1 else ()))


def _planned(history: Sequence[Entry]) -> Sequence[Plan]:
    return [entry.plan for entry in history if entry.plan][-1:]


# --- what each kind of entry is told as ----------------------------------------------------------------

_Telling = Callable[[Entry, Sequence[Entry], Known], Word | None]


def _silent(_entry: Entry, _entries: Sequence[Entry], _known: Known) -> Word | None:
    return None


def _always(word: Word) -> _Telling:
    return lambda _entry, _entries, _known: word


def _answered(entry: Entry, _entries: Sequence[Entry], known: Known) -> Word | None:
    return "granted" if known.is_granted(entry) else "approved"


def _rejected(entry: Entry, entries: Sequence[Entry], _known: Known) -> Word | None:
    """A person's no came some way, which is its proof; that nobody answered in time came from nobody."""
    if any(other.kind == "superseded" and other.promotion == entry.promotion for other in entries):
        return None
    return "rejected" if entry.proof else "expired"


def _tested(entry: Entry, _entries: Sequence[Entry], _known: Known) -> Word | None:
    return "tests-failed" if any(result.blocks for result in entry.suites) else None


def _pushed(entry: Entry, _entries: Sequence[Entry], known: Known) -> Word | None:
    return None if known.is_verified(entry.environment) else "deployed"


def _judged(entry: Entry, _entries: Sequence[Entry], known: Known) -> Word | None:
    """Of what was promoted; the verdict after a revert is the run's to tell."""
    if entry.verdict is None or any(earlier.kind == "reverted" for earlier in known.history(entry)):
        return None
    return "promoted" if entry.verdict.healthy else "failed"


def _held(entry: Entry, _entries: Sequence[Entry], known: Known) -> Word | None:
    """By hand: then it is a promotion of its own. A hold that comes with a revert is told with that."""
    kinds = {each.kind for each in known.history(entry)}
    return "held" if kinds <= {"held", "lifted"} else None


_WORDS: Mapping[EntryKind, _Telling] = {
    "tested": _tested,
    "waiting": _always("window-waiting"),
    "requested": _always("approval-wanted"),
    "reminded": _always("reminded"),
    "approved": _answered,
    "rejected": _rejected,
    "superseded": _always("superseded"),
    "bypassed": _always("break-glass"),
    "pushed": _pushed,
    "verdict": _judged,
    "held": _held,
    "lifted": _always("lifted"),
}

# Of no other kind of entry anybody is told.
TOLD_KINDS: frozenset[EntryKind] = frozenset(_WORDS)
