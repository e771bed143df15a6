"""What a strategy is: pure, it looks at a snapshot and describes a change; `repository/` performs it."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass

from promontory.change import Change, LiveField, Snapshot
from promontory.manifests.overwriters import overwriters
from promontory.options import Options, Remark


@dataclass(frozen=True)
class Followed:
    """The commit that a controller reports where it runs a release. ``pinned``: none that descends from it will do.

    A branch moves on with commits of others. What a tag names is the release, and a newer one descends from it.
    """

    commit: str
    pinned: bool = False


class Strategy(Options):
    """How the repository says which release one environment of one application runs.

    An instance is bound to its place: ``{application}`` and ``{environment}`` in its options have been
    replaced when promontory.yaml was read. A strategy that looks at files only may ask for `Files`.
    """

    @abstractmethod
    def current(self, files: Snapshot) -> str | None:
        """The release in force; None where the place exists but names none yet.

        Raises `StrategyError` where the repository is not as the options say.
        """

    @abstractmethod
    def change(self, files: Snapshot, release: str, sources: Sequence[Strategy]) -> Change:
        """What makes ``release`` the one in force; an empty change where it already is.

        ``sources`` are the same application's strategies in the environments before, in their order.
        """

    def canonical(self, files: Snapshot, release: str) -> str:  # noqa: ARG002 — most releases have one name only
        """The one name of ``release`` that `current` gives, where several names are accepted for it."""
        return release

    def followed(self, files: Snapshot, release: str) -> Followed | None:  # noqa: ARG002 — a branch holds one release
        """What a controller reports once it runs ``release``, which is in force; None where nothing says so.

        Of a branch it is the newest commit: where the promotion itself has made one, that one counts.
        """
        head = files.head(files.branch)
        return Followed(head) if head else None

    def commit_of(
        self,
        files: Snapshot,  # noqa: ARG002 — most releases are no commits
        release: str,  # noqa: ARG002
        sources: Sequence[Strategy],  # noqa: ARG002
    ) -> str | None:
        """The commit of the repository that ``release`` is; None where releases are something else, such as images.

        ``sources`` as in `change`.
        """
        return None

    def check(self, files: Snapshot) -> None:
        """What `promontory validate` wants to know; raises `StrategyError`."""
        self.current(files)

    @property
    def live_field(self) -> LiveField | None:
        """The field of an object in a cluster that says which release is in force; None where Git does."""
        return None

    @property
    def territory(self) -> tuple[str, str] | None:
        """A branch, and the directory on it in which everything belongs to this place; None where nothing does."""
        return None

    @property
    def scope(self) -> tuple[str, ...]:
        """The directories and files that are read on the repository's own branch: a hint, to fetch them together."""
        return ()

    def remarks(self, files: Snapshot, branch: str) -> tuple[Remark, ...]:  # noqa: ARG002 — most have none
        """What `promontory validate` warns of: what may go wrong later. ``branch`` is the one that is promoted on."""
        return ()

    def rivals(self, files: Snapshot, branch: str) -> tuple[Remark, ...]:
        """Controllers that would write what this strategy writes on ``branch``, as the repository describes them."""
        return overwriters(files, self.scope, branch)
