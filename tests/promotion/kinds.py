"""One small repository for each strategy, with two applications in it, and how a release of theirs comes about."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from promontory.config import load
from promontory.repository import create_bare
from tests.promotion.fakes import VOCABULARY
from tests.promotion.world import World

APPLICATIONS = ("web-app", "api")
ENVIRONMENTS = ("dev", "staging")
PIPELINE = """\
environments:
  dev: {verify: [{kind: fake}]}
  staging: {after: dev, verify: [{kind: fake}]}
"""


@dataclass(frozen=True)
class Kind:
    """``strategy`` in YAML's flow style; ``files`` of one application; ``published`` makes a release of it.

    ``branches``: the environments are branches, which all begin as the first commit.
    """

    strategy: str
    files: Callable[[str], Mapping[str, str]]
    published: Callable[[World, str, str], None] = lambda _world, _application, _release: None
    branches: bool = False

    def world(self, directory: Path) -> World:
        """Both applications run v1.0.0 everywhere."""
        applications = "".join(f"  {name}:\n    strategy: {self.strategy}\n" for name in APPLICATIONS)
        config = load(f"applications:\n{applications}{PIPELINE}", file="promontory.yaml", vocabulary=VOCABULARY)
        contents: dict[str, str] = {"README.md": "# GitOps\n"}
        for name in APPLICATIONS:
            contents |= self.files(name)
        create_bare(directory / "gitops.git", contents)
        world = World(directory, config)
        for environment in ENVIRONMENTS if self.branches else ():
            world.git("branch", environment, "main")
        for name in APPLICATIONS:
            self.published(world, name, "v1.0.0")
        return world


def commit_to(world: World, branch: str, contents: Mapping[str, str]) -> str:
    """Somebody pushes files to a branch; the commit."""
    return world.commit({path: content.encode() for path, content in contents.items()}, branch)


def _overlays(application: str) -> Mapping[str, str]:
    text = f"# ours\nimages:\n- name: acme/{application}\n  newTag: v1.0.0  # moved\n"
    return {f"apps/{application}/{name}/kustomization.yaml": text for name in ENVIRONMENTS}


def _one_values_file(_: str) -> Mapping[str, str]:
    lines = "".join(f"{name}:\n  tag: v1.0.0  # moved\n" for name in APPLICATIONS)
    return {f"envs/{name}.yaml": f"# ours\n{lines}# the end\n" for name in ENVIRONMENTS}


def _marked(application: str) -> Mapping[str, str]:
    marker = f'{{"$imagepolicy": "flux-system:{application}"}}'
    text = f"---\nspec:\n  image: acme/{application}:v1.0.0 # {marker}\n\n# the end\n"
    return {f"clusters/{name}/{application}.yaml": text for name in ENVIRONMENTS}


def _application_set(application: str) -> Mapping[str, str]:
    elements = "".join(f"      - env: {name}\n        tag: v1.0.0  # moved\n" for name in ENVIRONMENTS)
    head = (
        f"kind: ApplicationSet\nmetadata: {{name: {application}}}\nspec:\n  generators:\n  - list:\n      elements:\n"
    )
    return {f"appsets/{application}.yaml": head + elements}


def _found_by_git(application: str) -> Mapping[str, str]:
    generator = f"  - git:\n      files:\n      - path: apps/{application}/*/config.json\n"
    head = f"kind: ApplicationSet\nmetadata: {{name: {application}}}\nspec:\n  generators:\n"
    configs = {f"apps/{application}/{name}/config.json": '{"image": {"tag": "v1.0.0"}}\n' for name in ENVIRONMENTS}
    return {f"appsets/{application}.yaml": head + generator, **configs}


def _manifest(application: str, release: str = "v1.0.0") -> Mapping[str, str]:
    return {f"apps/{application}/deployment.yaml": f"# ours\nimage: acme/{application}:{release}\n"}


def _tagged_on_dev(world: World, application: str, release: str) -> None:
    """Branches: what comes is pushed to dev; a commit holds the release of one application."""
    if release != "v1.0.0":
        commit = commit_to(world, "dev", _manifest(application, release))
        world.git("tag", release_of(application, release), commit)


def _object(application: str, release: str = "v1.0.0") -> Mapping[str, str]:
    text = f"kind: Deployment\nmetadata: {{name: {application}}}\nspec: {release}\n"
    return {f"apps/{application}/deployment.yaml": text}


def _to_be_rendered(world: World, application: str, release: str) -> None:
    """Rendered: what comes is pushed to main, and tagged there."""
    if release != "v1.0.0":
        world.git("tag", release_of(application, release), commit_to(world, "main", _object(application, release)))


def _followed(application: str) -> Mapping[str, str]:
    text = "# ours\nspec:\n  source:\n    targetRevision: {}/v1.0.0-{}  # moved\n"
    return {f"argocd/{application}-{name}.yaml": text.format(application, name) for name in ENVIRONMENTS}


def _tagged_on_main(world: World, application: str, release: str) -> None:
    world.git("tag", f"{application}/{release}", "main")


def release_of(application: str, release: str) -> str:
    """Tags of one repository are names for all applications in it: those of api have a number of their own."""
    return release if application == "web-app" else release.replace("v1.", "v2.")


_DIRECTORY = "{kind: directory, path: 'apps/{application}/{environment}', image: 'acme/{application}'}"
_ONE_FILE = "{kind: directory, path: envs, file: '{environment}.yaml', key: '{application}.tag'}"
_FLUX = "{kind: flux, path: 'clusters/{environment}', policy: 'flux-system:{application}'}"
_SET = "kind: applicationset, file: 'appsets/{application}.yaml'"
_ELEMENT = f"{{{_SET}, match: {{env: '{{environment}}'}}, key: tag}}"
_CONFIG = f"{{{_SET}, match: {{path.basename: '{{environment}}'}}, key: image.tag}}"
_BRANCH = "kind: branch, branch: '{environment}', paths: ['apps/{application}']"
_TAG = (
    "{kind: tag, tag: '{application}/{release}-{environment}', source: '{application}/{release}', "
    "application: 'argocd/{application}-{environment}.yaml'}"
)
_RENDERED = (
    "{kind: rendered, branch: '{environment}', path: 'rendered/{application}', source: 'apps/{application}', "
    "render: kustomize}"
)

KINDS: Mapping[str, Kind] = {
    "directory": Kind(_DIRECTORY, _overlays),
    "directory, one file for all": Kind(_ONE_FILE, _one_values_file),
    "flux": Kind(_FLUX, _marked),
    "applicationset": Kind(_ELEMENT, _application_set),
    "applicationset, files found by git": Kind(_CONFIG, _found_by_git),
    "branch": Kind(f"{{{_BRANCH}}}", _manifest, _tagged_on_dev, branches=True),
    "branch, merge commits": Kind(f"{{{_BRANCH}, merge: commit}}", _manifest, _tagged_on_dev, branches=True),
    "rendered": Kind(_RENDERED, _object, _to_be_rendered, branches=True),
    "tag": Kind(_TAG, _followed, _tagged_on_main),
}
