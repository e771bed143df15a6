"""The tags of a remote repository, asked for without fetching anything; and the objects that new tags are."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from promontory.errors import RepositoryError
from promontory.repository.access import command_for, secrets_of
from promontory.repository.command import Command
from promontory.repository.failures import read_failure
from promontory.repository.mirror import Mirror
from promontory.repository.remote import Remote
from promontory.repository.settings import GitSettings

TAGS = "refs/tags/"
_PEELED = "^{}"


@dataclass(frozen=True)
class RemoteTag:
    """``oid`` is what the ref holds: a tag object, or ``commit`` itself where the tag is a lightweight one."""

    oid: str
    commit: str


class RemoteTags(dict[str, RemoteTag]):
    """Name → tag."""

    @cached_property
    def commits(self) -> Mapping[str, str]:
        """Name → the commit that it names: thousands of them are looked through again and again."""
        return {name: tag.commit for name, tag in self.items()}


@dataclass(frozen=True)
class TagUpdate:
    """One annotated tag. ``before`` is what the tag must hold now; None: it must not exist yet."""

    name: str
    before: str | None
    commit: str
    message: str

    @property
    def ref(self) -> str:
        return TAGS + self.name


def remote_tags(remote: Remote, settings: GitSettings) -> tuple[str, ...]:
    """Tag names in the order of the server; the commits behind annotated tags are not listed a second time."""
    return tuple(name for name, _ in _listed(command_for(remote, settings), remote, settings, "--refs"))


def remote_tag(remote: Remote, settings: GitSettings, name: str) -> str | None:
    """The commit behind one tag."""
    found = dict(_listed(command_for(remote, settings), remote, settings))
    return found.get(name + _PEELED) or found.get(name)


def peeled_tags(mirror: Mirror) -> RemoteTags:
    """Every tag of the mirror's repository, with the commit behind it."""
    found = RemoteTags()
    for name, oid in _listed(mirror.command, mirror.remote, mirror.settings):
        tag = name.removesuffix(_PEELED)
        found[tag] = RemoteTag(found[tag].oid, oid) if name != tag and tag in found else RemoteTag(oid, oid)
    return found


def fetch_tag(mirror: Mirror, name: str) -> None:
    """Have what the tag leads to here; a tag may name a commit that no branch leads to."""
    mirror.run("fetch", "--quiet", "--no-tags", "--no-write-fetch-head", "origin", TAGS + name)


def write_tag(mirror: Mirror, update: TagUpdate) -> str:
    """The id of the new tag object, signed where commits are; no ref names it yet."""
    _have(mirror, update.commit)
    settings = mirror.settings
    if settings.signing_format is None:
        moment = f"{int(time.time())} +0000"
        head = f"object {update.commit}\ntype commit\ntag {update.name}\ntagger {settings.committer} {moment}\n\n"
        outcome = mirror.run("mktag", "--no-strict", stdin=(head + update.message).encode("utf-8", "replace"))
        return outcome.stdout.decode().strip()
    return _signed(mirror, update)


def _have(mirror: Mirror, commit: str) -> None:
    """Have the commit here, which perhaps no branch leads to any more; a server gives what is asked for by its id."""
    if mirror.command.run("cat-file", "-e", f"{commit}^{{commit}}").status != 0:
        mirror.run("fetch", "--quiet", "--no-tags", "--no-write-fetch-head", "origin", commit)


def _signed(mirror: Mirror, update: TagUpdate) -> str:
    """`git mktag` cannot sign, `git tag` can; the ref that it insists on is taken away again."""
    command = mirror.command.extended(*mirror.settings.signing())
    arguments = ("tag", "--sign", "--force", "--cleanup=verbatim", "-F", "-", "--", update.name, update.commit)
    outcome = command.run(*arguments, stdin=update.message.encode("utf-8", "replace"))
    oid = ""
    if outcome.status == 0:
        oid = mirror.run("rev-parse", "--verify", update.ref).stdout.decode().strip()
        mirror.run("update-ref", "-d", update.ref)
    # Where it cannot load an ssh key, Git 2.39 makes the tag without a signature and exits with 0.
    if not oid or b"\n-----BEGIN " not in mirror.run("cat-file", "tag", oid).stdout:
        raise RepositoryError(
            f"the tag {update.name} cannot be signed: {outcome.stderr}",
            "check PROMONTORY_SIGNING_KEY and that the key is usable",
        )
    return oid


def _listed(command: Command, remote: Remote, settings: GitSettings, *options: str) -> list[tuple[str, str]]:
    outcome = command.run("ls-remote", "--tags", *options, "--", remote.url)
    if outcome.status != 0:
        raise read_failure(outcome.stderr, remote.url, secrets_of(remote, settings))
    # Names may hold what Python takes for a line break, and Git does not.
    listed = filter(None, outcome.stdout.decode("utf-8", "replace").split("\n"))
    lines = (line.partition("\t") for line in listed)
    return [(ref.removeprefix(TAGS), oid) for oid, _, ref in lines]
