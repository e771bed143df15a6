"""What an end-to-end test plays on: a sample repository, the sandbox cluster that follows it, and real commands."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import count
from pathlib import Path
from typing import Any

from promontory.entry import Entry
from promontory.ledger import HEAD_FILE
from promontory.ledger.untold import UNTOLD_FILE
from promontory.repository import create_bare
from promontory.sandbox.behaviour import parse_broken
from promontory.sandbox.cluster import Cluster
from promontory.sandbox.git_source import GitSource
from promontory.sandbox.sample import sample_files
from tests.e2e.processes import Ended, Process, eventually, promontory
from tests.forges.fake_forge import TOKEN
from tests.repository.servers import PASSWORD, USERNAME, HttpServer, serving_http

LEDGER = "promontory/ledger"
Environments = Mapping[str, Mapping[str, Any]]
_numbers = count()


@dataclass
class Stage:
    """One repository of its own, and everything that a command needs to work on it."""

    directory: Path
    cluster: Cluster
    environment: dict[str, str]
    git_server: HttpServer | None = None
    processes: list[Process] = field(default_factory=list)

    @property
    def origin(self) -> Path:
        return self.directory / "gitops.git"

    @property
    def cache(self) -> Path:
        return Path(self.environment["PROMONTORY_CACHE_DIR"])

    def start(self, *arguments: str, **settings: str) -> Process:
        process = Process(
            promontory(*arguments), {**self.environment, **settings}, self.directory, f"command-{next(_numbers)}"
        )
        self.processes.append(process)
        return process

    def run(self, *arguments: str, code: int | None = None, **settings: str) -> Ended:
        """Run a command to its end; ``code`` is what it must exit with."""
        ended = self.start(*arguments, **settings).wait()
        assert code is None or ended.code == code, f"promontory {' '.join(arguments)}: {ended}"
        return ended

    def git(self, *arguments: str) -> str:
        """What git itself says of the repository, without any code of ours."""
        command = ["git", "-C", str(self.origin), *arguments]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout

    def newest(self) -> str:
        """The subject of the ledger's newest commit; empty where there is no ledger."""
        return self.git("for-each-ref", "--format=%(contents:subject)", f"refs/heads/{LEDGER}").strip()

    def release(self, environment: str, application: str = "web-app") -> str:
        found = re.search(r"newTag: (\S+)", self.git("show", f"main:{overlay(environment, application)}"))
        assert found
        return found[1]

    def subjects(self) -> list[str]:
        """Of the commits after the first one, oldest first."""
        return self.git("log", "--reverse", "--format=%s", "main").splitlines()[1:]

    def entries(self, environment: str = "") -> list[Entry]:
        """The ledger, in the order of events."""
        if not self.git("branch", "--list", LEDGER).strip():
            return []
        files = self.git("ls-tree", "-r", "--name-only", LEDGER).splitlines()
        names = [name for name in files if name not in (HEAD_FILE, UNTOLD_FILE)]
        found = [Entry.model_validate_json(self.git("show", f"{LEDGER}:{name}")) for name in names]
        return sorted((e for e in found if environment in ("", e.environment)), key=lambda entry: entry.at)

    def kinds(self, environment: str) -> list[str]:
        return [entry.kind for entry in self.entries(environment)]

    def edit(self, path: str, old: str, new: str) -> None:
        """Somebody else changes a file of the branch, with a checkout and git alone."""
        place = self.directory / f"checkout-{next(_numbers)}"
        subprocess.run(["git", "clone", "--quiet", str(self.origin), str(place)], check=True)
        text = (place / path).read_text()
        assert old in text, f"{path} has no {old}"
        (place / path).write_text(text.replace(old, new))
        who = ["-c", "user.name=Somebody", "-c", "user.email=somebody@acme.example"]
        subprocess.run(["git", "-C", str(place), *who, "commit", "--quiet", "-am", "Edit by hand"], check=True)
        subprocess.run(["git", "-C", str(place), "push", "--quiet"], check=True)

    def hook(self, name: str, script: str) -> None:
        """The server gets a hook."""
        path = self.origin / "hooks" / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(f"#!/bin/sh\n{script}\n")
        path.chmod(0o755)

    def block_suite(self, environment: str) -> None:
        """From now on the environment's suite does not end, until it is let go."""
        (self.directory / f"block-{environment}").touch()

    def let_suite_go(self, environment: str) -> None:
        (self.directory / f"block-{environment}").unlink()

    def suite_runs(self, environment: str) -> bool:
        return (self.directory / f"running-{environment}").exists()

    def lose_cache(self) -> None:
        """The git of a process that was killed may still write into it for a moment."""

        def is_gone() -> bool:
            shutil.rmtree(self.cache, ignore_errors=True)
            return not self.cache.exists()

        eventually(is_gone, "the end of the cache")

    def close(self) -> None:
        for process in self.processes:
            process.stop()


