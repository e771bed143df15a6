"""The sample repository, its own tests, and the cluster that follows it: with real Git and real HTTP."""

from __future__ import annotations

import asyncio
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from promontory.change import FileEdit, FileEdits
from promontory.checks.contract import Check
from promontory.checks.watch import watch
from promontory.clusters import KubernetesObjects
from promontory.config import Config, load
from promontory.health import Health, Verdict
from promontory.live_objects import APPLICATION, Ref
from promontory.options import Target
from promontory.promotion.observing import RepositoryHistory
from promontory.promotion.vocabulary import VOCABULARY
from promontory.repository import GitSettings, RefUpdate, Repository
from promontory.sandbox.behaviour import Behaviour
from promontory.sandbox.cluster import Cluster
from promontory.sandbox.git_source import GitSource
from promontory.sandbox.sample import create_sample, sample_files
from promontory.suites.contract import Suite
from promontory.suites.run import run_all
from tests.checks.surroundings import facilities
from tests.suites.surroundings import FilesIn
from tests.suites.surroundings import facilities as around_suites

NOWHERE = "http://127.0.0.1:9"
OVERLAY = "apps/web-app/overlays/{}/kustomization.yaml"
QUICK = {"poll": timedelta(milliseconds=50), "delay": timedelta(milliseconds=50)}


def config_for(cluster_url: str) -> Config:
    text = sample_files(cluster_url)["promontory.yaml"]
    return load(text, file="promontory.yaml", vocabulary=VOCABULARY)


def release_into(repository: Repository, directory: str, release: str) -> None:
    """Commit and push a release, as a promotion would."""
    repository.sync()
    parent, path = repository.head(), OVERLAY.format(directory)
    before = repository.files(parent).read(path) or b""
    after = re.sub(rb"newTag: \S+", f"newTag: {release}".encode(), before)
    repository.push([RefUpdate("main", parent, FileEdits((FileEdit(path, before, after),)), f"Promote {release}")])


def eventually(condition: Callable[[], bool]) -> None:
    give_up = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < give_up, "it never happened"
        time.sleep(0.02)


def version(cluster_url: str, environment: str = "dev") -> object:
    return httpx.get(f"{cluster_url}/{environment}/web-app/version", trust_env=False).json().get("version")


def verify(cluster: Cluster, repository: Repository, environment: str, release: str) -> Verdict:
    repository.sync()
    config = config_for(cluster.url)
    checks = [check for check in config.environment(environment).verify if isinstance(check, Check)]
    target = Target(config.place("web-app", environment), release, repository.head(), datetime.now(UTC))
    means = facilities(objects=KubernetesObjects(), history=RepositoryHistory(repository))
    return asyncio.run(watch(checks, target, means))


@pytest.fixture
def sample(tmp_path: Path) -> Path:
    return create_sample(tmp_path, NOWHERE)


@pytest.fixture
def repository(sample: Path, tmp_path: Path) -> Repository:
    return Repository.open(str(sample), GitSettings(cache_dir=tmp_path / "cache"))


@pytest.fixture
def cluster(sample: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Cluster]:
    broken = Behaviour("v1.4.0", "staging", broken=True)
    with Cluster(GitSource(str(sample), tmp_path / "cluster-cache"), [broken], **QUICK) as running:
        monkeypatch.setenv("KUBECONFIG", str(running.api.kubeconfig(tmp_path / "kubeconfig")))
        monkeypatch.setenv("NO_PROXY", "127.0.0.1")
        eventually(lambda: version(running.url, "production") == "v1.2.0")
        yield running


def test_its_promontory_yaml_is_valid_and_asks_the_given_cluster() -> None:
    config = config_for("http://127.0.0.1:8900/")

    assert list(config.environments) == ["dev", "staging", "production"]
    for environment in config.environments.values():
        argocd, http = environment.verify
        assert argocd.application == "{application}-{environment}"  # type: ignore[attr-defined]
        assert http.url == "http://127.0.0.1:8900/{environment}/{application}/version"  # type: ignore[attr-defined]
    assert config.environments["production"].approval is not None


def test_all_environments_run_the_first_release(repository: Repository) -> None:
    repository.sync()
    files = repository.files(repository.head())
    strategies = config_for(NOWHERE).application("web-app").strategies

    releases = {name: strategy.current(files) for name, strategy in strategies.items()}  # type: ignore[attr-defined]

    assert releases == {"dev": "v1.2.0", "staging": "v1.2.0", "production": "v1.2.0"}


def test_the_cluster_follows_it(cluster: Cluster, repository: Repository) -> None:
    release_into(repository, "prod", "v1.3.0")

    eventually(lambda: version(cluster.url, "production") == "v1.3.0")

    assert version(cluster.url, "staging") == "v1.2.0"


def applied(cluster: Cluster, environment: str) -> dict[str, Any]:
    found: dict[str, Any] = cluster.api.get(Ref(APPLICATION, "argocd", f"web-app-{environment}"))
    return found


def test_its_argo_cd_applies_the_directories_of_the_repository(cluster: Cluster, repository: Repository) -> None:
    release_into(repository, "prod", "v1.3.0")
    repository.sync()
    commit = repository.head()

    eventually(lambda: version(cluster.url, "production") == "v1.3.0")
    document = applied(cluster, "production")

    assert document["spec"]["source"] == {
        "repoURL": repository.url,
        "path": "apps/web-app/overlays/prod",
        "targetRevision": "main",
    }
    assert document["status"]["summary"]["images"] == ["ghcr.io/acme/web-app:v1.3.0"]
    assert document["status"]["operationState"]["syncResult"]["revision"] == commit
    eventually(lambda: applied(cluster, "staging")["status"]["sync"].get("revision") == commit)
    assert applied(cluster, "staging")["status"]["operationState"]["syncResult"]["revision"] != commit


