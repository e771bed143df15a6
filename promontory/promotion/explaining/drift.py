"""Where Git, the ledger and the cluster do not agree, each as a finding of its own with what to type. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from promontory.clock import moment
from promontory.entry import Entry
from promontory.escaping.shell import command
from promontory.health import ControllerReport
from promontory.model import Place
from promontory.promotion.explaining.values import Finding, GitChange, InForce
from promontory.release import is_release, shown


def ledger_drift(place: Place, known: InForce, left: Entry | None) -> Iterator[Finding]:
    """``left`` is what was recorded, and not all done."""
    if left is not None:
        yield Finding(
            kind="unfinished",
            message=f"{left.release} was {left.kind}, and not all of it was done: a field of a cluster is as it was",
            remedy=_promote(place, left.release),
        )
    if known.condition == "foreign" and known.before is not None:
        told = f"Git says {shown(known.release)}{_who(known.change)}"
        yield Finding(
            kind="not-by-promontory",
            message=f"{told}; the last that Promontory brought is {shown(known.before)}",
            remedy=_promote(place, known.release or ""),
        )


def cluster_drift(reports: Sequence[ControllerReport]) -> Iterator[Finding]:
    """What controllers and workloads do otherwise than Git says."""
    for report in reports:
        for trouble in report.troubles:
            yield Finding(kind=trouble.kind, message=f"{report.subject}: {trouble.message}", remedy=trouble.remedy)


def _promote(place: Place, release: str) -> str:
    """It pushes nothing where the release is there, and verifies and records it."""
    if not is_release(release):
        return ""
    return command("promontory", "promote", place.application, release, "--to", place.environment)


def _who(change: GitChange | None) -> str:
    if change is None:
        return ", and no commit says who put it there"
    return f", put there by {change.author} on {moment(change.at)} (commit {change.commit[:12]}: {change.subject})"
