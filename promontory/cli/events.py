"""One ledger entry as one line for people."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from promontory.cli.moments import local
from promontory.entry import Entry, EntryKind


def describe(entry: Entry) -> str:
    return _WORDS[entry.kind](entry)


def _moved(entry: Entry) -> str:
    return f"{entry.previous} → {entry.release}" if entry.previous else entry.release


def _why(entry: Entry) -> str:
    return f": {entry.reason}" if entry.reason else ""


def _planned(entry: Entry) -> str:
    shut = [f"{gate.gate} is closed: {gate.reason}" for gate in entry.gates if not gate.open]
    return "; ".join([_moved(entry), *shut])


def _tested(entry: Entry) -> str:
    results = [": ".join(part for part in (each.name, each.outcome, each.reason) if part) for each in entry.suites]
    return "; ".join([entry.release, *results])


def _requested(entry: Entry) -> str:
    return f"{_moved(entry)} wants approval ({entry.promotion}){_why(entry)}"


def _proposed(entry: Entry) -> str:
    return f"{_moved(entry)} ({entry.address})"


def _pushed(entry: Entry) -> str:
    pushed = f"{_moved(entry)} ({entry.commit[:7]})" if entry.commit else _moved(entry)
    request = entry.pull_request
    merged = f", merged by {request.merged_by or 'somebody'}: {request.url}" if request else ""
    approved = f", approved there by {', '.join(request.approved_by)}" if request and request.approved_by else ""
    return f"{pushed}{merged}{approved}{_why(entry)}"


def _verdict(entry: Entry) -> str:
    health = entry.verdict.health.value if entry.verdict else "unknown"
    return f"{entry.release} is {health}{_why(entry)}"


def _reverted(entry: Entry) -> str:
    commit = f" ({entry.commit[:7]})" if entry.commit else ""
    return f"{entry.release} → {entry.previous or 'what was there before'}{commit}{_why(entry)}"


def _plain(entry: Entry) -> str:
    return f"{entry.release}{_why(entry)}"


def _answered(entry: Entry) -> str:
    proof = f" ({entry.proof})" if entry.proof else ""
    return f"{entry.release}{proof}{_why(entry)}"


def _refused(entry: Entry) -> str:
    """Without a proof nobody said no: time did."""
    return _answered(entry) if entry.proof else f"{entry.release} has expired{_why(entry)}"


def _found(entry: Entry) -> str:
    return f"{_moved(entry)}, put there by somebody else"


def _reverting(entry: Entry) -> str:
    return f"{entry.release} → {entry.previous or 'no release'}, asked for in {entry.address}{_why(entry)}"


def _soaking(entry: Entry) -> str:
    until = f", watched until {local(entry.until)}" if entry.until else ""
    return f"{entry.release} is healthy{until}{_why(entry)}"


def _waiting(entry: Entry) -> str:
    until = f"; it goes on {local(entry.until)}" if entry.until else ""
    return f"{_planned(entry)}{until}"


def _bypassed(entry: Entry) -> str:
    return f"{_planned(entry)}; the glass was broken{_why(entry)}"


_WORDS: Mapping[EntryKind, Callable[[Entry], str]] = {
    "planned": _planned,
    "tested": _tested,
    "found": _found,
    "requested": _requested,
    "approved": _answered,
    "rejected": _refused,
    "proposed": _proposed,
    "pushed": _pushed,
    "soaking": _soaking,
    "verdict": _verdict,
    "reverting": _reverting,
    "kept": _plain,
    "reverted": _reverted,
    "held": _plain,
    "lifted": _plain,
    "waiting": _waiting,
    "reminded": _requested,
    "superseded": _plain,
    "bypassed": _bypassed,
    "undelivered": _plain,
}
