"""A sample repository for every test, a way to run commands on it, and core calls that bring it into a state."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from promontory.change import FileEdit, FileEdits
from promontory.cli import main
from promontory.entry import Entry
from promontory.health import CheckResult, Health, Verdict
from promontory.promotion.approving import request_approval
from promontory.promotion.delivery import deliver, plan_hop
from promontory.promotion.location import open_workspace
from promontory.promotion.survey import survey
from promontory.promotion.values import Hop
from promontory.promotion.workspace import Actor, Workspace
from promontory.repository import RefUpdate
from promontory.sandbox.sample import create_sample
from promontory.settings import read_settings

NOWHERE = "http://127.0.0.1:9"


@dataclass(frozen=True)
class Ended:
    """A command that has come to its end."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


@pytest.fixture(autouse=True)
def environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """Nobody's home, and none of the variables that somebody may have set."""
    for name in list(os.environ):
        if name.startswith(("PROMONTORY_", "PREFECT_")):
            monkeypatch.delenv(name)
    home = tmp_path / "home"
    home.mkdir()
    (home / ".gitconfig").write_text("[user]\nname = Ada\nemail = ada@acme.example\n")
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    monkeypatch.setenv("PROMONTORY_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setenv("PREFECT_HOME", str(tmp_path / "prefect"))
    monkeypatch.setenv("PREFECT_SERVER_ANALYTICS_ENABLED", "false")
    return monkeypatch


@dataclass
class Sample:
    """The bare repository, and what was done to it before a command looks at it."""

    path: Path
    run: str = "11111111-2222-3333-4444-555555555555"

    def workspace(self, by: str = "ci", run: str | None = None) -> Workspace:
        return open_workspace(read_settings(), Actor(by, run or self.run))

    def git(self, *arguments: str) -> str:
        command = ["git", "-C", str(self.path), *arguments]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout

    @property
    def refs(self) -> str:
        return self.git("for-each-ref")

    def edit(self, path: str, change: Callable[[bytes], bytes]) -> None:
        """Somebody commits a change of one file."""
        repository = self.workspace().repository
        head = repository.head()
        before = repository.files(head).read(path) or b""
        repository.push([RefUpdate("main", head, FileEdits((FileEdit(path, before, change(before)),)), "Edit by hand")])

    def hop(self, release: str, environment: str) -> tuple[Workspace, Hop]:
        workspace = self.workspace()
        waves = survey(workspace, "web-app", release, environment, self.run)
        return workspace, next(hop for wave in waves for hop in wave if hop.environment == environment)

    def promote(self, release: str, *environments: str, healthy: bool = True) -> None:
        for environment in environments:
            workspace, hop = self.hop(release, environment)
            plan, _ = plan_hop(workspace, hop)
            pushed = deliver(workspace, hop, plan)
            health = Health.HEALTHY if healthy else Health.UNHEALTHY
            verdict = Verdict(health=health, checks=(CheckResult(check="http", health=health, reason="seen"),))
            judged = workspace.entry("verdict", hop.place, release, pushed.promotion, verdict=verdict, reason="seen")
            workspace.append([judged])

    def request(self, release: str = "v1.3.0") -> Entry:
        """Promote as far as production, which wants an approval."""
        self.promote(release, "dev", "staging")
        workspace, hop = self.hop(release, "production")
        plan, gates = plan_hop(workspace, hop)
        request_approval(workspace, hop, plan, gates, ())
        return workspace.record(hop.place).requests()[0]


@pytest.fixture
def sample(tmp_path: Path, environment: pytest.MonkeyPatch) -> Sample:
    path = create_sample(tmp_path, NOWHERE)
    environment.setenv("PROMONTORY_REPOSITORY", str(path))
    return Sample(path)


Command = Callable[..., Ended]


@pytest.fixture
def command() -> Command:
    """Run a command in this process, as `main` would, without a terminal. Its options' variables end with it."""

    def run(*arguments: str) -> Ended:
        out, err = io.StringIO(), io.StringIO()
        before = dict(os.environ)
        try:
            with redirect_stdout(out), redirect_stderr(err), pytest.raises(SystemExit) as ended:
                main(list(arguments))
        finally:
            os.environ.clear()
            os.environ.update(before)
        assert isinstance(ended.value.code, int)
        return Ended(ended.value.code, out.getvalue(), err.getvalue())

    return run


@pytest.fixture
def process() -> Command:
    """Run a command as a process of its own."""

    def run(*arguments: str, **environment: str) -> Ended:
        ended = subprocess.run(
            [sys.executable, "-m", "promontory.cli", *arguments],
            env={**os.environ, **environment},
            capture_output=True,
            text=True,
            timeout=120,
            stdin=subprocess.DEVNULL,
            check=False,
        )
        return Ended(ended.returncode, ended.stdout, ended.stderr)

    return run
