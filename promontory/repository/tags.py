"""The tags of a remote repository, asked for without fetching anything."""

from __future__ import annotations

from promontory.repository.access import command_for, secrets_of
from promontory.repository.failures import read_failure
from promontory.repository.remote import Remote
from promontory.repository.settings import GitSettings

_TAGS = "refs/tags/"


def remote_tags(remote: Remote, settings: GitSettings) -> tuple[str, ...]:
    """Tag names in the order of the server; the commits behind annotated tags are not listed a second time."""
    outcome = command_for(remote, settings).run("ls-remote", "--tags", "--refs", "--", remote.url)
    if outcome.status != 0:
        raise read_failure(outcome.stderr, remote.url, secrets_of(remote, settings))
    lines = outcome.stdout.decode("utf-8", "replace").splitlines()
    return tuple(line.partition("\t")[2].removeprefix(_TAGS) for line in lines)
