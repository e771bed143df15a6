from __future__ import annotations

from collections.abc import Sequence

import pytest
from pydantic import ValidationError

from promontory.releases import GitTags


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