@contextmanager
def staged(
    directory: Path,
    prefect: Mapping[str, str],
    environments: Environments,
    *,
    http: bool = False,
    delay: float = 0.2,
    broken: tuple[str, ...] = (),
    extra: Mapping[str, Any] | None = None,
    applications: Sequence[str] = ("web-app",),
    forge: Mapping[str, str] | None = None,
    top: Mapping[str, Any] | None = None,
) -> Iterator[Stage]:
    """``broken``: such as ``v1.4.0@staging``; ``http``: commands reach the repository through a real Git server.

    ``forge`` is the section of that name in promontory.yaml, ``top`` are further ones.
    """
    origin = directory / "gitops.git"
    with ExitStack() as stack:
        source = GitSource(str(origin), directory / "cluster-cache")
        behaviours = [parse_broken(each) for each in broken]
        cluster = Cluster(source, behaviours, poll=timedelta(milliseconds=150), delay=timedelta(seconds=delay))
        files = repository_files(cluster.url, directory, environments, extra or {}, applications)
        more = {**(top or {}), **({"forge": forge} if forge else {})}
        files["promontory.yaml"] = json.dumps({**json.loads(files["promontory.yaml"]), **more})
        create_bare(origin, files)
        stack.enter_context(cluster)
        settings = {
            "PROMONTORY_CACHE_DIR": str(directory / "cache"),
            "PROMONTORY_REPOSITORY": str(origin),
            "KUBECONFIG": str(cluster.api.kubeconfig(directory / "kubeconfig")),
        }
        if forge:
            settings |= {"PROMONTORY_FORGE_TOKEN": TOKEN, "PROMONTORY_FORGE_HOST": "localhost"}
        server = stack.enter_context(serving_http(directory)) if http else None
        if server:
            subprocess.run(["git", "-C", str(origin), "config", "http.receivepack", "true"], check=True)
            settings |= {"PROMONTORY_GIT_USERNAME": USERNAME, "PROMONTORY_GIT_PASSWORD": PASSWORD}
            settings["PROMONTORY_REPOSITORY"] = f"{server.url}/{origin.name}"
        stage = Stage(directory, cluster, {**prefect, **settings}, server)
        stack.callback(stage.close)
        yield stage


def repository_files(
    cluster: str,
    directory: Path,
    environments: Environments,
    extra: Mapping[str, Any],
    applications: Sequence[str] = ("web-app",),
) -> dict[str, bytes | str]:
    """The sample repository with these environments; JSON is YAML, too."""
    sample = sample_files(cluster)
    template = sample["apps/web-app/overlays/staging/kustomization.yaml"]
    files: dict[str, bytes | str] = {path: content for path, content in sample.items() if "/overlays/" not in path}
    files |= {overlay(name, application): template for name in environments for application in applications}
    suite = directory / "suite.sh"
    suite.write_text(_SUITE.format(directory=directory))
    verify = {
        "kind": "http",
        "url": f"{cluster}/{{environment}}/{{application}}/version",
        "expect": {"json": {"version": "{release}"}},
        "consecutive": 2,
        "interval": "100ms",
        "deadline": "20s",
    }
    configuration = {
        "applications": {
            application: {
                "strategy": {
                    "kind": "directory",
                    "path": "apps/{application}/overlays/{environment}",
                    "image": "ghcr.io/acme/web-app",
                },
                **extra,
            }
            for application in applications
        },
        "environments": {
            name: {
                "test": [{"kind": "command", "run": f"sh {suite} {{environment}} {{release}}"}],
                **options,
                "verify": [_check(verify, options.get("verify", {}))],
            }
            for name, options in environments.items()
        },
    }
    files["promontory.yaml"] = json.dumps(configuration, indent=2) + "\n"
    return files


def _check(usual: Mapping[str, Any], own: Mapping[str, Any]) -> Mapping[str, Any]:
    """Another kind of check is meant as it stands; anything else changes the usual one."""
    return own if "kind" in own else {**usual, **own}


def overlay(environment: str, application: str = "web-app") -> str:
    return f"apps/{application}/overlays/{environment}/kustomization.yaml"


_SUITE = """\
touch {directory}/running-$1
while [ -e {directory}/block-$1 ]; do sleep 0.05; done
case $2 in *untested*) exit 1;; esac
"""
