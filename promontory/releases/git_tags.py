"""Releases are the tags of a Git repository."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, field_validator

from promontory.options import Template
from promontory.release import split_release
from promontory.releases.contract import ReleaseSource, TagLister
from promontory.repository_url import RepositoryUrl


class GitTags(ReleaseSource):
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

    def knows(self, release: str, tags: TagLister) -> bool:
        tag, _ = split_release(release)
        return bool(tag) and self.pattern.replace("{release}", tag) in tags.remote_tags(self.repository)
