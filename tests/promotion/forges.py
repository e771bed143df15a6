"""A forge that keeps the very repository of a `World`: its branches are the repository's, and it merges with Git."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

from promontory.change import FileEdit, FileEdits
from promontory.entry import Entry
from promontory.forges import Forge
from promontory.model import Plan
from promontory.promotion.delivery import plan_hop
from promontory.promotion.merging import news, settle
from promontory.promotion.opening import open_pull_request
from promontory.promotion.planning import ask_all
from promontory.promotion.proposing import branch_of, propose
from promontory.promotion.survey import survey
from promontory.promotion.values import Hop, PullRequestState
from promontory.promotion.workspace import Actor, Workspace
from promontory.repository import RefUpdate
from tests.forges.conftest import connect
from tests.forges.fake_forge import FakeForge, FakeRequest
from tests.promotion.world import World

PERSON = ("-c", "user.name=Somebody", "-c", "user.email=somebody@acme.example")
BY_REQUEST = """\
environments:
  dev:
    deliver: {deliver}
    verify: [{{kind: fake, broken: [v6.6.6]}}]
"""


def join(origin: Path, fake: FakeForge) -> FakeForge:
    """From now on the fake's branches are those of the bare repository."""

    def git(*arguments: str, stdin: str | None = None) -> str:
        command = ["git", "-C", str(origin), *PERSON, *arguments]
        return subprocess.run(command, input=stdin, check=True, capture_output=True, text=True).stdout

    def head_of(branch: str) -> str | None:
        return git("for-each-ref", "--format=%(objectname)", f"refs/heads/{branch}").strip() or None

    def do_merge(request: FakeRequest) -> str:
        base, head = head_of(request.base), head_of(request.head) or request.head_sha
        tree = git("merge-tree", "--write-tree", request.base, head).split()[0]
        parents = ["-p", base] if request.method == "squash" else ["-p", base, "-p", head]
        message = request.message or f"Merge pull request #{request.number}"
        commit = git("commit-tree", tree, *parents, "-F", "-", stdin=message).strip()
        git("update-ref", f"refs/heads/{request.base}", commit)
        return commit

    merge_own = fake.merge_own

    def remember(request: FakeRequest, method: str, message: str) -> None:
        request.method, request.message = method, message
        merge_own(request, method, message)

    fake.merge_own = remember  # type: ignore[method-assign]
    fake.head_of = head_of  # type: ignore[method-assign]
    fake.do_merge = do_merge  # type: ignore[method-assign]
    return fake


@dataclass
class Proposer:
    """Does by core calls what a flow does with a pull request."""

    world: World
    fake: FakeForge
    run: str = "run-1"
    cache: str = "cache"

    def __post_init__(self) -> None:
        self.forge: Forge = connect(self.fake)
        workspace = self.world.workspace(cache=self.cache)
        self.workspace: Workspace = replace(
            workspace, actor=Actor("ci", self.run, f"https://prefect.example/{self.run}"), connect=lambda: self.forge
        )

    def hop(self, release: str, environment: str = "dev", **also: str) -> Hop:
        self.workspace.repository.sync()
        waves = survey(self.workspace, "web-app", release, environment, self.run, also)
        return next(hop for wave in waves for hop in wave if hop.environment == environment)

    def propose(self, hop: Hop) -> Entry:
        plan = self.plan(hop)
        propose(self.workspace, hop, plan, ask_all(self.workspace, hop))
        entry = open_pull_request(self.workspace, hop, plan, ask_all(self.workspace, hop))
        assert entry
        return entry

    def add_to_branch(self, hop: Hop, path: str) -> None:
        """Somebody pushes a commit of their own to the branch of the pull request."""
        repository, branch = self.world.workspace(cache="mallory").repository, branch_of(hop)
        head = repository.head(branch)
        before = repository.files(head).read(path) or b""
        edit = FileEdit(path, before, before + b"# and this\n")
        repository.push([RefUpdate(branch, head, FileEdits((edit,)), "And this")])

    def plan(self, hop: Hop) -> Plan:
        return plan_hop(self.workspace, hop)[0]

    def look(self, hop: Hop) -> PullRequestState:
        """Take the promotion up as a run does that was started anew."""
        state = news(self.workspace, hop)
        return settle(self.workspace, hop, self.plan(hop)) if state.status == "open" else state

    def again(self, release: str, environment: str = "dev") -> tuple[Hop, PullRequestState]:
        hop = self.hop(release, environment)
        return hop, self.look(hop)


AUTO = "{kind: pull-request}"
WAIT = "{kind: pull-request, merge: wait}"
MINUTE = timedelta(minutes=1)
MakeProposer = Callable[..., Proposer]


def branches(world: World) -> list[str]:
    """Of the pull requests into dev."""
    return world.git("for-each-ref", "--format=%(refname:short)", "refs/heads/promontory/dev").split()


def green(proposer: Proposer) -> None:
    proposer.fake.set_checks(proposer.fake.request().head_sha, ("ci", "success"))
