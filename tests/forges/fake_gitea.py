"""Gitea's answers, as its source shows them, from a `FakeForge`'s state."""

from __future__ import annotations

from typing import ClassVar

from pytest_httpserver import HTTPServer
from werkzeug import Request

from forges.fake_forge import FakeForge, FakeRequest, Json, Refusal, data_of

_REVIEW_WORDS = {"approved": "APPROVED", "changes": "REQUEST_CHANGES"}


class FakeGitea(FakeForge):
    kind: ClassVar[str] = "gitea"
    prefix: ClassVar[str] = "/api/v1"
    page_size: ClassVar[tuple[str, int]] = ("limit", 50)
    scheme: ClassVar[str] = "token"
    unauthorized: ClassVar[Json] = {"message": "invalid username, password or token", "url": "/api/swagger"}
    not_found: ClassVar[Json] = {"errors": None, "message": "The target couldn't be found.", "url": "/api/swagger"}

    def __init__(self, server: HTTPServer, **options: str) -> None:
        super().__init__(server, **options)
        self.organization_labels: dict[str, int] = {}
        self.deleted_branches: list[str] = []
        root = f"/repos/{self.repository}"
        owner = self.repository.partition("/")[0]
        self.routes = (
            ("GET", "/user", lambda _: self._user(self.account)),
            ("GET", f"{root}/pulls", self._list),
            ("POST", f"{root}/pulls", self._create),
            ("GET", rf"{root}/pulls/(\d+)", lambda _, number: self._shown(self.numbered(number))),
            ("PATCH", rf"{root}/pulls/(\d+)", self._edit),
            ("POST", rf"{root}/pulls/(\d+)/merge", self._merge),
            ("GET", rf"{root}/pulls/(\d+)/reviews", self._reviews),
            ("POST", rf"{root}/pulls/(\d+)/requested_reviewers", self._ask),
            ("GET", rf"{root}/issues/(\d+)/timeline", self._timeline),
            ("POST", rf"{root}/issues/(\d+)/comments", self._comment),
            ("POST", rf"{root}/issues/(\d+)/labels", self._label),
            ("GET", f"{root}/labels", lambda request: self._label_list(request, self.repository_labels)),
            ("POST", f"{root}/labels", self._new_label),
            ("GET", f"/orgs/{owner}/labels", lambda request: self._label_list(request, self.organization_labels)),
            ("GET", rf"{root}/commits/(\w+)/status", self._combined),
            ("POST", rf"{root}/statuses/(\w+)", self._set_status),
        )

    def _user(self, name: str | None) -> Json | None:
        return None if name is None else {"id": self.user_id(name), "login": name, "username": name}

    def _shown(self, request: FakeRequest) -> Json:
        self.latest(request)
        merged = request.state == "merged"
        teams = [{"id": 1, "name": name} for name in request.asked if name in self.teams]
        ref = f"refs/pull/{request.number}/head" if request.head in self.deleted_branches else request.head
        return {
            "id": 9000 + request.number,
            "url": f"{self.url}/{self.repository}/pulls/{request.number}",
            "number": request.number,
            "user": self._user(self.account),
            "title": request.title,
            "body": request.body,
            "labels": [{"id": self._id(name), "name": name, "color": "ededed"} for name in request.labels],
            "requested_reviewers": [self._user(name) for name in request.asked if name in self.people] or None,
            "requested_reviewers_teams": teams or None,
            "state": "open" if request.state == "open" else "closed",
            "is_locked": False,
            "html_url": f"{self.url}/{self.repository}/pulls/{request.number}",
            "mergeable": not (request.blocked or request.undecided or request.draft),
            "draft": request.draft,
            "merged": merged,
            "merged_at": "2026-11-24T11:00:00Z" if merged else None,
            "merge_commit_sha": request.merged_sha,
            "merged_by": self._user(request.merged_by),
            "base": {"label": request.base, "ref": request.base, "sha": self.head_of(request.base), "repo_id": 1},
            "head": {
                "label": request.head,
                "ref": ref,
                "sha": request.head_sha,
                "repo_id": 2 if request.fork else 1,
            },
            "merge_base": "85ac0a8c1d7d4a7f0f4e5c8b7d0f0a5c5b9b6d11",
        }

    def _id(self, name: str) -> int:
        return self.organization_labels.get(name) or self.label_id(name)

    def _list(self, request: Request) -> object:
        wanted = [
            self._shown(one)
            for one in reversed(self.requests)
            if (one.state == "open") == (request.args["state"] == "open")
        ]
        items, headers = self.page(request, wanted)
        return 200, items, headers | {"X-Total-Count": str(len(wanted))}

    def _create(self, request: Request) -> object:
        data = data_of(request)
        if self.head_of(data["head"]) is None:
            raise Refusal(404, self.not_found)
        if same := self.same_targets(data["head"], data["base"]):
            message = (
                f"pull request already exists for these targets [id: {same.number}, issue_id: {same.number}, "
                f"head_repo_id: 1, base_repo_id: 1, head_branch: {same.head}, base_branch: {same.base}]"
            )
            raise Refusal(409, {"message": message, "url": "/api/swagger"})
        return 201, self._shown(self.created(data["head"], data["base"], data["title"], data["body"])), {}

    def _edit(self, request: Request, number: str) -> object:
        one, data = self.numbered(number), data_of(request)
        one.title, one.body = data.get("title", one.title), data.get("body", one.body)
        if "state" in data and one.state == "merged":
            message = "cannot change state of this pull request, it was already merged"
            raise Refusal(412, {"message": message, "url": "/api/swagger"})
        if data.get("state") == "closed" and one.state == "open":
            self.close_by(self.account, one.number)
        return 201, self._shown(one), {}

    def _merge(self, request: Request, number: str) -> object:
        one, data = self.latest(self.numbered(number)), data_of(request)
        if one.state == "closed":
            raise Refusal(404, self.not_found)
        if one.state == "merged":
            raise Refusal(405, {"message": "", "url": "/api/swagger"})
        if one.draft:
            raise Refusal(405, {"message": "Work in progress PRs cannot be merged", "url": "/api/swagger"})
        if one.blocked or one.undecided:
            raise Refusal(405, {"message": one.blocked or "Please try again later", "url": "/api/swagger"})
        if data["head_commit_id"] != one.head_sha:
            raise Refusal(409, {"message": "head out of date", "url": "/api/swagger"})
        self.merge_own(one, data["Do"], f"{data['MergeTitleField']}\n\n{data['MergeMessageField']}".strip())
        return None

    def _reviews(self, request: Request, number: str) -> object:
        reviews = [
            {
                "id": index,
                "user": self._user(name),
                "team": None,
                "state": _REVIEW_WORDS[verdict],
                "commit_id": sha,
                "stale": False,
                "official": name not in self.strangers,
                "dismissed": False,
            }
            for index, (name, verdict, sha) in enumerate(self.numbered(number).reviews)
        ]
        # The total, and no Link.
        items, _ = self.page(request, reviews)
        return 200, items, {"X-Total-Count": str(len(reviews))}

    def _ask(self, request: Request, number: str) -> object:
        one, data = self.numbered(number), data_of(request)
        wanted = [*data.get("reviewers", ()), *data.get("team_reviewers", ())]
        for name in wanted:
            if name not in [*self.people, *self.teams]:
                raise Refusal(404, {"errors": [f"User '{name}' not exist"], "message": "UserNotExist", "url": "/"})
        one.asked += wanted
        return 201, [], {}

    def _timeline(self, request: Request, number: str) -> object:
        one = self.numbered(number)
        events: list[Json] = [{"id": 1, "type": "pull_push", "user": self._user(self.account)}]
        if one.closed_by:
            events.append({"id": 2, "type": "close", "user": self._user(one.closed_by)})
        items, headers = self.page(request, events)
        return 200, items, headers

    def _comment(self, request: Request, number: str) -> object:
        self.numbered(number).comments.append(data_of(request)["body"])
        return 201, {"id": 1, "body": data_of(request)["body"], "user": self._user(self.account)}, {}

    def _label(self, request: Request, number: str) -> object:
        names = {self._id(name): name for name in (*self.repository_labels, *self.organization_labels)}
        one = self.numbered(number)
        # An id that is not known is dropped without a word.
        one.labels += [names[label] for label in data_of(request)["labels"] if label in names]
        return [{"id": self._id(name), "name": name} for name in one.labels]

    def _label_list(self, request: Request, labels: dict[str, int]) -> object:
        items, _ = self.page(request, [{"id": number, "name": name} for name, number in labels.items()])
        return 200, items, {"X-Total-Count": str(len(labels))}

    def _new_label(self, request: Request) -> object:
        data = data_of(request)
        assert data["color"].startswith("#")
        return 201, {"id": self.label_id(data["name"]), "name": data["name"]}, {}

    def _combined(self, request: Request, sha: str) -> object:
        own = [
            {"context": name, "status": data["state"], "description": data["description"]}
            for name, data in self.statuses.get(sha, {}).items()
        ]
        others = [
            {"context": c.name, "status": c.state, "description": c.description} for c in self.checks.get(sha, ())
        ]
        if not own and not others:
            return None  # nothing at all, with a 200
        items, _ = self.page(request, [*own, *others])
        return {"state": "pending", "sha": sha, "total_count": len([*own, *others]), "statuses": items}

    def _set_status(self, request: Request, sha: str) -> object:
        data = data_of(request)
        self.statuses.setdefault(sha, {})[data["context"]] = data
        return 201, {"id": 1, "status": data["state"], "context": data["context"]}, {}
