"""Every test gets a repository of its own, and a `Hops` that promotes in it by core calls."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest
from pytest_httpserver import HTTPServer

from tests.forges.conftest import FAKES
from tests.forges.fake_forge import FakeForge
from tests.forges.fake_github import FakeGitHub
from tests.promotion.forges import AUTO, BY_REQUEST, MakeProposer, Proposer, join
from tests.promotion.kinds import KINDS
from tests.promotion.signed import SignedWorld, pipeline
from tests.promotion.stages import Stage
from tests.promotion.world import Hops, World, create_world
from tests.rendering.programs import CONCATENATE, install, put_first
from tests.signatures.keys import ALICE, BOB, Key

MakeWorld = Callable[..., World]


@pytest.fixture(autouse=True)
def _no_configuration(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    home = tmp_path_factory.mktemp("home")
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")


@pytest.fixture
def make_world(tmp_path: Path) -> Iterator[MakeWorld]:
    made: list[World] = []

    def make(**options: object) -> World:
        made.append(create_world(tmp_path, **options))  # type: ignore[arg-type]
        return made[-1]

    yield make
    for world in made:
        world.close()


@pytest.fixture
def world(make_world: MakeWorld) -> World:
    return make_world()


@pytest.fixture
def hops(world: World) -> Hops:
    return Hops(world.workspace())


@pytest.fixture
def make(make_world: MakeWorld, httpserver: HTTPServer) -> MakeProposer:
    def make(deliver: str = AUTO, kind: type[FakeForge] = FakeGitHub, **options: object) -> Proposer:
        world = make_world(pipeline=BY_REQUEST.format(deliver=deliver), **options)
        return Proposer(world, join(world.origin, kind(httpserver)))

    return make


@pytest.fixture(params=FAKES, ids=lambda fake: fake.kind)
def everywhere(request: pytest.FixtureRequest, make: MakeProposer) -> Proposer:
    return make(kind=request.param)


@pytest.fixture(params=KINDS.values(), ids=KINDS)
def stage(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Stage]:
    """For each strategy one; kustomize is a program that stands in for it."""
    install(tmp_path / "bin", "kustomize", CONCATENATE)
    put_first(monkeypatch, tmp_path / "bin")
    made = Stage(request.param, tmp_path)
    yield made
    made.world.close()


@pytest.fixture
def keys(alice_key: Key, bob_key: Key) -> Mapping[str, Key]:
    return {ALICE: alice_key, BOB: bob_key}


@pytest.fixture
def signed(make_world: MakeWorld, keys: Mapping[str, Key]) -> SignedWorld:
    """Alice and Bob may sign for production."""
    made = SignedWorld(make_world(pipeline=pipeline()), keys)
    made.listed(ALICE, BOB)
    return made
