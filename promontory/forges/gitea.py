"""Gitea and Forgejo. https://docs.gitea.com/api https://forgejo.org/docs/latest/user/api-usage/"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import ClassVar, Literal

from promontory.ci_runs import Report
from promontory.errors import ForgeError, ForgeNotFound, ForgeRefused
from promontory.forges.client import Dialect
from promontory.forges.contract import MergeMethod, PullRequest, StatusState
from promontory.forges.course import Verdict, segment, shortened, standing
from promontory.forges.github_style import GitHubStyle
from promontory.forges.shapes import Line, Link, Sha, Shape, Text
from promontory.forges.statuses import described

# Gitea lists requests by their base at best, so closed ones are looked through, the newest first.
_MOST_CLOSED = 200
_LABEL_COLOR = "#6e7781"
_GOOD = ("success", "warning", "skipped")  # as Gitea itself counts them
_REVIEWS = ("APPROVED", "REQUEST_CHANGES")
_DRAFTS = ("wip:", "[wip]")


def _api(url: str) -> str:
    return f"{url}/api/v1"


class _User(Shape):
    login: Line


class _Team(Shape):
    name: Line


class _Branch(Shape):
    # After the branch was deleted, ref is refs/pull/7/head, and only the label still has the name.
    label: Line
    sha: Sha
    repo_id: int


class _Label(Shape):
    id: int
    name: Line


class _Pull(Shape):
    number: int
    html_url: Link
    state: Literal["open", "closed"]
    title: Line
    body: Text = ""
    draft: bool = False
    labels: tuple[_Label, ...] | None = ()
    requested_reviewers: tuple[_User, ...] | None = ()
    requested_reviewers_teams: tuple[_Team, ...] | None = ()
    head: _Branch
    base: _Branch
    mergeable: bool = False
    merged: bool = False
    merge_commit_sha: Sha = ""
    merged_by: _User | None = None


class _Review(Shape):
    id: int
    user: _User | None = None
    state: str
    commit_id: Sha = ""
    # Of somebody who may write, or whom the protected branch's rule names; where anybody may read, anybody may review.
    official: bool = False
    dismissed: bool = False


class _Event(Shape):
    type: str
    user: _User | None = None


class _Status(Shape):
    context: Line
    status: str
    description: Text = ""


class Gitea(GitHubStyle):
    dialect: ClassVar[Dialect] = Dialect(
        api=_api,
        authorization="token {}",
        page_size=("limit", 50),
        permissions="A token needs the scopes write:repository and write:issue, of a user who may merge.",
        silent_pages=True,
    )

    def get(self, number: int) -> PullRequest:
        pull = self.client.get(_Pull, f"{self.path}/pulls/{number}")
        reviews = sorted(self.client.each(_Review, f"{self.path}/pulls/{number}/reviews"), key=lambda review: review.id)
        closed = pull.state == "closed" and not pull.merged
        return _request(pull, reviews, self._closed_by(number) if closed else None, self.owner)

    def numbers(self, head: str, base: str, state: Literal["open", "closed"]) -> Iterator[int]:
        pulls = self.client.each(_Pull, f"{self.path}/pulls", state=state, base_branch=base)
        return (
            pull.number
            for pull in (pulls if state == "open" else islice(pulls, _MOST_CLOSED))
            # Anybody's fork may have a branch of this name.
            if (pull.head.label, pull.base.label) == (head, base) and pull.head.repo_id == pull.base.repo_id
        )

    def add_labels(self, number: int, labels: Sequence[str]) -> None:
        known = {label.name: label.id for label in self._labels()}
        ids = [known[name] if name in known else self._new_label(name) for name in labels]
        self.client.send("POST", f"{self.path}/issues/{number}/labels", {"labels": ids})

    def do_merge(self, number: int, sha: str, method: MergeMethod, title: str, text: str) -> None:
        data = {"Do": method, "head_commit_id": sha, "MergeTitleField": title, "MergeMessageField": text}
        self.client.send("POST", f"{self.path}/pulls/{number}/merge", data)

    def reports(self, sha: str) -> Iterator[Report]:
        for status in self.client.each(_Status, f"{self.path}/commits/{segment(sha)}/status", inside="statuses"):
            yield Report(status.context, _state(status.status), described(status.status, status.description))

    def set_status(self, sha: str, context: str, state: StatusState, description: str, url: str = "") -> None:
        data = {"context": context, "state": state, "description": shortened(description), "target_url": url}
        self.client.send("POST", f"{self.path}/statuses/{segment(sha)}", data)

    def _labels(self) -> Iterator[_Label]:
        yield from self.client.each(_Label, f"{self.path}/labels")
        try:
            yield from self.client.each(_Label, f"orgs/{self.owner}/labels")
        except (ForgeNotFound, ForgeRefused):
            return  # the owner is a person, or the token may not look at the organization

    def _new_label(self, name: str) -> int:
        data = {"name": name, "color": _LABEL_COLOR}
        return self.client.read(_Label, self.client.send("POST", f"{self.path}/labels", data)).id

    def _closed_by(self, number: int) -> str | None:
        """From the timeline: the request itself does not say."""
        events = self.client.each(_Event, f"{self.path}/issues/{number}/timeline")
        try:
            people = [event.user.login for event in events if event.type == "close" and event.user]
        except ForgeError:
            return None  # before Gitea 1.16, or a very long conversation; the request is closed all the same
        return people[-1] if people else None


def _approves(review: _Review) -> bool:
    return review.state == "APPROVED" and review.official and not review.dismissed


def _request(pull: _Pull, reviews: Sequence[_Review], closed_by: str | None, owner: str) -> PullRequest:
    teams = [f"{owner}/{team.name}" for team in pull.requested_reviewers_teams or ()]
    asked = [*(user.login for user in pull.requested_reviewers or ()), *teams]
    given = [review.user.login for review in reviews if review.user]
    draft = pull.draft or pull.title.lower().startswith(_DRAFTS)
    is_open = pull.state == "open"
    return PullRequest(
        number=pull.number,
        url=pull.html_url,
        state="merged" if pull.merged else pull.state,
        title=pull.title,
        body=pull.body,
        head=pull.head.label,
        head_sha=pull.head.sha,
        base=pull.base.label,
        draft=draft,
        labels=tuple(label.name for label in pull.labels or ()),
        reviewers=tuple(dict.fromkeys([*asked, *given])),
        approvers=standing(
            Verdict(review.user.login, _approves(review), review.commit_id or None)
            for review in reviews
            if review.user and review.state in _REVIEWS
        ),
        mergeable=pull.mergeable and not draft if is_open else None,
        merge_state=("draft" if draft else "" if pull.mergeable else "not mergeable") if is_open else "",
        merged_sha=(pull.merge_commit_sha or None) if pull.merged else None,
        merged_by=pull.merged_by.login if pull.merged and pull.merged_by else None,
        closed_by=closed_by,
    )


def _state(word: str) -> StatusState:
    if word in _GOOD:
        return "success"
    return "pending" if word == "pending" else "failure"
