"""A repository whose environments are branches, and the people who commit to them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from promontory.config import load
from promontory.promotion.survey import survey
from promontory.promotion.values import Hop
from promontory.repository import create_bare
from tests.promotion.fakes import VOCABULARY
from tests.promotion.world import Hops, World

PIPELINE = """\
environments:
  dev:
    verify: [{kind: fake}]
  staging:
    after: dev
    verify: [{kind: fake, broken: [v6.6.6]}]
  production:
    after: staging
    verify: [{kind: fake}]
"""
FILES = {
    "apps/web-app/deployment.yaml": "image: acme/web-app:v1.0.0\nport: 80\nprobes: none\nhost: example\n",
    "apps/web-app/replicas.yaml": "replicas: 1\n",
    "apps/api/deployment.yaml": "image: acme/api:v1.0.0\n",
    "README.md": "# GitOps\n",
}
WEB = "apps/web-app/deployment.yaml"
API = "apps/api/deployment.yaml"


@dataclass
class Branches:
    """The world, with a branch an environment that all begin at the same commit; releases are tags of dev."""

    world: World

    @classmethod
    def create(cls, directory: Path, applications: Mapping[str, str], pipeline: str = PIPELINE) -> Branches:
        """``applications``: name → the options of its branch strategy, in YAML's flow style."""
        described = "".join(
            f"  {name}:\n    strategy: {{kind: branch, branch: '{{environment}}'{options}}}\n"
            for name, options in applications.items()
        )
        config = load(f"applications:\n{described}{pipeline}", file="promontory.yaml", vocabulary=VOCABULARY)
        create_bare(directory / "gitops.git", FILES)
        world = World(directory, config)
        for environment in config.environments:
            world.git("branch", environment, "main")
        return cls(world)

    def hops(self, run: str = "run-1") -> Hops:
        return Hops(self.world.workspace(), run)

    def commit(self, branch: str, path: str, old: str, new: str, tag: str = "") -> str:
        """Somebody changes a file of a branch, and may tag it as a release; the commit."""
        before = self.show(branch, path) if old else ""
        after = before.replace(old, new) if old else new
        assert after != before, f"{path} has no {old}"
        commit = self.world.commit({path: after.encode()}, branch)
        if tag:
            self.world.git("tag", tag, commit)
        return commit

    def release(self, version: str) -> str:
        """The next version of web-app on dev, tagged."""
        old = self.show("dev", WEB).split("web-app:")[1].split("\n")[0]
        return self.commit("dev", WEB, f"web-app:{old}", f"web-app:{version}", tag=version)

    def show(self, branch: str, path: str = WEB) -> str:
        return self.world.git("show", f"{branch}:{path}")

    def parents(self, branch: str) -> list[str]:
        return self.world.git("log", "-1", "--format=%P", branch).split()

    def promote(self, release: str, to: str = "staging", application: str = "web-app", run: str = "run-1") -> Hop:
        """Through every environment on the way, by core calls; the last hop."""
        hops = self.hops(run)
        last = None
        for environment in self.world.config.pipeline(application).hops(to):
            waves = survey(hops.workspace, application, release, to, run)
            last = next(hop for wave in waves for hop in wave if hop.environment == environment)
            hops.finish(last)
            hops.workspace.repository.sync()
        assert last
        return last

    def running(self, environment: str, application: str = "web-app") -> str | None:
        return self.world.running(environment, application)
