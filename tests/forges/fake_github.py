"""GitHub's answers, as its documentation shows them, from a `FakeForge`'s state. By its path an Enterprise one."""

from __future__ import annotations

from typing import ClassVar

from pytest_httpserver import HTTPServer
from werkzeug import Request

from forges.fake_forge import FakeForge, FakeRequest, Json, Refusal, data_of

DOCUMENTATION = "https://docs.github.com/rest/pulls/pulls"
_REVIEW_WORDS = {"approved": "APPROVED", "changes": "CHANGES_REQUESTED"}


class FakeGitHub(FakeForge):
    kind: ClassVar[str] = "github"
    prefix: ClassVar[str] = "/api/v3"
    page_size: ClassVar[tuple[str, int]] = ("per_page", 100)
    unauthorized: ClassVar[Json] = {
        "message": "Bad credentials",
        "documentation_url": "https://docs.github.com/rest",
        "status": "401",
    }
    not_found: ClassVar[Json] = {"message": "Not Found", "documentation_url": DOCUMENTATION, "status": "404"}

    def __init__(self, server: HTTPServer, **options: str) -> None:
        super().__init__(server, **options)
        root = f"/repos/{self.repository}"
        self.routes = (
            ("GET", "/user", lambda _: self._user(self.account)),
            ("GET", f"{root}/pulls", self._list),
            ("POST", f"{root}/pulls", self._create),
            ("GET", rf"{root}/pulls/(\d+)", lambda _, number: self._single(self.numbered(number))),
            ("PATCH", rf"{root}/pulls/(\d+)", self._edit),
            ("PUT", rf"{root}/pulls/(\d+)/merge", self._merge),
            ("GET", rf"{root}/pulls/(\d+)/reviews", self._reviews),
            ("POST", rf"{root}/pulls/(\d+)/requested_reviewers", self._ask),
            ("GET", rf"{root}/collaborators/([\w-]+)/permission", self._permission),
            ("GET", rf"{root}/issues/(\d+)", self._issue),
            ("POST", rf"{root}/issues/(\d+)/comments", self._comment),
            ("POST", rf"{root}/issues/(\d+)/labels", self._label),
            ("GET", rf"{root}/commits/(\w+)/status", self._combined),
            ("GET", rf"{root}/commits/(\w+)/check-runs", self._check_runs),
            ("POST", rf"{root}/statuses/(\w+)", self._set_status),
        )

    def _user(self, name: str | None) -> Json | None:
        if name is None:
            return None
        return {"login": name, "id": self.user_id(name), "type": "User", "site_admin": False}

    def _repository(self, *, fork: bool) -> Json:
        owner = "stranger" if fork else self.repository.partition("/")[0]
        return {"id": 2 if fork else 1, "full_name": f"{owner}/gitops", "fork": fork, "private": True}

    def _listed(self, request: FakeRequest) -> Json:
        """As in lists: without ``merged``, ``merged_by`` and ``mergeable``."""
        self.latest(request)
        owner = self.repository.partition("/")[0]
        people = [name for name in request.asked if name in self.people]
        return {
            "url": f"{self.url}{self.prefix}/repos/{self.repository}/pulls/{request.number}",
            "id": 9000 + request.number,
            "html_url": f"{self.url}/{self.repository}/pull/{request.number}",
            "number": request.number,
            "state": "open" if request.state == "open" else "closed",
            "locked": False,
            "title": request.title,
            "user": self._user(self.account),
            "body": request.body or None,
            "labels": [{"id": self.label_id(name), "name": name, "color": "ededed"} for name in request.labels],
            "draft": request.draft,
            "created_at": "2026-11-24T10:00:00Z",
            "merged_at": "2026-11-24T11:00:00Z" if request.state == "merged" else None,
            "merge_commit_sha": request.merged_sha or "e5bd3914e2e596debea16f433f57875b5b90bcd6",
            "assignees": [],
            "requested_reviewers": [self._user(name) for name in people],
            "requested_teams": [{"id": 1, "slug": name} for name in request.asked if name in self.teams],
            "head": {
                "label": f"{'stranger' if request.fork else owner}:{request.head}",
                "ref": request.head,
                "sha": request.head_sha,
                "repo": self._repository(fork=request.fork),
            },
            "base": {
                "label": f"{owner}:{request.base}",
                "ref": request.base,
                "sha": self.head_of(request.base),
                "repo": self._repository(fork=False),
            },
            "author_association": "MEMBER",
            "auto_merge": None,
        }

    def _single(self, request: FakeRequest) -> Json:
        state = "draft" if request.draft else "blocked" if request.blocked else "clean"
        undecided = request.undecided or request.state != "open"
        return self._listed(request) | {
            "merged": request.state == "merged",
            "mergeable": None if undecided else True,
            "rebaseable": None if undecided else True,
            "mergeable_state": "unknown" if undecided else state,
            "merged_by": self._user(request.merged_by),
            "comments": len(request.comments),
            "commits": 1,
            "changed_files": 1,
        }

    def _list(self, request: Request) -> object:
        owner, _, head = request.args["head"].partition(":")
        assert owner == self.repository.partition("/")[0]
        wanted = [
            self._listed(one)
            for one in reversed(self.requests)
            if (one.head, one.base) == (head, request.args["base"])
            and (one.state == "open") == (request.args["state"] == "open")
        ]
        items, headers = self.page(request, wanted)
        return 200, items, headers

    def _create(self, request: Request) -> object:
        data = data_of(request)
        if self.head_of(data["head"]) is None:
            self._invalid({"resource": "PullRequest", "field": "head", "code": "invalid"})
        if self.same_targets(data["head"], data["base"]):
            owner = self.repository.partition("/")[0]
            message = f"A pull request already exists for {owner}:{data['head']}."
            self._invalid({"resource": "PullRequest", "code": "custom", "message": message})
        made = self.created(data["head"], data["base"], data["title"], data["body"])
        return 201, self._single(made), {}

    def _invalid(self, error: Json) -> None:
        raise Refusal(
            422,
            {"message": "Validation Failed", "errors": [error], "documentation_url": DOCUMENTATION, "status": "422"},
        )

    def _edit(self, request: Request, number: str) -> object:
        one, data = self.numbered(number), data_of(request)
        one.title, one.body = data.get("title", one.title), data.get("body", one.body)
        if data.get("state") == "closed" and one.state == "open":
            self.close_by(self.account, one.number)
        return self._single(one)

    def _merge(self, request: Request, number: str) -> object:
        one, data = self.latest(self.numbered(number)), data_of(request)
        if one.state != "open" or one.draft:
            raise Refusal(405, {"message": "Pull Request is not mergeable", "documentation_url": DOCUMENTATION})
        if data["sha"] != one.head_sha:
            message = "Head branch was modified. Review and try the merge again."
            raise Refusal(409, {"message": message, "documentation_url": DOCUMENTATION})
        if one.blocked:
            raise Refusal(405, {"message": one.blocked, "documentation_url": DOCUMENTATION})
        self.merge_own(one, data["merge_method"], f"{data['commit_title']}\n\n{data['commit_message']}".strip())
        return {"sha": one.merged_sha, "merged": True, "message": "Pull Request successfully merged"}

    def _reviews(self, request: Request, number: str) -> object:
        reviews = [
            {
                "id": index,
                "user": self._user(name),
                "body": "",
                "state": _REVIEW_WORDS[verdict],
                "commit_id": sha,
                "submitted_at": "2026-11-24T10:30:00Z",
            }
            for index, (name, verdict, sha) in enumerate(self.numbered(number).reviews)
        ]
        items, headers = self.page(request, reviews)
        return 200, items, headers

    def _permission(self, _: Request, name: str) -> Json:
        if name not in self.people:
            raise Refusal(404, self.not_found)
        may = "read" if name in self.strangers else "write"
        return {"permission": may, "role_name": may, "user": self._user(name)}

    def _ask(self, request: Request, number: str) -> object:
        one, data = self.numbered(number), data_of(request)
        wanted = [*data.get("reviewers", ()), *data.get("team_reviewers", ())]
        if any(name not in [*self.people, *self.teams] for name in wanted):
            message = (
                "Reviews may only be requested from collaborators. One or more of the users or teams you specified "
                f"is not a collaborator of the {self.repository} repository."
            )
            raise Refusal(422, {"message": message, "documentation_url": DOCUMENTATION, "status": "422"})
        one.asked += wanted
        return 201, self._listed(one), {}

    def _issue(self, request: Request, number: str) -> object:
        one = self.numbered(number)
        return {
            "number": one.number,
            "state": "open" if one.state == "open" else "closed",
            "closed_by": self._user(one.closed_by or one.merged_by),
            "pull_request": {"merged_at": None},
        }

    def _comment(self, request: Request, number: str) -> object:
        self.numbered(number).comments.append(data_of(request)["body"])
        return 201, {"id": 1, "body": data_of(request)["body"], "user": self._user(self.account)}, {}

    def _label(self, request: Request, number: str) -> object:
        one = self.numbered(number)
        one.labels += [name for name in data_of(request)["labels"] if name not in one.labels]
        return [{"id": self.label_id(name), "name": name} for name in one.labels]

    def _combined(self, request: Request, sha: str) -> object:
        """Those whose name has a slash are statuses, the others are check runs."""
        own = self.statuses.get(sha, {}).values()
        statuses = [*own, *({"context": c.name, "state": c.state, "description": c.description or None}
                            for c in self.checks.get(sha, ()) if "/" in c.name)]  # fmt: skip
        items, headers = self.page(request, statuses)
        # The real one says "pending" where there are no statuses at all.
        return 200, {"state": "pending", "statuses": items, "sha": sha, "total_count": len(statuses)}, headers

    def _check_runs(self, request: Request, sha: str) -> object:
        runs = [
            {
                "id": index,
                "name": check.name,
                "head_sha": sha,
                "status": "in_progress" if check.state == "pending" else "completed",
                "conclusion": None if check.state == "pending" else check.state,
                "app": {"slug": "github-actions"},
            }
            for index, check in enumerate(self.checks.get(sha, ()))
            if "/" not in check.name
        ]
        items, headers = self.page(request, runs)
        return 200, {"total_count": len(runs), "check_runs": items}, headers

    def _set_status(self, request: Request, sha: str) -> object:
        data = data_of(request)
        assert len(data["description"]) <= 140
        self.statuses.setdefault(sha, {})[data["context"]] = data
        return 201, data | {"id": 1, "creator": self._user(self.account)}, {}
