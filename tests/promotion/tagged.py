"""A repository whose environments follow tags, with the Applications that do so: in Git, or in a cluster."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from promontory.config import load
from promontory.entry import Entry
from promontory.promotion.reverting import roll_back
from promontory.promotion.survey import Waves, survey
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
IN_GIT = "tag: '{release}-{environment}', application: 'apps/{application}-{environment}.yaml'"
LIVE = "tag: '{release}-{environment}', live: {application: 'web-app-{environment}'}"
MOVING = "tag: '{application}-{environment}', moving: true"
MANIFEST = """\
# what {environment} runs
kind: Application
spec:
  source:
    repoURL: https://git.acme.example/gitops.git
    targetRevision: v1.0.0-{environment}    # promoted
"""


@dataclass
class Tagged:
    """The world, in which every environment runs v1.0.0 at first; releases are tags of commits of main."""

    world: World

    @classmethod
    def create(
        cls, directory: Path, applications: Mapping[str, str], extra: str = "", pipeline: str = PIPELINE
    ) -> Tagged:
        """``applications``: name → the options of its tag strategy, in YAML's flow style; ``extra`` goes below each."""
        described = "".join(
            f"  {name}:\n    strategy: {{kind: tag, {options}}}\n{extra}" for name, options in applications.items()
        )
        config = load(f"applications:\n{described}{pipeline}", file="promontory.yaml", vocabulary=VOCABULARY)
        manifests = {
            f"apps/{name}-{environment}.yaml": MANIFEST.format(environment=environment)
            for name in applications
            for environment in config.environments
        }
        create_bare(directory / "gitops.git", {"README.md": "# GitOps\n", **manifests})
        tagged = cls(World(directory, config))
        tagged.world.git("tag", "v1.0.0", "main")
        for environment in config.environments:
            tagged.world.git("tag", f"v1.0.0-{environment}", "main")
        return tagged

    def hops(self, run: str = "run-1", cache: str = "cache") -> Hops:
        return Hops(self.world.workspace(cache=cache), run)

    def commit(self, branch: str = "main") -> str:
        """Somebody commits; the commit."""
        before = self.world.git("show", f"{branch}:README.md")
        return self.world.commit({"README.md": f"{before}more\n".encode()}, branch)

    def release(self, version: str) -> str:
        """The next version, on a commit of its own."""
        commit = self.commit()
        self.world.git("tag", version, commit)
        return commit

    def promote(
        self, release: str, *to: str, application: str = "web-app", run: str = "run-1", cache: str = "cache"
    ) -> Hop:
        """Into these environments, one after the other, by core calls; the last hop."""
        hops = self.hops(run, cache)
        last = None
        for environment in to:
            last = hops.promote(release, environment, application)
        assert last
        return last

    def surveyed(self, hops: Hops, releases: Mapping[str, str], to: str) -> Waves:
        (application, release), *others = releases.items()
        hops.workspace.repository.sync()
        return survey(hops.workspace, application, release, to, hops.run, dict(others))

    def roll_back(self, environment: str, to: str | None = None, cache: str = "cache") -> Entry:
        workspace = self.world.workspace(cache=cache)
        place = workspace.config.place("web-app", environment)
        return roll_back(workspace, place, to, "it is slow", "rollback-1")[1]

    def running(self, environment: str, application: str = "web-app") -> str | None:
        return self.world.running(environment, application)

    def named(self, tag: str) -> str:
        """The commit that a tag names."""
        return self.world.git("rev-parse", f"{tag}^{{commit}}").strip()

    def tags(self) -> list[str]:
        return self.world.git("tag", "--list").split()

    def manifest(self, environment: str, application: str = "web-app") -> str:
        return self.world.git("show", f"main:apps/{application}-{environment}.yaml")
