"""What the three fakes share: people, branches, pull requests, statuses, and a door that wants the right token.

A test drives it in plain Python (`merge_by`, `close_by`, `approve_by`, `set_checks`, `move_head`, `fail_next`) and
looks at what came in (`open_requests`, `statuses`, `calls`). How it answers over HTTP is each kind's own file.

Branches are names in `branches`; a test with a real repository replaces `head_of` and `do_merge`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha1
from typing import Any, ClassVar, Literal

from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

TOKEN = "forge-s3cret-token"
Json = dict[str, Any]
CheckWord = Literal["pending", "success", "failure"]
Handler = Callable[..., Any]


@dataclass
class FakeRequest:
    """``fork``: the head is a branch of the same name in somebody's fork. ``blocked``: why it cannot be merged."""

    number: int
    head: str
    base: str
    title: str
    body: str
    head_sha: str
    state: Literal["open", "merged", "closed"] = "open"
    fork: bool = False
    draft: bool = False
    blocked: str = ""
    undecided: bool = False
    labels: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    reviews: list[tuple[str, str, str]] = field(default_factory=list)
    comments: list[str] = field(default_factory=list)
    merged_sha: str | None = None
    merged_by: str | None = None
    closed_by: str | None = None
    message: str = ""
    method: str = ""


@dataclass
class FakeCheck:
    name: str
    state: CheckWord
    description: str = ""


class Refusal(Exception):
    def __init__(self, status: int, body: object, **headers: str) -> None:
        super().__init__(status)
        self.status = status
        self.body = body
        self.headers = headers


def sha_of(text: str) -> str:
    return sha1(text.encode(), usedforsecurity=False).hexdigest()


