"""One promotion's whole story, as Markdown: who approved exactly what, and what became of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from promontory.clock import moment
from promontory.entry import Entry
from promontory.errors import UsageError
from promontory.escaping.markdown import cell, fence
from promontory.promotion.workspace import Workspace
from promontory.release import shown


def entries_of(workspace: Workspace, beginning: str) -> tuple[Entry, ...]:
    """The entries of the one promotion whose id begins so, of all applications that moved in it, as they happened.

    Raises `UsageError` where there is none, or more than one.
    """
    found = workspace.ledger.promotions(beginning)
    if len(found) == 1:
        return workspace.ledger.of(found[0])
    what = "several promotions begin" if found else "no promotion begins"
    raise UsageError(f"{what} with {beginning[:64]!r}", "promontory history --json shows their ids")


def trail(entries: Sequence[Entry]) -> Iterator[str]:
    """Line by line."""
    first = entries[0]
    places = ", ".join(dict.fromkeys(str(entry.place) for entry in entries))
    yield f"# Promotion {cell(first.promotion)}: {cell(shown(first.release))}, {cell(places)}"
    for entry in entries:
        number = f"{entry.number}. " if entry.number else ""
        yield ""
        yield f"## {number}{entry.kind}: {cell(entry.application)} in {cell(entry.environment)}, {moment(entry.at)}"
        yield ""
        yield from (f"- {name}: {cell(value)}" for name, value in _facts(entry) if value)
        if entry.plan and entry.plan.diff:
            yield from ("", *fence(entry.plan.diff, "diff").split("\n"))


def _facts(entry: Entry) -> Iterator[tuple[str, str]]:
    moved = f"{shown(entry.previous)} → {shown(entry.release)}" if entry.previous else shown(entry.release)
    yield "release", moved
    yield "by", entry.by
    yield "proof", entry.proof or ""
    yield "signature", _signed(entry)
    yield "reason", entry.reason
    yield "digest", entry.digest or ""
    yield "configuration", entry.config or ""
    yield "run", entry.run or ""
    for gate in entry.gates:
        yield "gate", f"{gate.gate} {'open' if gate.open else 'closed'}{f': {gate.reason}' if gate.reason else ''}"
    for suite in entry.suites:
        yield "test", f"{suite.name} {'passed' if suite.passed else 'failed'}"
    for pushed in (entry.pushed, *entry.tags):
        if pushed:
            yield "push", f"{pushed.ref}: {pushed.before or 'nothing'} → {pushed.after}"
    yield "pull request", entry.address
    yield from _judged(entry)


def _signed(entry: Entry) -> str:
    return "yes; promontory audit verify looks at it again" if entry.signature else ""


def _judged(entry: Entry) -> Iterator[tuple[str, str]]:
    if entry.verdict is None:
        return
    yield "verdict", str(entry.verdict.health)
    for check in entry.verdict.checks:
        rests = _evidence(check.evidence)
        yield "check", f"{check.check} {check.health}: {check.reason}{f' ({rests})' if rests else ''}"


def _evidence(evidence: Mapping[str, object]) -> str:
    return ", ".join(f"{name} {value}" for name, value in evidence.items())
