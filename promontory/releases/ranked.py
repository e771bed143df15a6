"""What the sources that have a list share: a filter and a policy."""

from __future__ import annotations

from collections.abc import Sequence

from pydantic import Field

from promontory.releases.contract import Ranking, ReleaseSource
from promontory.releases.filter import Filter
from promontory.releases.policy import Policy, rank_without_policy


class RankedSource(ReleaseSource):
    policy: Policy | None = Field(
        default=None,
        description="Which release is the latest, e.g. {semver: '>=1.0'}. Left out: the highest semantic version.",
    )
    filter: Filter | None = Field(default=None, description="Which tags are releases at all. Left out: all.")

    @property
    def rule(self) -> str:
        return f"policy {self.policy.label}" if self.policy else "highest version"

    def rank(self, releases: Sequence[str], semver: str = "") -> Ranking:
        compared = self.filter.apply(releases) if self.filter else {release: release for release in releases}
        policy = Policy(semver=semver) if semver else self.policy
        return policy.rank(compared) if policy else rank_without_policy(compared)