class FakeForge:
    kind: ClassVar[str]
    prefix: ClassVar[str]
    page_size: ClassVar[tuple[str, int]]
    unauthorized: ClassVar[Json]
    not_found: ClassVar[Json]
    scheme: ClassVar[str] = "Bearer"

    def __init__(self, server: HTTPServer, repository: str = "acme/gitops", token: str = TOKEN) -> None:
        self.url = f"http://localhost:{server.port}"
        self.repository = repository
        self.token = token
        self.account = "promontory-bot"
        self.people = ["alice", "bob", "carol", self.account]
        # They may read, and so review, but not write.
        self.strangers: set[str] = set()
        self.teams = ["platform"]
        self.branches: dict[str, str] = {"main": sha_of("main")}
        self.requests: list[FakeRequest] = []
        self.repository_labels: dict[str, int] = {}
        self.checks: dict[str, list[FakeCheck]] = {}
        self.statuses: dict[str, dict[str, Json]] = {}
        self.calls: list[str] = []
        self.failures: list[Refusal] = []
        self.most_per_page = self.page_size[1]
        self.routes: Sequence[tuple[str, str, Handler]] = ()
        server.expect_request(re.compile(re.escape(self.prefix) + "/.*")).respond_with_handler(self._handle)

    # --- what a test does ---

    @property
    def open_requests(self) -> list[FakeRequest]:
        return [request for request in self.requests if request.state == "open"]

    def request(self, number: int | None = None) -> FakeRequest:
        """The request of that number; the newest where None."""
        return self.requests[-1] if number is None else self.requests[number - 1]

    def branch(self, name: str) -> str:
        """Push a branch; its head."""
        self.branches[name] = sha_of(f"{name}#{len(self.branches)}")
        return self.branches[name]

    def move_head(self, number: int | None = None) -> str:
        """Somebody pushes to the request's branch; the new head."""
        request = self.request(number)
        request.head_sha = self.branches[request.head] = sha_of(request.head_sha)
        return request.head_sha

    def merge_by(self, person: str, number: int | None = None) -> str:
        request = self.request(number)
        self._merged(request, person, "merge", f"Merge {request.head}")
        return request.merged_sha or ""

    def close_by(self, person: str, number: int | None = None) -> None:
        request = self.request(number)
        request.state, request.closed_by = "closed", person

    def approve_by(self, person: str, number: int | None = None) -> None:
        request = self.request(number)
        request.reviews.append((person, "approved", request.head_sha))

    def reject_by(self, person: str, number: int | None = None) -> None:
        """Changes are requested; the person's earlier approval counts no more."""
        request = self.request(number)
        request.reviews.append((person, "changes", request.head_sha))

    def set_checks(self, sha: str, *checks: tuple[str, CheckWord] | tuple[str, CheckWord, str]) -> None:
        """Replace what others report on the commit: name, state, and a description where wanted."""
        self.checks[sha] = [FakeCheck(*check) for check in checks]

    def add_request(self, head: str, base: str = "main", *, fork: bool = False) -> FakeRequest:
        """As a person would open it."""
        sha = sha_of(f"fork of {head}") if fork else self.head_of(head) or self.branch(head)
        request = FakeRequest(len(self.requests) + 1, head, base, f"Change {head}", "", sha, fork=fork)
        self.requests.append(request)
        return request

    def fail_next(self, status: int, body: object = None, **headers: str) -> None:
        """Answer the next call like this; underscores in names of headers become dashes."""
        self.failures.append(Refusal(status, {} if body is None else body, **headers))

    # --- what a test with a real repository replaces ---

    def head_of(self, branch: str) -> str | None:
        return self.branches.get(branch)

    def do_merge(self, request: FakeRequest) -> str:
        """Merge, and return the commit that the base branch has then."""
        self.branches[request.base] = sha_of(f"merge of {request.head_sha}")
        return self.branches[request.base]

    # --- what the kinds use ---

    def created(self, head: str, base: str, title: str, body: str) -> FakeRequest:
        sha = self.head_of(head)
        assert sha is not None
        request = FakeRequest(len(self.requests) + 1, head, base, title, body, sha)
        self.requests.append(request)
        return request

    def same_targets(self, head: str, base: str) -> FakeRequest | None:
        return next((r for r in self.open_requests if (r.head, r.base, r.fork) == (head, base, False)), None)

    def numbered(self, number: str) -> FakeRequest:
        if not 1 <= int(number) <= len(self.requests):
            raise Refusal(404, self.not_found)
        return self.requests[int(number) - 1]

    def latest(self, request: FakeRequest) -> FakeRequest:
        """With the head that the branch has by now."""
        if request.state == "open" and not request.fork:
            request.head_sha = self.head_of(request.head) or request.head_sha
        return request

    def merge_own(self, request: FakeRequest, method: str, message: str) -> None:
        self._merged(request, self.account, method, message)

    def user_id(self, name: str) -> int:
        return self.people.index(name) + 100

    def label_id(self, name: str) -> int:
        return self.repository_labels.setdefault(name, len(self.repository_labels) + 1)

    def page(self, request: Request, items: Sequence[object]) -> tuple[list[object], dict[str, str]]:
        """One page, with the header ``Link`` where there is more than one."""
        size = min(int(request.args.get(self.page_size[0], "30")), self.most_per_page)
        number = int(request.args.get("page", "1"))
        shown = list(items[(number - 1) * size : number * size])
        more = number * size < len(items)
        link = f'<{self.url}/elsewhere?page={number + 1}>; rel="next"' if more else '<https://elsewhere/>; rel="last"'
        return shown, {"Link": link} if len(items) > size else {}

    def _merged(self, request: FakeRequest, person: str, method: str, message: str) -> None:
        self.latest(request)
        request.merged_sha = self.do_merge(request)
        request.state, request.merged_by = "merged", person
        request.method, request.message = method, message

    def _handle(self, request: Request) -> Response:
        path = str(request.environ["REQUEST_URI"]).partition("?")[0].removeprefix(self.prefix)
        self.calls.append(f"{request.method} {path}")
        try:
            if request.headers.get("Authorization") != f"{self.scheme} {self.token}":
                raise Refusal(401, self.unauthorized)
            if self.failures:
                raise self.failures.pop(0)
            return self._routed(request, path)
        except Refusal as refusal:
            headers = {name.replace("_", "-"): value for name, value in refusal.headers.items()}
            if isinstance(refusal.body, str):
                return Response(refusal.body, refusal.status, headers, content_type="text/html")
            return _json(refusal.body, refusal.status, headers)

    def _routed(self, request: Request, path: str) -> Response:
        for method, pattern, handler in self.routes:
            match = re.fullmatch(pattern, path)
            if match and method == request.method:
                answer = handler(request, *match.groups())
                status, body, headers = answer if isinstance(answer, tuple) else (200, answer, {})
                return _json(body, status, headers)
        raise Refusal(404, self.not_found)


def data_of(request: Request) -> Json:
    assert request.content_type == "application/json"
    data = json.loads(request.data)
    assert isinstance(data, dict)
    return data


def _json(body: object, status: int, headers: Mapping[str, str]) -> Response:
    text = "" if body is None else json.dumps(body)
    return Response(text, status, dict(headers), content_type="application/json; charset=utf-8")
