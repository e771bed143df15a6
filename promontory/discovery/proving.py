"""Ask each finding's own strategy what runs there now, and whether another release could be written.

What a strategy cannot read or edit is not proposed, so what is proposed works. Kinds that are not there are passed
over: a layout may know more than the strategies do.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from pydantic import ValidationError

from promontory.change import Snapshot
from promontory.discovery.environment_names import configured_name
from promontory.discovery.findings import Finding, Proven
from promontory.discovery.layouts import LAYOUTS, Layout
from promontory.discovery.seen import Seen
from promontory.errors import StrategyError
from promontory.options import Kinds
from promontory.strategies import STRATEGIES
from promontory.strategies.contract import Strategy

Place = tuple[str, str]
_FIRST = "v1.0.0"
_ABBREVIATED = 7
_VERSION = re.compile(r"v?\d+(\.\d+)+")
_NUMBERS = re.compile(r"\d+")
_NUMBER = re.compile(r"(\d+)(?!.*\d)")
# Their releases are commits or tags that would have to exist.
_OF_GIT = ("branch", "tag")


@dataclass
class Evidence:
    """Place (application, environment: as promontory.yaml will call them) → the finding that holds.

    ``beside``: what was found for the same place in the same way; ``failures``: what was found but does not work.
    """

    proven: dict[Place, Proven] = field(default_factory=dict)
    beside: dict[Place, list[Finding]] = field(default_factory=dict)
    failures: list[str] = field(default_factory=list)

    @property
    def directories(self) -> set[object]:
        """Where something was found; None, which is where a fallback without a directory is, if there is anything."""
        found: set[object] = {proven.finding.options.get("path") for proven in self.proven.values()}
        return {*found, None} if found else found


def prove(seen: Seen, layouts: Mapping[str, Layout] = LAYOUTS, kinds: Kinds[Strategy] = STRATEGIES) -> Evidence:
    """The findings of every layout, the first that holds for each place."""
    evidence = Evidence()
    for name, layout in layouts.items():
        taken = evidence.directories
        for finding in layout(seen):
            if finding.options["kind"] not in kinds:
                continue
            if finding.fallback and finding.options.get("path") in taken:
                _pass_over(evidence, finding)
            else:
                _take(evidence, seen, name, finding, kinds)
    return evidence


def _pass_over(evidence: Evidence, finding: Finding) -> None:
    """Told only where a person might have meant it."""
    if "path" not in finding.options:
        evidence.failures.append(f"{finding.together or finding.evidence}: files already say which release runs where")


def _take(evidence: Evidence, seen: Seen, layout: str, finding: Finding, kinds: Kinds[Strategy]) -> None:
    place = (configured_name(finding.application), configured_name(finding.environment))
    if not all(place):
        return
    if place in evidence.proven:
        if evidence.proven[place].layout == layout:
            evidence.beside.setdefault(place, []).append(finding)
        return
    try:
        evidence.proven[place] = Proven(finding, layout, _current(seen.snapshot, finding, kinds))
    except StrategyError as error:
        evidence.failures.append(error.message)
    except ValidationError as error:
        evidence.failures.append(f"{finding.evidence}: {error.errors()[0]['msg']}")


def _current(snapshot: Snapshot, finding: Finding, kinds: Kinds[Strategy]) -> str | None:
    strategy = kinds[str(finding.options["kind"])].model_validate(finding.options)
    current = strategy.current(snapshot)
    if strategy.kind not in _OF_GIT:
        strategy.change(snapshot, next_release(current), ())
    return current


def plannable_release(seen: Seen, kind: object, current: str | None) -> str:
    """A release that can be planned now: the next one; where it must be in Git already, the newest version there."""
    if kind not in _OF_GIT:
        return next_release(current)
    versions = [tag for tag in seen.snapshot.tags() if _VERSION.fullmatch(tag)]
    newest = max(versions, key=lambda tag: [int(number) for number in _NUMBERS.findall(tag)], default=None)
    return newest or (seen.snapshot.head(seen.branch) or "")[:_ABBREVIATED]


def next_release(current: str | None) -> str:
    """A release that might come after this one: its last number plus one."""
    tag = (current or "").partition("@")[0]
    if not tag or tag.startswith("sha256:") or not _NUMBER.search(tag):
        return _FIRST
    return _NUMBER.sub(lambda found: str(int(found[1]) + 1), tag)
