"""GitHub, also GitHub Enterprise. https://docs.github.com/rest/pulls"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import ClassVar, Literal

from promontory.ci_runs import Report
from promontory.errors import ForgeNotFound, ForgeRefused
from promontory.forges.client import Dialect
from promontory.forges.contract import MergeMethod, PullRequest, StatusState
from promontory.forges.course import Verdict, segment, shortened, standing
from promontory.forges.github_style import GitHubStyle
from promontory.forges.shapes import Line, Link, Sha, Shape, Text
from promontory.forges.statuses import described

_MERGEABLE = ("clean", "unstable", "has_hooks")
_GOOD = ("success", "neutral", "skipped")
_WRITES = ("admin", "write")
_REVIEWS = ("APPROVED", "CHANGES_REQUESTED", "DISMISSED")
_STATES: dict[str, StatusState] = {"success": "success", "pending": "pending"}


def _api(url: str) -> str:
    scheme, _, host = url.partition("://")
    if host == "github.com" or host.endswith(".ghe.com"):
        return f"{scheme}://api.{host}"
    return f"{url}/api/v3"


class _User(Shape):
    login: Line


class _Team(Shape):
    slug: Line


class _Repository(Shape):
    id: int


class _Branch(Shape):
    ref: Line
    sha: Sha
    repo: _Repository | None = None


class _Label(Shape):
    name: Line


class _Pull(Shape):
    number: int
    html_url: Link
    state: Literal["open", "closed"]
    title: Line
    body: Text = ""
    draft: bool = False
    labels: tuple[_Label, ...] = ()
    head: _Branch
    base: _Branch
    requested_reviewers: tuple[_User, ...] = ()
    requested_teams: tuple[_Team, ...] = ()
    # The rest is in the answer about one request, not in lists.
    merged: bool = False
    merged_by: _User | None = None
    merge_commit_sha: Sha = ""
    mergeable: bool | None = None
    mergeable_state: Line = ""


class _Review(Shape):
    user: _User | None = None
    state: str
    commit_id: Sha = ""


class _Permission(Shape):
    permission: str


class _Issue(Shape):
    closed_by: _User | None = None


class _Status(Shape):
    context: Line
    state: str
    description: Text = ""


class _CheckRun(Shape):
    name: Line
    status: str
    conclusion: str | None = None


class GitHub(GitHubStyle):
    dialect: ClassVar[Dialect] = Dialect(
        api=_api,
        authorization="Bearer {}",
        page_size=("per_page", 100),
        permissions="A fine-grained token needs contents, pull requests, issues and commit statuses (read and write) "
        "and checks (read); a classic one needs the scope repo.",
        headers={"Accept": "application/vnd.github+json", "X-GitHub-Api-Version": "2022-11-28"},
    )
    moved_status: ClassVar[int] = 409

    def get(self, number: int) -> PullRequest:
        pull = self.client.get(_Pull, f"{self.path}/pulls/{number}")
        reviews = list(self.client.each(_Review, f"{self.path}/pulls/{number}/reviews"))
        closed = pull.state == "closed" and not pull.merged
        issue = self.client.get(_Issue, f"{self.path}/issues/{number}") if closed else _Issue()
        request = _request(pull, reviews, issue, self.owner)
        counted = tuple(each for each in request.approvers if self._may_write(each.name))
        return request.model_copy(update={"approvers": counted})

    def _may_write(self, name: str) -> bool:
        """Anybody may approve where anybody may read, but GitHub itself counts only those who may write."""
        try:
            told = self.client.get(_Permission, f"{self.path}/collaborators/{segment(name)}/permission")
        except (ForgeNotFound, ForgeRefused):
            return False
        return told.permission in _WRITES

    def numbers(self, head: str, base: str, state: Literal["open", "closed"]) -> Iterator[int]:
        pulls = self.client.each(
            _Pull,
            f"{self.path}/pulls",
            head=f"{self.owner}:{head}",
            base=base,
            state=state,
            sort="created",
            direction="desc",
        )
        # A fork of the same owner may have a branch of this name.
        return (pull.number for pull in pulls if pull.head.repo == pull.base.repo and pull.head.ref == head)

    def add_labels(self, number: int, labels: Sequence[str]) -> None:
        self.client.send("POST", f"{self.path}/issues/{number}/labels", {"labels": list(labels)})

    def do_merge(self, number: int, sha: str, method: MergeMethod, title: str, text: str) -> None:
        data = {"sha": sha, "merge_method": method, "commit_title": title, "commit_message": text}
        self.client.send("PUT", f"{self.path}/pulls/{number}/merge", data)

    def reports(self, sha: str) -> Iterator[Report]:
        commit = f"{self.path}/commits/{segment(sha)}"
        for status in self.client.each(_Status, f"{commit}/status", inside="statuses"):
            yield Report(
                status.context, _STATES.get(status.state, "failure"), described(status.state, status.description)
            )
        for run in self.client.each(_CheckRun, f"{commit}/check-runs", inside="check_runs"):
            yield Report(run.name, _run_state(run), run.conclusion or run.status)

    def set_status(self, sha: str, context: str, state: StatusState, description: str, url: str = "") -> None:
        data = {"context": context, "state": state, "description": shortened(description)}
        self.client.send("POST", f"{self.path}/statuses/{segment(sha)}", data | ({"target_url": url} if url else {}))


def _request(pull: _Pull, reviews: Sequence[_Review], issue: _Issue, owner: str) -> PullRequest:
    merged = pull.merged
    teams = [f"{owner}/{team.slug}" for team in pull.requested_teams]
    asked = [*(user.login for user in pull.requested_reviewers), *teams]
    given = [review.user.login for review in reviews if review.user]
    return PullRequest(
        number=pull.number,
        url=pull.html_url,
        state="merged" if merged else pull.state,
        title=pull.title,
        body=pull.body,
        head=pull.head.ref,
        head_sha=pull.head.sha,
        base=pull.base.ref,
        draft=pull.draft,
        labels=tuple(label.name for label in pull.labels),
        reviewers=tuple(dict.fromkeys([*asked, *given])),
        approvers=standing(
            Verdict(review.user.login, review.state == "APPROVED", review.commit_id or None)
            for review in reviews
            if review.user and review.state in _REVIEWS
        ),
        mergeable=_mergeable(pull),
        merge_state=pull.mergeable_state if pull.state == "open" else "",
        # Of an open request it is a commit that GitHub made to try whether it merges.
        merged_sha=(pull.merge_commit_sha or None) if merged else None,
        merged_by=pull.merged_by.login if merged and pull.merged_by else None,
        closed_by=issue.closed_by.login if issue.closed_by else None,
    )


def _mergeable(pull: _Pull) -> bool | None:
    if pull.state != "open" or pull.mergeable is None or pull.mergeable_state == "unknown":
        return None
    return pull.mergeable and pull.mergeable_state in _MERGEABLE


def _run_state(run: _CheckRun) -> StatusState:
    if run.status != "completed":
        return "pending"
    return "success" if run.conclusion in _GOOD else "failure"
