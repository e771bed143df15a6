"""Releases are the tags of a Git repository."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, field_validator

from promontory.options import Template
from promontory.release import is_release, split_release
from promontory.releases.contract import ReleaseTag, TagLister
from promontory.releases.ranked import RankedSource
from promontory.repository_url import RepositoryUrl


class GitTags(RankedSource):
    """A release exists where the Git repository has its tag."""

    kind: Literal["git-tags"] = "git-tags"
    repository: RepositoryUrl | None = Field(
        default=None, description="The repository whose tags are the releases. Left out: the GitOps repository."
    )
    pattern: Template = Field(
        default="{release}", description="What the tag of a release is called, e.g. web-app/{release}."
    )

    @field_validator("pattern")
    @classmethod
    def _only_the_release(cls, pattern: str) -> str:
        if "{release}" not in pattern or "{application}" in pattern or "{environment}" in pattern:
            raise ValueError("write {release} where the release stands in the tag's name, and no other placeholder")
        return pattern

    @property
    def label(self) -> str:
        return f"the tags of {self.repository or 'the GitOps repository'}"

    def tag_of(self, release: str) -> ReleaseTag | None:
        tag, _ = split_release(release)
        return ReleaseTag(self._tag(tag), self.repository) if tag else None

    def knows(self, release: str, surroundings: TagLister) -> bool:
        tag, _ = split_release(release)
        return bool(tag) and self._tag(tag) in surroundings.remote_tags(self.repository)

    def releases(self, surroundings: TagLister) -> tuple[str, ...]:
        """Tags that the pattern does not describe, or whose rest cannot be a release, are none."""
        before, after = self.pattern.split("{release}", 1)[0], self.pattern.rsplit("{release}", 1)[1]
        found = []
        for tag in surroundings.remote_tags(self.repository):
            release = self._release(tag, before, after)
            if self._tag(release) == tag and is_release(release):
                found.append(release)
        return tuple(found)

    def _tag(self, release: str) -> str:
        return self.pattern.replace("{release}", release)

    def _release(self, tag: str, before: str, after: str) -> str:
        """What stands for the first ``{release}``; where the pattern has several, all of them are the same text."""
        count = self.pattern.count("{release}")
        fixed = len(self.pattern) - count * len("{release}")
        length, rest = divmod(len(tag) - fixed, count)
        fits = tag.startswith(before) and tag.endswith(after) and not rest and length > 0
        return tag[len(before) : len(before) + length] if fits else ""
