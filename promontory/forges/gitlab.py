"""GitLab, also self-managed. https://docs.gitlab.com/api/merge_requests/"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import ClassVar, Literal

from pydantic import AwareDatetime

from promontory.ci_runs import Report
from promontory.errors import AuthenticationFailed, ForgeError, ForgeRefused
from promontory.escaping.forge import orderless, without_orders
from promontory.forges.client import Client, Dialect
from promontory.forges.contract import Approver, MergeMethod, PullRequest, StatusState
from promontory.forges.course import HttpForge, segment, shortened
from promontory.forges.shapes import Line, Link, Sha, Shape, Text
from promontory.forges.statuses import described

# While GitLab looks whether it merges; everything else but "mergeable" is a reason why it does not.
_UNDECIDED = ("preparing", "unchecked", "checking", "approvals_syncing", "cannot_be_merged_recheck")
_GOOD = ("success", "skipped")
_BAD = ("failed", "canceled", "canceling")
_STATES: dict[StatusState, str] = {"pending": "pending", "success": "success", "failure": "failed"}
_PULL_STATES: dict[str, Literal["open", "merged", "closed"]] = {"merged": "merged", "closed": "closed"}


def _api(url: str) -> str:
    return f"{url}/api/v4"


class _User(Shape):
    id: int
    username: Line


class _MergeRequest(Shape):
    iid: int
    web_url: Link
    # "locked" is the moment of merging.
    state: Literal["opened", "closed", "locked", "merged"]
    title: Line
    description: Text = ""
    draft: bool = False
    labels: tuple[Line, ...] = ()
    source_branch: Line
    target_branch: Line
    source_project_id: int | None = None
    target_project_id: int
    sha: Sha = ""
    reviewers: tuple[_User, ...] = ()
    detailed_merge_status: Line | None = None
    merge_status: Line = ""
    merge_commit_sha: Sha = ""
    squash_commit_sha: Sha = ""
    merge_user: _User | None = None
    merged_by: _User | None = None
    closed_by: _User | None = None


class _Approval(Shape):
    user: _User
    approved_at: AwareDatetime | None = None


class _Version(Shape):
    """A head that the request has had, since when."""

    head_commit_sha: Sha = ""
    created_at: AwareDatetime


class _Approvals(Shape):
    approved_by: tuple[_Approval, ...] = ()


class _Status(Shape):
    name: Line
    status: str
    description: Text = ""
    allow_failure: bool = False


class GitLab(HttpForge):
    dialect: ClassVar[Dialect] = Dialect(
        api=_api,
        authorization="Bearer {}",
        page_size=("per_page", 100),
        permissions="A token needs the scope api, and a role that may merge into the branch.",
    )
    moved_status: ClassVar[int] = 409

    def __init__(self, client: Client) -> None:
        super().__init__(client)
        self.path = f"projects/{segment(self.repository)}"

    def whoami(self) -> str:
        return self.client.get(_User, "user").username

    def get(self, number: int) -> PullRequest:
        request = self.client.get(_MergeRequest, f"{self.path}/merge_requests/{number}")
        approvals = self.client.get(_Approvals, f"{self.path}/merge_requests/{number}/approvals").approved_by
        dated = any(approval.approved_at for approval in approvals)
        heads = self.client.each(_Version, f"{self.path}/merge_requests/{number}/versions") if dated else ()
        return _request(request, _approvers(approvals, list(heads)))

    def numbers(self, head: str, base: str, state: Literal["open", "closed"]) -> Iterator[int]:
        states = ("opened", "locked") if state == "open" else ("closed", "merged")
        requests = self.client.each(
            _MergeRequest,
            f"{self.path}/merge_requests",
            source_branch=head,
            target_branch=base,
            # GitLab takes one state or all of them.
            state="all",
            order_by="created_at",
            sort="desc",
        )
        # Anybody's fork may have a branch of this name.
        return (
            request.iid
            for request in requests
            if request.state in states and request.source_project_id == request.target_project_id
        )

    def create(self, head: str, base: str, title: str, body: str) -> int:
        data = {"source_branch": head, "target_branch": base, "title": title, "description": body}
        return self.client.read(_MergeRequest, self.client.send("POST", f"{self.path}/merge_requests", data)).iid

    def add_labels(self, number: int, labels: Sequence[str]) -> None:
        self._edit(number, add_labels=",".join(labels))

    def ask(self, number: int, reviewers: Sequence[str]) -> Iterator[str]:
        users = {name: next(self.client.each(_User, "users", username=name), None) for name in reviewers}
        yield from (
            f"{name} was not asked for a review: GitLab knows no such user" for name in users if not users[name]
        )
        wanted = {user.id for user in users.values() if user}
        present = {user.id for user in self._one(number).reviewers}
        if not wanted:
            return
        try:
            self._edit(number, reviewer_ids=sorted(wanted | present))
        except ForgeError as error:
            yield f"nobody was asked for a review: {error.message}"
            return
        # The free edition takes one reviewer, and says nothing of the others.
        taken = {user.id for user in self._one(number).reviewers}
        for name, user in users.items():
            if user and user.id not in taken:
                yield f"{name} was not asked for a review: GitLab did not take this reviewer"

    def update(self, number: int, title: str, body: str) -> None:
        self._edit(number, title=without_orders(title), description=orderless(body))

    def comment(self, number: int, text: str) -> None:
        self.client.send("POST", f"{self.path}/merge_requests/{number}/notes", {"body": orderless(text)})

    def set_closed(self, number: int) -> None:
        self._edit(number, state_event="close")

    def do_merge(self, number: int, sha: str, method: MergeMethod, title: str, text: str) -> None:
        message = f"{title}\n\n{text}".strip()
        squash = method == "squash"
        data: dict[str, object] = {"sha": sha, "squash": squash, "merge_commit_message": message}
        if squash:
            data["squash_commit_message"] = message
        try:
            self.client.send("PUT", f"{self.path}/merge_requests/{number}/merge", data)
        except AuthenticationFailed as refused:
            # Here 401 also means that this user, whose token is good, may not merge.
            raise ForgeRefused(
                f"{self.client.address.host} does not let us merge !{number} (HTTP 401)", refused.remedy, status=401
            ) from None

    def reports(self, sha: str) -> Iterator[Report]:
        for status in self.client.each(_Status, f"{self.path}/repository/commits/{segment(sha)}/statuses"):
            yield Report(status.name, _state(status), described(status.status, status.description))

    def set_status(self, sha: str, context: str, state: StatusState, description: str, url: str = "") -> None:
        data = {"name": context, "state": _STATES[state], "description": shortened(description)}
        try:
            self.client.send(
                "POST", f"{self.path}/statuses/{segment(sha)}", data | ({"target_url": url} if url else {})
            )
        except ForgeRefused as refusal:
            # Before 18.3 GitLab refused to set a state that is set already.
            if refusal.status != 400 or self._status(sha, context) != _STATES[state]:
                raise

    def _status(self, sha: str, context: str) -> str | None:
        path = f"{self.path}/repository/commits/{segment(sha)}/statuses"
        found = (status.status for status in self.client.each(_Status, path, name=context) if status.name == context)
        return next(found, None)

    def _one(self, number: int) -> _MergeRequest:
        return self.client.get(_MergeRequest, f"{self.path}/merge_requests/{number}")

    def _edit(self, number: int, **changes: object) -> None:
        self.client.send("PUT", f"{self.path}/merge_requests/{number}", changes)


def _approvers(approvals: Iterable[_Approval], heads: Sequence[_Version]) -> tuple[Approver, ...]:
    """GitLab says when somebody approved; what the head was then, its list of heads says, by the same clock."""

    def head_at(moment: datetime | None) -> str | None:
        before = [head for head in heads if moment and head.created_at <= moment]
        return max(before, key=lambda head: head.created_at).head_commit_sha or None if before else None

    return tuple(Approver(name=each.user.username, sha=head_at(each.approved_at)) for each in approvals)


def _request(request: _MergeRequest, approvers: tuple[Approver, ...]) -> PullRequest:
    state = _PULL_STATES.get(request.state, "open")
    merger = request.merge_user or request.merged_by
    word = request.detailed_merge_status or request.merge_status
    # A fast-forward makes no commit of its own: then the head is what the branch has now.
    merged = request.merge_commit_sha or request.squash_commit_sha or request.sha
    return PullRequest(
        number=request.iid,
        url=request.web_url,
        state=state,
        title=request.title,
        body=request.description,
        head=request.source_branch,
        head_sha=request.sha,
        base=request.target_branch,
        draft=request.draft,
        labels=request.labels,
        reviewers=tuple(user.username for user in request.reviewers),
        approvers=approvers,
        mergeable=_mergeable(word) if request.state == "opened" else None,
        merge_state=word if state == "open" else "",
        merged_sha=(merged or None) if state == "merged" else None,
        # Of an open request it is who set it to be merged by itself later.
        merged_by=merger.username if state == "merged" and merger else None,
        closed_by=request.closed_by.username if state == "closed" and request.closed_by else None,
    )


def _mergeable(word: str) -> bool | None:
    return None if word in _UNDECIDED else word in ("mergeable", "can_be_merged")


def _state(status: _Status) -> StatusState:
    if status.status in _GOOD or (status.allow_failure and status.status in (*_BAD, "manual")):
        return "success"
    return "failure" if status.status in _BAD else "pending"
