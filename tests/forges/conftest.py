from __future__ import annotations

from typing import Any

import pytest
from pydantic import SecretStr
from pytest_httpserver import HTTPServer

from forges.fake_forge import TOKEN, FakeForge
from forges.fake_gitea import FakeGitea
from forges.fake_github import FakeGitHub
from forges.fake_gitlab import FakeGitLab
from promontory.config import ForgeOptions
from promontory.forges import Forge, PullRequest, open_forge
from promontory.settings import Settings

HEAD = "promote/web-app"
FAKES: tuple[type[FakeForge], ...] = (FakeGitHub, FakeGitLab, FakeGitea)


def connect(fake: FakeForge, token: str = TOKEN) -> Forge:
    """The client for a fake; the repository's own address is somewhere else, as with ssh."""
    settings = Settings(forge_token=SecretStr(token), forge_host="localhost")
    options = ForgeOptions(kind=fake.kind, url=fake.url, repository=fake.repository)
    return open_forge("git@git.acme.example:acme/gitops.git", options, settings)


def opened(forge: Forge, **more: Any) -> PullRequest:
    return forge.open(HEAD, "main", "Promote web-app", "| release |", **more).request


@pytest.fixture(params=FAKES, ids=lambda fake: fake.kind)
def fake(request: pytest.FixtureRequest, httpserver: HTTPServer) -> FakeForge:
    made: FakeForge = request.param(httpserver)
    made.branch(HEAD)
    return made


@pytest.fixture
def forge(fake: FakeForge) -> Forge:
    return connect(fake)
