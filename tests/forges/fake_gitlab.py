"""GitLab's answers, as its documentation and source show them, from a `FakeForge`'s state."""

from __future__ import annotations

from typing import ClassVar
from urllib.parse import quote

from pytest_httpserver import HTTPServer
from werkzeug import Request

from forges.fake_forge import FakeForge, FakeRequest, Json, Refusal, data_of

_STATES = {"open": "opened", "merged": "merged", "closed": "closed"}
_WORDS = {"pending": "running", "success": "success", "failure": "failed"}


class FakeGitLab(FakeForge):
    kind: ClassVar[str] = "gitlab"
    prefix: ClassVar[str] = "/api/v4"
    page_size: ClassVar[tuple[str, int]] = ("per_page", 100)
    unauthorized: ClassVar[Json] = {"message": "401 Unauthorized"}
    not_found: ClassVar[Json] = {"message": "404 Not found"}

    def __init__(self, server: HTTPServer, **options: str) -> None:
        super().__init__(server, **options)
        # The free edition keeps one reviewer; None is the paid one.
        self.most_reviewers: int | None = None
        # Before 18.3 a status could not be set to what it was.
        self.strict_statuses = False
        # Before 18.5 it was not told when somebody had approved.
        self.dated_approvals = True
        root = f"/projects/{quote(self.repository, safe='')}"
        one = rf"{root}/merge_requests/(\d+)"
        self.routes = (
            ("GET", "/user", lambda _: self._user(self.account)),
            ("GET", "/users", self._users),
            ("GET", f"{root}/merge_requests", self._list),
            ("POST", f"{root}/merge_requests", self._create),
            ("GET", one, lambda _, number: self._shown(self.numbered(number))),
            ("PUT", one, self._edit),
            ("PUT", f"{one}/merge", self._merge),
            ("GET", f"{one}/approvals", self._approvals),
            ("GET", f"{one}/versions", self._versions),
            ("POST", f"{one}/notes", self._note),
            ("GET", rf"{root}/repository/commits/(\w+)/statuses", self._statuses),
            ("POST", rf"{root}/statuses/(\w+)", self._set_status),
        )

    def _user(self, name: str | None) -> Json | None:
        if name is None:
            return None
        return {"id": self.user_id(name), "username": name, "name": name.title(), "state": "active"}

    def _shown(self, request: FakeRequest) -> Json:
        self.latest(request)
        return {
            "id": 9000 + request.number,
            "iid": request.number,
            "project_id": 1,
            "title": request.title,
            "description": request.body,
            "state": _STATES[request.state],
            "created_at": "2026-11-24T10:00:00.000Z",
            "merged_by": self._user(request.merged_by),
            "merge_user": self._user(request.merged_by),
            "merged_at": "2026-11-24T11:00:00.000Z" if request.state == "merged" else None,
            "closed_by": self._user(request.closed_by),
            "closed_at": None,
            "target_branch": request.base,
            "source_branch": request.head,
            "author": self._user(self.account),
            "reviewers": [self._user(name) for name in request.asked],
            "source_project_id": 2 if request.fork else 1,
            "target_project_id": 1,
            "labels": request.labels,
            "draft": request.draft,
            "work_in_progress": request.draft,
            "merge_when_pipeline_succeeds": False,
            "merge_status": "can_be_merged",
            "detailed_merge_status": self._merge_status(request),
            "sha": request.head_sha,
            "merge_commit_sha": None if request.method == "ff" else request.merged_sha,
            "squash_commit_sha": None,
            "has_conflicts": False,
            "web_url": f"{self.url}/{self.repository}/-/merge_requests/{request.number}",
        }

    def _merge_status(self, request: FakeRequest) -> str:
        if request.state != "open":
            return "not_open"
        if request.undecided:
            return "checking"
        return "draft_status" if request.draft else "not_approved" if request.blocked else "mergeable"

    def _users(self, request: Request) -> object:
        name = request.args["username"]
        return [self._user(name)] if name in self.people else []

    def _list(self, request: Request) -> object:
        assert request.args["state"] == "all"
        wanted = [
            self._shown(one)
            for one in reversed(self.requests)
            if (one.head, one.base) == (request.args["source_branch"], request.args["target_branch"])
        ]
        items, headers = self.page(request, wanted)
        return 200, items, headers

    def _create(self, request: Request) -> object:
        data = data_of(request)
        head, base = data["source_branch"], data["target_branch"]
        if self.head_of(head) is None:
            raise Refusal(400, {"message": {"source_branch": ["does not exist"]}})
        if same := self.same_targets(head, base):
            message = f"Another open merge request already exists for this source branch: !{same.number}"
            raise Refusal(409, {"message": [message]})
        return 201, self._shown(self.created(head, base, data["title"], data["description"])), {}

    def _edit(self, request: Request, number: str) -> object:
        one, data = self.numbered(number), data_of(request)
        one.title, one.body = data.get("title", one.title), data.get("description", one.body)
        one.labels += [name for name in data.get("add_labels", "").split(",") if name and name not in one.labels]
        if "reviewer_ids" in data:
            names = [name for name in self.people if self.user_id(name) in data["reviewer_ids"]]
            one.asked = names[: self.most_reviewers]
        if data.get("state_event") == "close" and one.state == "open":
            self.close_by(self.account, one.number)
        return self._shown(one)

    def _merge(self, request: Request, number: str) -> object:
        one, data = self.latest(self.numbered(number)), data_of(request)
        if one.state != "open" or one.draft:
            raise Refusal(405, {"message": "405 Method Not Allowed"})
        if one.blocked or one.undecided:
            raise Refusal(422, {"message": one.blocked or "Branch cannot be merged"})
        if data["sha"] != one.head_sha:
            raise Refusal(409, {"message": f"SHA does not match HEAD of source branch: {one.head_sha}"})
        method = "squash" if data["squash"] else "merge"
        self.merge_own(one, method, data["squash_commit_message" if data["squash"] else "merge_commit_message"])
        return self._shown(one)

    def _approvals(self, request: Request, number: str) -> object:
        heads = self._heads(number)
        last = {name: (verdict, sha) for name, verdict, sha in self.numbered(number).reviews}
        approved = {name: sha for name, (verdict, sha) in last.items() if verdict == "approved"}
        moments = {name: f"2026-11-24T10:{heads.index(sha):02}:30.000Z" for name, sha in approved.items()}
        if not self.dated_approvals:
            return {"approved_by": [{"user": self._user(name)} for name in approved]}
        return {
            "user_has_approved": False,
            "user_can_approve": False,
            "approved": bool(approved),
            "approved_by": [{"user": self._user(name), "approved_at": moments[name]} for name in approved],
        }

    def _heads(self, number: str) -> list[str]:
        """All that were reviewed, and the present one, each a minute after the one before."""
        request = self.latest(self.numbered(number))
        return list(dict.fromkeys([*(sha for _, _, sha in request.reviews), request.head_sha]))

    def _versions(self, request: Request, number: str) -> object:
        versions = [
            {
                "id": index,
                "head_commit_sha": sha,
                "created_at": f"2026-11-24T10:{index:02}:00.000Z",
                "state": "collected",
            }
            for index, sha in enumerate(self._heads(number))
        ]
        items, headers = self.page(request, versions[::-1])
        return 200, items, headers

    def _note(self, request: Request, number: str) -> object:
        self.numbered(number).comments.append(data_of(request)["body"])
        return 201, {"id": 1, "body": data_of(request)["body"], "author": self._user(self.account)}, {}

    def _statuses(self, request: Request, sha: str) -> object:
        own = [
            {"name": name, "status": data["state"], "description": data["description"], "allow_failure": False}
            for name, data in self.statuses.get(sha, {}).items()
        ]
        others = [
            {"name": c.name, "status": _WORDS[c.state], "description": c.description or None, "allow_failure": False}
            for c in self.checks.get(sha, ())
        ]
        name = request.args.get("name")
        items, headers = self.page(request, [one for one in [*own, *others] if name in (None, one["name"])])
        return 200, items, headers

    def _set_status(self, request: Request, sha: str) -> object:
        data = data_of(request)
        before = self.statuses.get(sha, {}).get(data["name"])
        if self.strict_statuses and before and before["state"] == data["state"] == "pending":
            message = (
                "Cannot transition status via :enqueue from :pending "
                '(Reason(s): Status cannot transition via "enqueue")'
            )
            raise Refusal(400, {"message": message})
        self.statuses.setdefault(sha, {})[data["name"]] = data
        return 201, {"id": 1, "sha": sha, "status": data["state"], "name": data["name"]}, {}
