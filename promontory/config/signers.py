"""Whose signatures count, and of which repository."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import AfterValidator, Field, model_validator

from promontory.config.section import Section, Text
from promontory.repository_url import RepositoryUrl, repository_name


def _check_path(path: str) -> str:
    parts = path.split("/")
    if not path.isprintable() or any(part in ("", ".", "..") for part in parts):
        raise ValueError(f"{path!r} is no file of the repository: write its path from the repository's root")
    return path


def _check_addresses(addresses: tuple[str, ...]) -> tuple[str, ...]:
    names = [repository_name(address) for address in addresses]
    if len(set(names)) < len(names):
        raise ValueError("two addresses mean the same repository: one of them is enough")
    return addresses


FilePath = Annotated[Text, AfterValidator(_check_path)]


class Signers(Section):
    """The keys that answers are signed with. The files are read at the head of the repository's branch, never anywhere
    else: a change must not bring the key that approves it.
    """

    ssh: FilePath | None = Field(
        default=None, description="The allowed_signers file of ssh-keygen, e.g. .promontory/allowed_signers."
    )
    gpg: FilePath | None = Field(
        default=None, description="The armored public keys of those who sign with GPG, e.g. .promontory/keyring.asc."
    )
    repository: Annotated[tuple[RepositoryUrl, ...], AfterValidator(_check_addresses)] = Field(
        default=(),
        description="The addresses of the repository, where it is reached by several hosts or paths: signatures name "
        "the first of them. Over https or ssh, with or without .git, makes no difference. Left out: the one that it "
        "is reached by.",
    )

    @model_validator(mode="after")
    def _some_file(self) -> Self:
        if self.ssh is None and self.gpg is None:
            raise ValueError("name a file of keys: ssh, gpg, or both")
        return self

    def names(self, url: str) -> tuple[str, ...]:
        """What the repository is called that is reached by ``url``, the name that is signed first; empty for others.

        A copy of the repository, with a copy of this file in it, is reached by an address that is not listed here.
        """
        own = repository_name(url)
        listed = tuple(repository_name(address) for address in self.repository) or (own,)
        return listed if own in listed else ()
