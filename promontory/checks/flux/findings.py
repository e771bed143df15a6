"""What is found of one object of Flux's: a value, which says what may become of it and not what to do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from promontory.checks.flux.objects import FluxObject, commit_in
from promontory.health import Health, worst


@dataclass(frozen=True)
class Finding:
    """``final``: waiting longer cannot change it. ``proven``: the commit is what runs.

    ``settling`` names what has to be there before an unhealthy look begins to count, empty where that is not there
    yet. ``passing``: nothing is wrong, a controller is only busy confirming it, which takes moments.
    """

    health: Health
    reason: str
    settling: str = ""
    final: bool = False
    passing: bool = False
    proven: bool = False

    def about(self, what: str) -> Finding:
        """The same, said of one among several."""
        return self if self.reason.startswith(what) else replace(self, reason=f"{what}: {self.reason}")


def progressing(reason: str) -> Finding:
    return Finding(Health.PROGRESSING, reason)


def unknown(reason: str, *, final: bool = False) -> Finding:
    return Finding(Health.UNKNOWN, reason, final=final)


def suspended(found: FluxObject) -> Finding:
    """Nothing ends a suspension but people."""
    return Finding(Health.UNHEALTHY, f"it is suspended: resume it with `{found.resume}`", f"{found.ref} suspended")


def set_aside(found: FluxObject) -> Finding | None:
    """Flux looks after it no longer, whatever its status still says."""
    if found.text("metadata", "deletionTimestamp"):
        return Finding(Health.UNHEALTHY, "it is being deleted", f"{found.ref} deleted")
    return suspended(found) if found.suspended else None


def together(findings: Mapping[str, Finding], *, named: bool) -> Finding:
    """The worst of them, by what they are about; all reasons that are as bad. ``named``: also where it is one alone."""
    health = worst(*(finding.health for finding in findings.values()))
    worse = {what: finding for what, finding in findings.items() if finding.health is health}
    told = [finding.about(what) if named or len(findings) > 1 else finding for what, finding in worse.items()]
    return Finding(
        health,
        "; ".join(finding.reason for finding in told),
        final=any(finding.final for finding in told),
        passing=all(finding.passing for finding in told),
        proven=all(finding.proven for finding in findings.values()),
    )


@dataclass(frozen=True)
class Wanted:
    """The commit that has to arrive, and what the repository says of the commits that were seen.

    ``known``: whether each is, or descends from, the wanted one; None where the repository has no such commit.
    """

    commit: str
    known: Mapping[str, bool | None]

    def arrived(self, revision: str) -> bool:
        commit = commit_in(revision)
        return commit is not None and self.known.get(commit) is True

    def foreign(self, revision: str) -> bool:
        """Whether it names a commit that the repository does not have."""
        commit = commit_in(revision)
        return commit is not None and self.known.get(commit) is None

    @property
    def shown(self) -> str:
        return self.commit[:12]
