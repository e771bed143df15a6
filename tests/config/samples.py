"""A vocabulary and a configuration to test with, and what `load` says of a text."""

from __future__ import annotations

from textwrap import dedent
from typing import Literal

from pydantic import Field

from promontory.checks import CHECKS
from promontory.config import Config, Vocabulary, load
from promontory.errors import ConfigurationError
from promontory.forges import FORGES
from promontory.options import Options
from promontory.releases import RELEASES
from promontory.strategies.paths import RepositoryPath
from promontory.suites import SUITES


class Folder(Options):
    """A strategy's options, without what a strategy does."""

    kind: Literal["directory"]
    path: RepositoryPath = Field(description="Where the environment's files are.")
    image: str | None = Field(default=None, description="The image whose tag is the release.")
    copied: tuple[str, ...] = Field(default=(), alias="copy", description="Files that are copied.")


class Branch(Options):
    """Another strategy's."""

    kind: Literal["branch"]
    branch: str = Field(description="The environment's branch.")


VOCABULARY = Vocabulary(
    strategies={"directory": Folder, "branch": Branch},
    suites={"command": SUITES["command"]},
    checks=CHECKS,
    releases=RELEASES,
    forges=FORGES,
)

# The example of the design, as far as it is built.
EXAMPLE = """\
# promontory.yaml, at the root of the GitOps repository
applications:
  web-app:
    strategy:
      kind: directory
      path: apps/web-app/overlays/{environment}    # holds a kustomization.yaml
      image: ghcr.io/acme/web-app                  # whose newTag or digest is the release
    environments:                                  # only where one differs
      production: {path: apps/web-app/overlays/prod}
    releases: {kind: registry, repository: ghcr.io/acme/web-app}

environments:
  dev:
    test:
      - {kind: command, run: make test}
    verify:
      - {kind: http, url: "https://{application}.dev.acme.example/healthz"}
  staging:
    after: dev
    test:
      - {kind: command, run: "pytest smoke --base-url https://dev.acme.example", timeout: 10m}
    verify:
      - kind: http
        url: https://{application}.staging.acme.example/version
        expect: {status: 200, json: {version: "{release}"}}
        consecutive: 3
        deadline: 5m
  production:
    after: staging
    approval:
      required: 1
      approvers: [alice@acme.example, bob@acme.example]
      expires: 24h
    windows:
      - {kind: allow, schedule: "0 2 * * 1-5", duration: 2h, timezone: Europe/Berlin}
    verify:
      - {kind: http, url: "https://{application}.acme.example/healthz"}
"""

APPLICATIONS = "applications: {web: {strategy: {kind: directory, path: 'envs/{environment}'}}}\n"
ENVIRONMENTS = "environments: {dev: {}}\n"


def read(text: str) -> Config:
    return load(dedent(text), file="promontory.yaml", vocabulary=VOCABULARY)


def problems(text: str | bytes) -> list[str]:
    """What is wrong with the text, a line each; empty where nothing is."""
    try:
        load(dedent(text) if isinstance(text, str) else text, file="promontory.yaml", vocabulary=VOCABULARY)
    except ConfigurationError as error:
        return str(error).splitlines()
    return []
