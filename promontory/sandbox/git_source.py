"""What a GitOps repository wants to run, according to the promontory.yaml at its head."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from promontory.config import Config, load
from promontory.promotion.snapshot import RepositorySnapshot
from promontory.promotion.vocabulary import VOCABULARY
from promontory.repository import GitSettings, Repository
from promontory.sandbox.head import Head, Origin, Place
from promontory.strategies.contract import Strategy

CONFIG_FILE = "promontory.yaml"


class GitSource:
    """Call it for the newest `Head`; it fetches every time, and reads only what is new.

    The cache directory must not be Promontory's own: a cluster would not share it either. ``known_as`` is the address
    by which others know the repository, where that is another one.
    """

    def __init__(self, url: str, cache_dir: Path, branch: str | None = None, *, known_as: str = "") -> None:
        self._repository = Repository.open(url, GitSettings(cache_dir=cache_dir, branch=branch))
        self._known_as = known_as or url
        self._head: Head | None = None

    def __call__(self, commit: str | None = None) -> Head:
        self._repository.sync()
        if commit is not None:
            return self._read(commit)
        newest = self._repository.head()
        if self._head is None or self._head.commit != newest:
            self._head = self._read(newest)
        return self._head

    def _read(self, commit: str) -> Head:
        branch = self._repository.branch
        snapshot = RepositorySnapshot(self._repository, {**self._repository.heads(), branch: commit})
        config = load(snapshot.read(CONFIG_FILE) or b"", file=CONFIG_FILE, vocabulary=VOCABULARY)
        strategies = dict(_strategies(config))
        releases = {place: strategy.current(snapshot) for place, strategy in strategies.items()}
        found = {place: release for place, release in releases.items() if release}
        return Head(commit, found, {place: self._origin(place, strategies[place]) for place in found})

    def _origin(self, place: Place, strategy: Strategy) -> Origin:
        path = strategy.scope[0] if strategy.scope else "."
        image = getattr(strategy, "image", None) or place[1]
        return Origin(self._known_as, path, self._repository.branch, image)


def _strategies(config: Config) -> Iterator[tuple[Place, Strategy]]:
    for name, application in config.applications.items():
        for environment, strategy in application.strategies.items():
            if isinstance(strategy, Strategy):
                yield (environment, name), strategy
