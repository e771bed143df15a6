"""Real bare repositories on disk, and Promontory's view of them through caches of its own."""

from __future__ import annotations

import os
import stat
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from promontory.change import FileEdit, FileEdits
from promontory.repository import GitSettings, RefUpdate, Repository, create_bare

FILES = {
    "apps/web/kustomization.yaml": "images:\n- name: web\n  newTag: v1\n",
    "apps/übung/a b.yaml": "tag: v1\n",
    "run.sh": "#!/bin/sh\n",
}
WEB = "apps/web/kustomization.yaml"

Open = Callable[..., Repository]


@pytest.fixture(autouse=True)
def _no_configuration(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    home = tmp_path_factory.mktemp("home")
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(home / ".gitconfig"))
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    monkeypatch.setenv("no_proxy", "127.0.0.1,localhost")


@pytest.fixture
def origin(tmp_path: Path) -> Path:
    path = tmp_path / "gitops.git"
    create_bare(path, FILES, executable=["run.sh"])
    return path


@pytest.fixture
def open_repository(origin: Path, tmp_path: Path) -> Iterator[Open]:
    opened: list[Repository] = []

    def open_one(
        url: str | Path = origin, cache: str = "cache", *, sync: bool = True, **settings: object
    ) -> Repository:
        repository = Repository.open(str(url), GitSettings(tmp_path / cache, **settings))  # type: ignore[arg-type]
        opened.append(repository)
        if sync:
            repository.sync()
        return repository

    yield open_one
    for repository in opened:
        repository.close()


@pytest.fixture
def repository(open_repository: Open) -> Repository:
    return open_repository()


def git(directory: Path, *arguments: str, stdin: bytes | None = None) -> str:
    """Git as an onlooker would run it, not through the code under test."""
    identity = ("-c", "user.name=Someone", "-c", "user.email=someone@example.com", "-c", "safe.directory=*")
    command = ["git", *identity, *arguments]
    return subprocess.run(command, cwd=directory, input=stdin, capture_output=True, check=True).stdout.decode().strip()


def change(
    repository: Repository, path: str, content: bytes | None, *, branch: str = "main", message: str = "Change"
) -> RefUpdate:
    """One file set on the branch's head."""
    head = repository.head(branch)
    return RefUpdate(branch, head, FileEdits((FileEdit(path, repository.files(head).read(path), content),)), message)


def install_hook(origin: Path, name: str, script: str) -> None:
    hook = origin / "hooks" / name
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(f"#!/bin/sh\n{script}\n")
    hook.chmod(hook.stat().st_mode | stat.S_IXUSR)


@pytest.fixture
def recorded_git(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A `git` first on PATH that writes down the arguments of every call, git's own children included."""
    real = subprocess.run(["git", "--exec-path"], capture_output=True, check=True, text=True).stdout.strip()
    record = tmp_path / "arguments.txt"
    folder = tmp_path / "bin"
    folder.mkdir()
    wrapper = folder / "git"
    wrapper.write_text(f'#!/bin/sh\nprintf "%s\\n" "$*" >> "{record}"\nexec "{real}/git" "$@"\n')
    wrapper.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")
    return record
