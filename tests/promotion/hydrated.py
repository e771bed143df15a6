"""A repository whose main branch holds what is rendered, and whose environments' branches hold what came of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from promontory.config import load
from promontory.model import Plan
from promontory.promotion.survey import survey
from promontory.promotion.values import Hop
from promontory.repository import create_bare
from tests.promotion.branches import PIPELINE
from tests.promotion.fakes import VOCABULARY
from tests.promotion.world import Hops, World

STRATEGY = (
    "kind: rendered, branch: 'env/{environment}', path: '{application}', "
    "source: 'apps/{application}/{environment}', render: kustomize"
)


def manifest(kind: str, name: str, value: str) -> str:
    return f"kind: {kind}\nmetadata:\n  name: {name}\nspec: {value}\n"


def files(application: str, value: str) -> dict[str, str]:
    """What the program in `tests.rendering.programs.CONCATENATE` renders, for each environment."""
    return {
        f"apps/{application}/{environment}/{kind}.yaml": manifest(kind, application, f"{value}-{environment}")
        for environment in ("dev", "staging", "production")
        for kind in ("Deployment", "Service")
    }


@dataclass
class Hydrated:
    """The world, with a way to change what is rendered and to see what was."""

    world: World

    @classmethod
    def create(cls, directory: Path, applications: Mapping[str, str]) -> Hydrated:
        """``applications``: name → the options of its strategy, in YAML's flow style."""
        described = "".join(f"  {name}:\n    strategy: {{{options}}}\n" for name, options in applications.items())
        config = load(f"applications:\n{described}{PIPELINE}", file="promontory.yaml", vocabulary=VOCABULARY)
        initial = {path: text for name in applications for path, text in files(name, "v0").items()}
        create_bare(directory / "gitops.git", {"README.md": "# GitOps\n", **initial})
        return cls(World(directory, config))

    def hops(self, run: str = "run-1", by: str = "ci") -> Hops:
        return Hops(self.world.workspace(by), run)

    def commit(self, changes: Mapping[str, str | None], branch: str = "main", tag: str = "") -> str:
        """Somebody changes files of a branch (None: deletes them), and may tag it as a release; the commit."""
        contents = {path: None if text is None else text.encode() for path, text in changes.items()}
        commit = self.world.commit(contents, branch)
        if tag:
            self.world.git("tag", tag, commit)
        return commit

    def release(self, version: str, application: str = "web-app") -> str:
        """The next version on main, tagged; every object of it says so."""
        return self.commit(files(application, version), tag=version)

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

    def plan(self, release: str, environment: str = "dev", application: str = "web-app") -> Plan:
        hops = self.hops()
        return hops.plan(hops.hop(release, environment, application))

    def show(self, environment: str, path: str = "web-app/deployment-web-app.yaml") -> str:
        return self.world.git("show", f"env/{environment}:{path}")

    def names(self, environment: str) -> list[str]:
        return self.world.git("ls-tree", "-r", "--name-only", f"env/{environment}").splitlines()

    def running(self, environment: str, application: str = "web-app") -> str | None:
        return self.world.running(environment, application)

    def log(self, environment: str, form: str) -> list[str]:
        return self.world.git("log", f"--format={form}", f"env/{environment}").splitlines()
