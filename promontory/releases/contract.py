"""What a source of releases is: it knows which releases exist."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from typing import Protocol

from promontory.options import Options


class TagLister(Protocol):
    """The one thing a source needs of Git; `repository/` provides it."""

    def remote_tags(self, url: str | None = None) -> Sequence[str]:
        """The tags of the repository at ``url`` (of the GitOps repository itself where None)."""


class ReleaseSource(Options):
    @property
    @abstractmethod
    def label(self) -> str:
        """How people call it in an error; never with a secret."""

    @abstractmethod
    def knows(self, release: str, tags: TagLister) -> bool:
        """Whether the release exists there. Raises `TransientError` where it cannot be asked now."""
