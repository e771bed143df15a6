"""A GitOps repository on disk, and people and machines that work with it."""

from __future__ import annotations

import asyncio
import re
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from promontory.clock import Clock
from promontory.config import Config, load
from promontory.entry import Entry
from promontory.health import Verdict
from promontory.ledger import HEAD_FILE, Ledger
from promontory.model import Place, Plan
from promontory.promotion.delivery import adopt, deliver, plan_hop
from promontory.promotion.reverting import revert
from promontory.promotion.survey import survey
from promontory.promotion.values import Hop, Soaking
from promontory.promotion.verification import verify
from promontory.promotion.workspace import Actor, Workspace
from promontory.record import Record
from promontory.repository import GitSettings, Repository, create_bare
from tests.promotion.fakes import VOCABULARY, HandClock
from tests.promotion.onlooker import commit, look_at

LEDGER = "promontory/ledger"
KUSTOMIZATION = """\
# {application} in {environment}
kind: Kustomization
namespace: {application}
images:
  - name: acme/{application}
    newTag: v1.0.0    # promoted
# the end
"""
PIPELINE = """\
environments:
  dev:
    verify: [{kind: fake, broken: [v6.6.6]}]
  staging:
    after: dev
    test: [{kind: fake, broken: [v5.5.5]}]
    verify: [{kind: fake, broken: [v6.6.6, v7.7.7]}]
  production:
    after: staging
    approval: {required: 1}
    verify: [{kind: fake}]
"""


@dataclass
class World:
    """One bare repository, and any number of workspaces on it; ``clock`` is everybody's.

    ``archive_after``: so many entries the ledger's head holds before they move to its archive.
    """

    directory: Path
    config: Config
    clock: HandClock = field(default_factory=HandClock)
    archive_after: int = 1_000
    opened: list[Repository] = field(default_factory=list)
    onlooker: Workspace | None = None

    @property
    def origin(self) -> Path:
        return self.directory / "gitops.git"

    def workspace(
        self, by: str = "ci", *, run: str | None = None, cache: str = "cache", clock: Clock | None = None
    ) -> Workspace:
        repository = Repository.open(str(self.origin), GitSettings(self.directory / cache, branch="main"))
        self.opened.append(repository)
        repository.sync()
        return self._on(repository, by, run, clock or self.clock)

    def _on(self, repository: Repository, by: str, run: str | None, clock: Clock) -> Workspace:
        ledger = Ledger(repository, LEDGER, self.archive_after)
        return Workspace(self.config, None, repository, ledger, Actor(by, run), clock)

    def git(self, *arguments: str, stdin: str | None = None) -> str:
        """What git itself says of the origin, without any code of ours."""
        command = ["git", "-C", str(self.origin), *arguments]
        return subprocess.run(command, input=stdin, check=True, capture_output=True, text=True).stdout

    def edit(self, path: str, old: str, new: str, message: str = "Edit by hand") -> None:
        """Somebody else changes a file, whatever Promontory is doing."""
        before = self.git("show", f"main:{path}").encode()
        assert re.search(old.encode(), before), f"{path} has no {old}"
        self.commit({path: re.sub(old.encode(), new.encode(), before)}, message=message)

    def commit(
        self, contents: Mapping[str, bytes | None], branch: str = "main", message: str = "Change by hand"
    ) -> str:
        """Somebody else commits files (None: they go away); the commit."""
        return commit(self.origin, branch, contents, message)

    def lose_the_next_answer(self) -> None:
        """The server dies after it has moved the branches and before it says so, once."""
        hook = self.origin / "hooks" / "post-receive"
        hook.parent.mkdir(exist_ok=True)
        hook.write_text('#!/bin/sh\nrm "$0"\nkill -9 $PPID\n')
        hook.chmod(0o755)

    def set_release(self, environment: str, release: str, application: str = "web-app") -> None:
        self.edit(path_of(environment, application), r"newTag: \S+", f"newTag: {release}")

    def read(self, environment: str, application: str = "web-app") -> str:
        return self.git("show", f"main:{path_of(environment, application)}")

    def release(self, environment: str, application: str = "web-app") -> str:
        found = re.search(r"newTag: (\S+)", self.read(environment, application))
        return found[1] if found else ""

    def commits(self, branch: str = "main") -> list[str]:
        """The subjects, newest first, without the first commit."""
        return self.git("log", "--format=%s", branch).splitlines()[: -1 if branch == "main" else None]

    def entries(self, environment: str = "", application: str = "web-app") -> tuple[Entry, ...]:
        """What somebody else reads in the ledger."""
        return self.look().ledger.entries(application if environment else "", environment)

    def look(self) -> Workspace:
        """As it is now, for somebody who changes nothing."""
        if self.onlooker is None:
            repository = look_at(self.origin, self.directory / "unused")
            self.opened.append(repository)
            self.onlooker = self._on(repository, "onlooker", None, self.clock)
        self.onlooker.repository.sync()
        return self.onlooker

    def running(self, environment: str, application: str = "web-app") -> str | None:
        """What the strategy reads back."""
        looking = self.look()
        return looking.current(looking.config.place(application, environment))

    def kinds(self, environment: str, application: str = "web-app") -> list[str]:
        return [entry.kind for entry in self.entries(environment, application)]

    def record(self, environment: str, application: str = "web-app") -> Record:
        return Record(self.entries(environment, application))

    def recorded_last(self) -> list[str]:
        """The entries' files in the newest commit of the ledger."""
        changed = self.git("show", "--format=", "--name-only", LEDGER).split()
        assert HEAD_FILE in changed
        return [path for path in changed if path != HEAD_FILE]

    def close(self) -> None:
        for repository in self.opened:
            repository.close()


