from __future__ import annotations

from collections.abc import Sequence

import pytest
from pydantic import ValidationError

from promontory.releases.git_tags import GitTags


class Tags:
    """A `TagLister` that remembers which repository it was asked for."""

    def __init__(self, *names: str) -> None:
        self.names = names
        self.asked: list[str | None] = []

    def remote_tags(self, url: str | None = None) -> Sequence[str]:
        self.asked.append(url)
        return self.names


def test_a_release_is_known_by_its_tag() -> None:
    tags = Tags("v1.3.0")

    assert GitTags().knows("v1.3.0", tags)
    assert not GitTags().knows("v1.3", tags)
    assert tags.asked == [None, None]


def test_the_tag_follows_the_pattern_in_the_named_repository() -> None:
    source = GitTags(repository="https://git.example/acme/web-app.git", pattern="web-app/{release}")
    tags = Tags("web-app/v1.3.0", "v2.0.0")

    assert source.knows("v1.3.0", tags)
    assert not source.knows("v2.0.0", tags)
    assert tags.asked == ["https://git.example/acme/web-app.git"] * 2


def test_a_pinned_release_is_looked_up_by_its_version_and_a_bare_digest_is_never_a_tag() -> None:
    digest = "sha256:" + "a" * 64

    assert GitTags().knows(f"v1@{digest}", Tags("v1"))
    assert not GitTags().knows(digest, Tags("v1", ""))


@pytest.mark.parametrize("pattern", ["release", "{release}-{environment}", "{version}", ""])
def test_a_pattern_names_the_release_and_nothing_else(pattern: str) -> None:
    with pytest.raises(ValidationError):
        GitTags(pattern=pattern)


def test_a_repository_with_a_password_is_refused_without_repeating_it() -> None:
    with pytest.raises(ValidationError) as refused:
        GitTags(repository="https://bot:s3cret@git.example/a.git")

    assert "s3cret" not in str(refused.value.errors()[0]["msg"])


@pytest.mark.parametrize(
    ("pattern", "tags", "releases"),
    [
        ("{release}", ("v1", "v2.0.0+b.1"), ("v1", "v2.0.0+b.1")),
        ("web-app/{release}", ("web-app/v1", "api/v1", "v1", "web-app/", "web-app/a/v1"), ("v1",)),
        ("{release}-web", ("v1-web", "v1-api", "-web"), ("v1",)),
        ("r/{release}/{release}", ("r/v1/v1", "r/v1/v2", "r/v10/v10"), ("v1", "v10")),
    ],
)
def test_releases_are_the_tags_without_what_the_pattern_adds(
    pattern: str, tags: tuple[str, ...], releases: tuple[str, ...]
) -> None:
    assert GitTags(pattern=pattern).releases(Tags(*tags)) == releases


def test_a_tag_that_cannot_be_a_release_is_none() -> None:
    assert GitTags().releases(Tags("-rf", "v1:2", "v1/2", "v\x1b[31m", "v" * 129, "vé", "v1")) == ("v1",)


@pytest.mark.parametrize("pattern", ["{release}", "app/{release}-x"])
def test_what_is_listed_is_known(pattern: str) -> None:
    source, tags = GitTags(pattern=pattern), Tags("v1", "app/v2-x")

    assert all(source.knows(release, tags) for release in source.releases(tags))
