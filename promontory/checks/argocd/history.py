"""What Git has said once about two commits stays true, and many Applications ask the same at every look."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from promontory.checks.contract import Facilities, History

_Question = tuple[str, ...]


@dataclass(frozen=True)
class RememberedHistory:
    """`History`. What is not known yet may be fetched later, so only certain answers are kept."""

    history: History
    known: dict[_Question, bool]

    @classmethod
    def of(cls, facilities: Facilities) -> RememberedHistory:
        """Shared by all checks of a run."""
        known: dict[_Question, Any] = facilities.shared.setdefault(cls, {})
        return cls(facilities.history, known)

    def is_ours(self, url: str) -> bool:
        return self.history.is_ours(url)

    async def contains(self, observed: str, commit: str) -> bool | None:
        question = ("contains", observed, commit)
        if question not in self.known:
            answer = await self.history.contains(observed, commit)
            if answer is None:
                return None
            self.known[question] = answer
        return self.known[question]

    async def same_tree(self, path: str, one: str, other: str) -> bool:
        question = ("same tree", path, one, other)
        if not self.known.get(question) and await self.history.same_tree(path, one, other):
            self.known[question] = True
        return self.known.get(question, False)