def test_a_commit_before_the_newest_one_can_be_read(sample: Path, tmp_path: Path, repository: Repository) -> None:
    source = GitSource(str(sample), tmp_path / "cluster-cache", known_as="https://git.acme.example/gitops.git")
    first = source()
    release_into(repository, "dev", "v1.3.0")

    assert source().releases[("dev", "web-app")] == "v1.3.0"
    assert source(first.commit) == first
    assert first.origin(("dev", "web-app")).repository == "https://git.acme.example/gitops.git"


def test_its_checks_prove_a_release_that_arrives(cluster: Cluster, repository: Repository) -> None:
    release_into(repository, "dev", "v1.3.0")

    verdict = verify(cluster, repository, "dev", "v1.3.0")

    argocd, http = verdict.checks
    assert (verdict.healthy, argocd.proven, http.proven) == (True, True, True)
    assert argocd.evidence["revisions"] == [repository.head()]
    assert http.reason.endswith(", version v1.3.0, 2 times in a row")


def test_its_checks_see_a_release_that_is_broken(cluster: Cluster, repository: Repository) -> None:
    release_into(repository, "staging", "v1.4.0")

    verdict = verify(cluster, repository, "staging", "v1.4.0")

    argocd, http = verdict.checks
    assert (verdict.health, argocd.health) == (Health.UNHEALTHY, Health.UNHEALTHY)
    assert "Deployment web-app-staging/web-app: Degraded" in argocd.reason
    assert http.reason.endswith("answers 500, not 200 (version v1.4.0)")


def test_the_cluster_keeps_what_runs_when_the_configuration_breaks(cluster: Cluster, repository: Repository) -> None:
    repository.sync()
    parent = repository.head()
    before = repository.files(parent).read("promontory.yaml")
    edits = FileEdits((FileEdit("promontory.yaml", before, b"applications: ["),))
    repository.push([RefUpdate("main", parent, edits, "Break it")])
    time.sleep(0.5)

    assert version(cluster.url) == "v1.2.0"


def test_its_own_tests_pass_and_fail_for_good_reasons(cluster: Cluster, tmp_path: Path) -> None:
    working_tree = tmp_path / "tree"
    for path, content in sample_files(cluster.url).items():
        (working_tree / path).parent.mkdir(parents=True, exist_ok=True)
        (working_tree / path).write_bytes(content)
    config = config_for(cluster.url)

    def run(environment: str, release: str) -> list[tuple[bool, str]]:
        suites = [suite for suite in config.environment(environment).test if isinstance(suite, Suite)]
        target = Target(config.place("web-app", environment), release)
        results = asyncio.run(run_all(suites, target, "0123456789ab", around_suites(code=FilesIn(working_tree))))
        return [(result.passed, result.output) for result in results]

    url = f"{cluster.url}/dev/web-app/version"
    assert run("dev", "v1.2.0") == [(True, "ok: the manifests of web-app are fit for v1.2.0\n")]
    assert run("staging", "v1.2.0") == [(True, f"ok: {url} answers v1.2.0\n")]
    assert run("staging", "v1.3.0") == [(False, f"FAILED {url} answers v1.2.0, not v1.3.0\n")]
    (working_tree / "apps/web-app/base/deployment.yaml").write_text("apiVersion: apps/v1\nkind: Deployment\n")
    assert run("dev", "v1.2.0") == [(False, "FAILED deployment.yaml: the image is not ghcr.io/acme/web-app\n")]


def test_the_cluster_is_a_process_of_its_own_when_asked(
    sample: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kubeconfig = tmp_path / "kubeconfig"
    arguments = ["--repository", str(sample), "--delay", "50ms", "--broken", "v1.2.0@staging"]
    arguments += ["--kubeconfig", str(kubeconfig)]
    command = [sys.executable, "-m", "promontory.sandbox", *arguments]
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    environment = {**os.environ, "TMPDIR": str(scratch)}
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=environment
    ) as process:
        try:
            assert process.stdout is not None
            url = process.stdout.readline().strip()
            eventually(lambda: version(url) == "v1.2.0")
            status = httpx.get(f"{url}/staging/web-app/healthz", trust_env=False).status_code
            monkeypatch.setenv("KUBECONFIG", str(kubeconfig))
            monkeypatch.setenv("NO_PROXY", "127.0.0.1")
            document = asyncio.run(KubernetesObjects().get(Ref(APPLICATION, "argocd", "web-app-dev")))
        finally:
            process.terminate()

    assert (status, process.returncode) == (500, 0)
    assert document["spec"]["source"]["repoURL"] == str(sample)
    assert list(scratch.iterdir()) == []


def test_the_process_refuses_what_it_does_not_understand() -> None:
    command = [sys.executable, "-m", "promontory.sandbox", "--repository", "x", "--slow", "v1.5.0@dev"]
    outcome = subprocess.run(command, capture_output=True, text=True, check=False)

    assert outcome.returncode == 2
    assert "write v1.5.0@dev=3s" in outcome.stderr