@dataclass
class Hops:
    """Runs hops by core calls alone, as a flow does."""

    workspace: Workspace
    run: str = "run-1"
    allow_downgrade: bool = False

    def __post_init__(self) -> None:
        self.workspace = replace(self.workspace, actor=Actor(self.workspace.actor.by, self.run))

    def hop(self, release: str, environment: str, application: str = "web-app") -> Hop:
        waves = survey(
            self.workspace, application, release, environment, self.run, allow_downgrade=self.allow_downgrade
        )
        return next(hop for wave in waves for hop in wave if hop.environment == environment)

    def plan(self, hop: Hop) -> Plan:
        return plan_hop(self.workspace, hop)[0]

    def push(self, release: str, environment: str, application: str = "web-app") -> tuple[Hop, Entry]:
        """As far as the push, without its verification."""
        hop = self.hop(release, environment, application)
        return hop, deliver(self.workspace, hop, self.plan(hop))

    def promote(self, release: str, environment: str, application: str = "web-app") -> Hop:
        """Survey → plan → deliver → verify → revert where it is unhealthy; the hop as it was surveyed."""
        self.workspace.repository.sync()
        return self.finish(self.hop(release, environment, application))

    def finish(self, hop: Hop) -> Hop:
        if hop.step == "skip":
            return hop
        entry = hop.entry or self._delivered(hop)
        verdict = self.verify(hop, entry)
        if verdict and not verdict.healthy and entry.kind == "pushed":
            reverted = revert(self.workspace, hop, entry, "; ".join(verdict.reasons))
            if reverted:
                self.verify(hop, reverted)
        return hop

    def promote_through(self, release: str, *environments: str, application: str = "web-app") -> None:
        for environment in environments:
            self.promote(release, environment, application)

    def verify(self, hop: Hop, entry: Entry) -> Verdict | None:
        verdict = asyncio.run(verify(self.workspace, hop, entry))
        assert not isinstance(verdict, Soaking)
        return verdict

    def append(self, kind: str, environment: str, release: str, **fields: object) -> Entry:
        """An entry by hand, e.g. a hold that somebody sets or lifts."""
        place = Place(str(fields.pop("application", "web-app")), environment)
        promotion = str(fields.pop("promotion", "0123456789ab"))
        entry = self.workspace.entry(kind, place, release, promotion, **fields)  # type: ignore[arg-type]
        self.workspace.append([entry])
        return entry

    def _delivered(self, hop: Hop) -> Entry:
        plan = self.plan(hop)
        return adopt(self.workspace, hop) if plan.nothing_to_do else deliver(self.workspace, hop, plan)


def path_of(environment: str, application: str = "web-app") -> str:
    return f"apps/{application}/{environment}/kustomization.yaml"


def create_world(
    directory: Path,
    applications: Sequence[str] = ("web-app",),
    pipeline: str = PIPELINE,
    extra: str = "",
    top: str = "",
) -> World:
    """``extra`` goes below each application in the configuration, ``top`` below everything."""
    config = configure(applications, pipeline + top, extra)
    files = {
        path_of(environment, application): KUSTOMIZATION.format(application=application, environment=environment)
        for application in applications
        for environment in config.environments
    }
    create_bare(directory / "gitops.git", {"README.md": "# GitOps\n", **files})
    return World(directory, config)


def configure(applications: Sequence[str] = ("web-app",), pipeline: str = PIPELINE, extra: str = "") -> Config:
    strategy = "kind: directory, path: 'apps/{name}/{environment}', image: acme/{name}"
    described = "".join(
        f"  {name}:\n    strategy: {{{strategy.replace('{name}', name)}}}\n{extra}" for name in applications
    )
    return load(f"applications:\n{described}{pipeline}", file="promontory.yaml", vocabulary=VOCABULARY)
