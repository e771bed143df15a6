"""A merge, a tag and a record in one push, through real servers: HTTP with a password, and ssh."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from pydantic import SecretStr

from promontory.change import FileEdit, FileEdits, Merge
from promontory.errors import LostRace
from promontory.repository import RefUpdate, Repository, TagUpdate
from tests.repository.conftest import WEB, Open, git
from tests.repository.servers import PASSWORD, USERNAME, http_backend, serving_http, serving_ssh

Connect = Callable[[], Repository]
LEDGER = RefUpdate("promontory/ledger", None, FileEdits((FileEdit("1.json", None, b"{}"),)), "Record")


@pytest.fixture(params=["http", "ssh"])
def connect(
    request: pytest.FixtureRequest, origin: Path, open_repository: Open, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Connect]:
    if request.param == "http":
        if http_backend() is None:
            pytest.skip("git-http-backend is not installed")
        git(origin, "config", "http.receivepack", "true")
        with serving_http(origin.parent) as http:
            settings = {"username": USERNAME, "password": SecretStr(PASSWORD)}
            yield lambda: open_repository(f"{http.url}/gitops.git", **settings)
        return
    with serving_ssh(tmp_path_factory.mktemp("ssh") / "server") as ssh:
        if ssh is None:
            pytest.skip("sshd is not installed, or cannot run here")
        url = f"ssh://{ssh.user}@127.0.0.1:{ssh.port}{origin}"
        yield lambda: open_repository(url, ssh_key=ssh.key, known_hosts=ssh.known_hosts)


def on_branches(origin: Path) -> tuple[str, str]:
    """Branches dev and staging, of which dev is one commit ahead; both commits."""
    staging = git(origin, "rev-parse", "main")
    git(origin, "branch", "staging", "main")
    blob = git(origin, "hash-object", "-w", "--stdin", stdin=b"images: []\n")
    tree = git(origin, "mktree", "--missing", stdin=f"100644 blob {blob}\tnew.yaml\n".encode())
    dev = git(origin, "commit-tree", "-p", staging, "-m", "Next", tree)
    git(origin, "branch", "dev", dev)
    return staging, dev


def updates(repository: Repository, staging: str, dev: str) -> list[RefUpdate | TagUpdate]:
    merged = repository.merge(staging, Merge(dev, staging, keep=("run.sh", "apps")))
    return [
        RefUpdate("staging", staging, merged.edits, "Promote", merges=(dev,)),
        TagUpdate("v1.1.0-staging", None, dev, "Promote v1.1.0\n"),
        LEDGER,
    ]


def test_all_of_it_arrives(connect: Connect, origin: Path) -> None:
    staging, dev = on_branches(origin)
    repository = connect()

    repository.push(updates(repository, staging, dev))

    assert git(origin, "log", "-1", "--format=%P", "staging").split() == [staging, dev]
    assert git(origin, "ls-tree", "-r", "--name-only", "staging").split()[-2:] == ["new.yaml", "run.sh"]
    assert git(origin, "rev-parse", "v1.1.0-staging^{commit}") == dev
    assert git(origin, "cat-file", "-t", "v1.1.0-staging") == "tag"
    assert git(origin, "show", "promontory/ledger:1.json") == "{}"
    assert WEB in git(origin, "ls-tree", "-r", "--name-only", "staging")


def test_none_of_it_arrives_where_one_part_comes_too_late(connect: Connect, origin: Path) -> None:
    staging, dev = on_branches(origin)
    repository = connect()
    prepared = updates(repository, staging, dev)
    git(origin, "tag", "v1.1.0-staging", staging)

    with pytest.raises(LostRace):
        repository.push(prepared)

    assert git(origin, "rev-parse", "staging") == staging
    assert git(origin, "branch", "--list", "promontory/ledger") == ""
