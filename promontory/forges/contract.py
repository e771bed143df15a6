"""What a forge is: a place that keeps a Git repository, pull requests about it, and statuses of its commits.

"Pull request" means GitLab's merge requests, too. Everything here can be written as JSON and read back.

A forge that cannot be asked now raises `TransientError`, with ``retry_after`` where it said how long to wait;
retrying is the caller's. A refused token is `AuthenticationFailed`; `ForgeRefused`, `ForgeNotFound` and `ForgeError`
are for the rest. A token is in none of their messages.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, Protocol

from promontory.change import Value

MergeMethod = Literal["merge", "squash", "rebase"]
StatusState = Literal["pending", "success", "failure"]

# Statuses that Promontory sets itself: they must not keep its own pull requests waiting.
OWN_CONTEXTS = "promontory/"


class Approver(Value):
    """``sha`` is the head that was approved; None where the forge does not say (GitLab before 18.5)."""

    name: str
    sha: str | None = None


class PullRequest(Value):
    """``url`` is for people. ``head`` and ``base`` are branches of the one repository; never a fork's.

    ``head_sha`` is empty where the forge has lost it. ``reviewers`` have been asked for a review or have given one.
    ``approvers`` are those whose approval stands by the forge's own rules; it may be of an earlier head.
    ``mergeable``: whether the forge would merge it now; None where it does not know yet, or where the request is not
    open. ``merge_state`` is its own word for that. ``merged_sha`` is what the forge reports as the commit on ``base``.
    """

    number: int
    url: str
    state: Literal["open", "merged", "closed"]
    title: str
    body: str
    head: str
    head_sha: str
    base: str
    draft: bool = False
    labels: tuple[str, ...] = ()
    reviewers: tuple[str, ...] = ()
    approvers: tuple[Approver, ...] = ()
    mergeable: bool | None = None
    merge_state: str = ""
    merged_sha: str | None = None
    merged_by: str | None = None
    closed_by: str | None = None

    @property
    def approved_by(self) -> tuple[str, ...]:
        return tuple(approver.name for approver in self.approvers)


class Opened(Value):
    """``created`` is False where it was there already. ``warnings``: labels and reviewers that could not be had."""

    request: PullRequest
    created: bool
    warnings: tuple[str, ...] = ()


class MergeResult(Value):
    """What came of asking for a merge, and the request as it is afterwards.

    ``merged``: by now, with the expected head. ``moved``: the head is another one. ``closed``: without a merge.
    ``blocked``: the forge does not merge it as it stands, for ``reason``; later it may.
    """

    outcome: Literal["merged", "moved", "closed", "blocked"]
    request: PullRequest
    reason: str = ""


class ChecksState(Value):
    """``none``: nobody has reported on the commit. ``reasons`` name what is not successful, the failed ones first."""

    state: Literal["pending", "success", "failure", "none"]
    reasons: tuple[str, ...] = ()


class Forge(Protocol):
    """One repository on one forge."""

    @property
    def kind(self) -> str:
        """``github``, ``gitlab`` or ``gitea``."""

    @property
    def label(self) -> str:
        """How people call it: ``acme/gitops on github.com``."""

    def account(self) -> str | None:
        """Whose token it is, as in ``closed_by`` and ``merged_by``; None where it is of no user (a GitHub App's)."""

    def find(self, head: str, base: str) -> PullRequest | None:
        """The open request of these branches, else the newest that was merged or closed.

        Gitea cannot be asked for a branch: of what is closed there, the newest two hundred are looked through.
        """

    def get(self, number: int) -> PullRequest:
        """Raises `ForgeNotFound` where there is none."""

    def open(
        self, head: str, base: str, title: str, body: str, labels: Sequence[str] = (), reviewers: Sequence[str] = ()
    ) -> Opened:
        """Open a request, or take the open one of these branches as it is and add what labels and reviewers it lacks.

        A reviewer is a user's name, or ``organization/team``. Both branches must be there.
        """

    def update(self, number: int, title: str, body: str) -> None:
        """Replace title and body."""

    def comment(self, number: int, text: str) -> None:
        """Say something in the conversation of the request."""

    def close(self, number: int) -> PullRequest:
        """Close it unmerged. What comes back may have been merged by somebody meanwhile."""

    def merge(self, number: int, expected_head_sha: str, method: MergeMethod, message: str) -> MergeResult:
        """Merge it if its head is still the expected one. The message's first line is the title of the commit.

        GitLab decides by the project's settings whether it rebases; there ``rebase`` means "do not squash".
        """

    def checks(self, sha: str) -> ChecksState:
        """What statuses and checks say of a commit, all of them together, without Promontory's own."""

    def set_status(self, sha: str, context: str, state: StatusState, description: str, url: str = "") -> None:
        """Set the status ``context`` of a commit; a long description is cut. Setting it again is no error."""
