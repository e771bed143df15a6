"""What promontory.yaml wanted of pushes in the past: each of its versions that the protected branch has been at.

Few commits change that file, so each version is read once, however many pushes are looked at.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from itertools import accumulate

from promontory.approvals import Rule, rule_of
from promontory.config import Config
from promontory.errors import PromontoryError
from promontory.promotion.location import CONFIG_FILE, read_config_at
from promontory.repository import Repository


@dataclass(frozen=True)
class Unreadable:
    """A version that says nothing today, for ``reason``: it is broken, of another Promontory, or was deleted."""

    reason: str


@dataclass
class PastRules:
    """Of the branch that the repository's promontory.yaml is on, as of the last sync."""

    repository: Repository
    _read: dict[str, Config | Unreadable] = field(default_factory=dict)

    def knows(self, commit: str) -> bool:
        """Whether the branch has been at this commit; the ledger may name anything at all."""
        return commit in self._position

    def before(self, commit: str) -> str | None:
        """Where the branch was before it was at this commit."""
        position = self._position.get(commit, 0)
        return self._commits[position - 1] if position else None

    def config(self, commit: str) -> Config | Unreadable | None:
        """As it was at a commit that is known; None where there was none yet."""
        version = bisect_right(self._changes, self._position[commit])
        return self._version(self._commits[self._changes[version - 1]]) if version else None

    def rule(self, commit: str, environment: str) -> Rule | Unreadable | None:
        """None where the environment wanted no signatures."""
        config = self.config(commit)
        if config is None or isinstance(config, Unreadable):
            return config
        rule = rule_of(config, environment)
        return rule if rule and rule.signed else None

    def ever_signed(self, environment: str) -> bool:
        """Whether any version wanted signatures: else one that cannot be read hides nothing."""
        return environment in self._ever_signed

    def stood_at(self, moment: datetime) -> str | None:
        """The commit that the branch was at then, by the dates of commits, which are their authors' clocks."""
        found = bisect_right(self._times, moment.timestamp())
        return self._commits[found - 1] if found else None

    @cached_property
    def _lineage(self) -> Sequence[tuple[str, int]]:
        return self.repository.lineage(self.repository.head())

    @cached_property
    def _commits(self) -> Sequence[str]:
        return [commit for commit, _ in self._lineage]

    @cached_property
    def _times(self) -> Sequence[int]:
        return list(accumulate((time for _, time in self._lineage), max))

    @cached_property
    def _position(self) -> Mapping[str, int]:
        return {commit: position for position, commit in enumerate(self._commits)}

    @cached_property
    def _changes(self) -> Sequence[int]:
        """The positions of the commits that brought another version, in their order."""
        changed = self.repository.changes(self.repository.head(), CONFIG_FILE)
        return sorted(self._position[commit] for commit in changed if commit in self._position)

    @cached_property
    def _ever_signed(self) -> frozenset[str]:
        versions = (self._version(self._commits[position]) for position in self._changes)
        known = [config for config in versions if not isinstance(config, Unreadable)]
        return frozenset(
            name for config in known for name in config.environments if (rule := rule_of(config, name)) and rule.signed
        )

    def _version(self, commit: str) -> Config | Unreadable:
        if commit not in self._read:
            try:
                self._read[commit] = read_config_at(self.repository, commit)
            except PromontoryError as error:
                self._read[commit] = Unreadable(f"{CONFIG_FILE} of {commit[:12]} cannot be read: {_first(error)}")
        return self._read[commit]


def _first(error: PromontoryError) -> str:
    return error.message.splitlines()[0]
