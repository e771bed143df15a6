"""What Git is asked about the commits that Argo CD reports, and how often."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

from promontory.checks.argocd.history import RememberedHistory
from promontory.checks.contract import Facilities
from tests.checks.argocd_objects import GITOPS, LATER, OURS, STRANGE, KnownHistory
from tests.checks.surroundings import facilities


@dataclass(frozen=True)
class Counted(KnownHistory):
    asked: list[str] = field(default_factory=list)

    async def contains(self, observed: str, commit: str) -> bool | None:
        self.asked.append("contains")
        return await super().contains(observed, commit)

    async def same_tree(self, path: str, one: str, other: str) -> bool:
        self.asked.append(path)
        return await super().same_tree(path, one, other)


def ask(known: Facilities, observed: str, path: str = "contains") -> tuple[bool | None, bool]:
    history = RememberedHistory.of(known)
    return asyncio.run(history.contains(observed, OURS)), asyncio.run(history.same_tree(path, observed, OURS))


def test_what_is_certain_is_asked_once_by_all_checks_of_a_run() -> None:
    counted = Counted(same=("contains",))
    known = facilities(history=counted)

    assert [ask(known, LATER) for _ in range(3)] == [(True, True)] * 3
    assert counted.asked == ["contains", "contains"]
    assert RememberedHistory.of(known).is_ours(GITOPS)


def test_what_is_not_known_yet_is_asked_again() -> None:
    counted = Counted()
    known = facilities(history=counted)

    assert [ask(known, STRANGE) for _ in range(2)] == [(None, False)] * 2
    assert counted.asked == ["contains", "contains"] * 2


def test_a_path_may_have_any_name() -> None:
    assert ask(facilities(history=Counted()), LATER, "contains") == (True, False)
