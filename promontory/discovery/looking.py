"""Which repository is meant, what is in it, and the proposal for it: the way of `promontory init`."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from promontory.config import Config, load
from promontory.discovery.composing import compose
from promontory.discovery.findings import Choices, Proposal
from promontory.discovery.proving import Evidence, prove
from promontory.discovery.seen import Seen, see
from promontory.discovery.writing import render
from promontory.errors import RepositoryError, UsageError
from promontory.promotion.location import CONFIG_FILE, git_settings
from promontory.promotion.snapshot import RepositorySnapshot
from promontory.promotion.vocabulary import VOCABULARY
from promontory.repository import Repository, origin_of
from promontory.settings import Settings

_TOGETHER = 500  # files that are fetched at once
_NOTHING = (
    "an overlay, a patch, Helm values or an Application that names an image's tag, in a directory, a file, a branch or "
    "a tag that is called like an environment (dev, staging, production, …)"
)


@dataclass(frozen=True)
class Origin:
    """``top``: the checkout that was named, None for a URL or a bare repository; ``origin``: it has one."""

    url: str
    top: Path | None
    origin: bool = True


def find_origin(settings: Settings, path: str | None) -> Origin:
    """What ``path`` (a checkout, a bare repository, a URL), the settings or the current directory name."""
    if path is None and settings.repository:
        return Origin(settings.repository, None)
    place = Path(path or ".")
    checkout = origin_of(place) if place.is_dir() else None
    if checkout is None:
        if path is None:
            remedy = (
                "run it in a checkout of the GitOps repository, or name one: promontory init PATH or --repository URL"
            )
            raise UsageError(f"{place.absolute()} is not a checkout of a Git repository", remedy)
        return Origin(path, None)
    url, top = checkout
    return Origin(url, top) if url else Origin(str(top), top, origin=False)


@dataclass(frozen=True)
class Look:
    """A repository, looked at: ``where`` says at what, e.g. ``main at 3f2c1ab``."""

    url: str
    where: str
    seen: Seen
    evidence: Evidence
    configured: bool

    def propose(self, choices: Choices | None = None) -> Proposal:
        return compose(self.evidence, choices or Choices(), self.seen.notes)

    def text(self, proposal: Proposal) -> str:
        return render(proposal, self.where)


def look(settings: Settings, url: str) -> Look:
    """Fetch, and look through everything. Raises `UsageError` where nothing names a release."""
    repository = Repository.open(url, git_settings(settings))
    heads = repository.sync()
    head = repository.head()
    branches = sorted(name for name in heads if name != settings.ledger_branch)
    snapshot = RepositorySnapshot.now(repository)
    name = Path(repository.url.rstrip("/")).name.removesuffix(".git")
    seen = see(snapshot, name, branches, repository.branch, lambda paths: _prefetch(repository, head, paths))
    evidence = prove(seen)
    where = f"{repository.branch} at {head[:7]}"
    if not evidence.proven:
        raise _nothing(repository, where, seen, evidence)
    return Look(repository.url, where, seen, evidence, CONFIG_FILE in seen.paths)


def _prefetch(repository: Repository, head: str, paths: Sequence[str]) -> None:
    """Have the files here with few fetches, where the mirror has no contents yet."""
    wanted = set(paths)
    oids = [oid for path, oid in repository.tree(head) if path in wanted]
    with suppress(RepositoryError):  # what is missing then is told when it is read
        for start in range(0, len(oids), _TOGETHER):
            repository.read(oids[start : start + _TOGETHER])


def _nothing(repository: Repository, where: str, seen: Seen, evidence: Evidence) -> UsageError:
    notes = [*seen.notes, *dict.fromkeys(evidence.failures)][:5]
    told = "".join(f"\n  {note}" for note in notes)
    message = (
        f"nothing in {repository.url} ({where}, {counted(len(seen.paths))}) says which release an environment runs"
    )
    return UsageError(message + told, f"looked for {_NOTHING}; where it is elsewhere, see `promontory schema`")


def counted(files: int) -> str:
    return f"{files} file{'' if files == 1 else 's'}"


def checked(text: str, file: str) -> Config:
    """What was written, read as every other command will read it. Raises `ConfigurationError`."""
    return load(text, file=file, vocabulary=VOCABULARY)
