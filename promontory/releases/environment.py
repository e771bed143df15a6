"""Releases are what runs one environment earlier.

For applications that nobody publishes a list for: something else, such as a CI job or an image automation, writes a
release into the first environment, and the others take it from there.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from promontory.release import split_release
from promontory.releases.contract import Ranking, ReleaseSource, Surroundings
from promontory.releases.policy import Policy


class EarlierEnvironment(ReleaseSource):
    """A release exists where an environment runs it or has run it; the latest runs one environment earlier."""

    kind: Literal["environment"] = "environment"

    @property
    def label(self) -> str:
        return "the record of the environments"

    @property
    def rule(self) -> str:
        return "what runs one environment earlier"

    def knows(self, release: str, surroundings: Surroundings) -> bool:
        return release in surroundings.deployed()

    def releases(self, surroundings: Surroundings) -> tuple[str, ...]:
        return tuple(surroundings.deployed())

    def rank(self, releases: Sequence[str], semver: str = "") -> Ranking:
        """In the order they are given: the last to come is the newest. Nothing is accepted without a range.

        Which of them is the latest depends on where it is to go, and so is not for this list to say.
        """
        if semver:
            return Policy(semver=semver).rank({release: split_release(release)[0] for release in releases})
        return Ranking(tuple(releases), frozenset())
