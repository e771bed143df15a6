"""What a source of releases is: it knows which releases exist, and which of them is the newest."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from promontory.options import Options


class TagLister(Protocol):
    """The one thing a source needs of Git; `repository/` provides it."""

    def remote_tags(self, url: str | None = None) -> Sequence[str]:
        """The tags of the repository at ``url`` (of the GitOps repository itself where None)."""


class Surroundings(TagLister, Protocol):
    """What a source may ask around it, on behalf of one application."""

    def deployed(self) -> Sequence[str]:
        """The releases that its environments run or have run, the last one to come first."""


@dataclass(frozen=True)
class ReleaseTag:
    """The Git tag that a release is; ``url`` is the repository that has it, None for the GitOps repository."""

    name: str
    url: str | None = None


@dataclass(frozen=True)
class Ranking:
    """Releases, the newest first; ``accepted`` are those that may be chosen as the latest."""

    newest_first: tuple[str, ...]
    accepted: frozenset[str]

    @property
    def latest(self) -> str | None:
        return next((release for release in self.newest_first if release in self.accepted), None)


class ReleaseSource(Options):
    @property
    @abstractmethod
    def label(self) -> str:
        """How people call it in an error; never with a secret."""

    @property
    @abstractmethod
    def rule(self) -> str:
        """By what it says which release is the latest, in a few words."""

    @property
    def pins(self) -> bool:
        """Whether `pin` does anything."""
        return False

    def tag_of(self, release: str) -> ReleaseTag | None:  # noqa: ARG002 — most releases are no tags
        """The Git tag that ``release`` is; None where releases are something else."""
        return None

    @abstractmethod
    def knows(self, release: str, surroundings: Surroundings) -> bool:
        """Whether the release exists there. Raises `TransientError` where it cannot be asked now."""

    @abstractmethod
    def releases(self, surroundings: Surroundings) -> tuple[str, ...]:
        """Every release that exists there, in no particular order. Raises `TransientError` like `knows`."""

    @abstractmethod
    def rank(self, releases: Sequence[str], semver: str = "") -> Ranking:
        """Put ``releases`` in order. ``semver``: only what lies in this range is accepted, whatever the policy.

        Raises `UsageError` where the policy cannot order them.
        """

    def pin(self, release: str) -> str:
        """The release as it is to be promoted: with its digest, where the source pins.

        Raises `UsageError` where there is no such release.
        """
        return release
