"""With a real registry: images that were really pushed are listed, known, and pinned."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from promontory.errors import AuthenticationFailed, UsageError
from tests.releases.real_registry import RealRegistry, serving_registry
from tests.releases.registries import NoTags, numbered

LOGIN = ("bot", "s3cret: with a colon")
MISSING = "docker-registry (and htpasswd, of apache2-utils) is not installed"


@pytest.fixture(autouse=True)
def anonymous(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PROMONTORY_REGISTRY_USERNAME", raising=False)
    monkeypatch.delenv("PROMONTORY_REGISTRY_PASSWORD", raising=False)


@pytest.fixture(scope="module")
def registry(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RealRegistry]:
    with serving_registry(tmp_path_factory.mktemp("registry")) as running:
        if running is None:
            pytest.skip(MISSING)
        yield running


@pytest.fixture(scope="module")
def private(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RealRegistry]:
    with serving_registry(tmp_path_factory.mktemp("private"), LOGIN) as running:
        if running is None:
            pytest.skip(MISSING)
        yield running


def test_what_was_pushed_is_listed_and_the_policy_chooses_of_it(registry: RealRegistry) -> None:
    registry.push("acme/web-app", ["v1.0.0", "v1.4.0", "v2.0.0-rc.1", "latest"])
    source = registry.source("acme/web-app", policy={"semver": ">=1.0"})

    releases = source.releases(NoTags())

    assert sorted(releases) == ["latest", "v1.0.0", "v1.4.0", "v2.0.0-rc.1"]
    assert source.rank(releases).latest == "v1.4.0"
    assert source.knows("v1.4.0", NoTags())
    assert not source.knows("v1.5.0", NoTags())


def test_more_tags_than_a_page_are_listed(registry: RealRegistry) -> None:
    tags = numbered(1200)
    registry.push("acme/many", tags[:1])
    registry.copy_tag("acme/many", tags[0], tags[1:])

    assert sorted(registry.source("acme/many").releases(NoTags())) == tags


def test_a_tag_is_pinned_to_the_digest_of_what_was_pushed(registry: RealRegistry) -> None:
    digest = registry.push("acme/pinned", ["v1.0.0"], "one")
    source = registry.source("acme/pinned", digest=True)

    assert source.pin("v1.0.0") == f"v1.0.0@{digest}"
    assert source.knows(f"v1.0.0@{digest}", NoTags())


def test_a_tag_that_moves_is_pinned_to_something_else(registry: RealRegistry) -> None:
    source = registry.source("acme/moving", digest=True)
    before = registry.push("acme/moving", ["v1"], "before")
    first = source.pin("v1")
    after = registry.push("acme/moving", ["v1"], "after")

    assert (first, source.pin("v1")) == (f"v1@{before}", f"v1@{after}")
    assert before != after
    assert source.knows(first, NoTags()), "what was tested is still there"


def test_an_image_that_nobody_pushed_is_named(registry: RealRegistry) -> None:
    with pytest.raises(UsageError, match="has no image acme/nothing"):
        registry.source("acme/nothing").releases(NoTags())


def test_a_private_registry_lists_for_who_may_see_it(private: RealRegistry, monkeypatch: pytest.MonkeyPatch) -> None:
    digest = private.push("acme/web-app", ["v1.0.0"])
    monkeypatch.setenv("PROMONTORY_REGISTRY_USERNAME", LOGIN[0])
    monkeypatch.setenv("PROMONTORY_REGISTRY_PASSWORD", LOGIN[1])
    source = private.source("acme/web-app", digest=True)

    assert source.releases(NoTags()) == ("v1.0.0",)
    assert source.pin("v1.0.0") == f"v1.0.0@{digest}"


@pytest.mark.parametrize("password", [None, "wrong"])
def test_a_private_registry_lets_nobody_else_in(
    private: RealRegistry, monkeypatch: pytest.MonkeyPatch, password: str | None
) -> None:
    if password:
        monkeypatch.setenv("PROMONTORY_REGISTRY_USERNAME", LOGIN[0])
        monkeypatch.setenv("PROMONTORY_REGISTRY_PASSWORD", password)

    with pytest.raises(AuthenticationFailed, match="does not let us see acme/web-app"):
        private.source("acme/web-app").releases(NoTags())
