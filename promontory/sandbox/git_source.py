"""What a GitOps repository wants to run, according to the promontory.yaml at its head."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from promontory.change import Snapshot
from promontory.config import Config, load
from promontory.promotion.snapshot import RepositorySnapshot
from promontory.promotion.vocabulary import VOCABULARY
from promontory.repository import GitSettings, Repository
from promontory.sandbox.cluster import Head
from promontory.strategies.contract import Strategy

CONFIG_FILE = "promontory.yaml"


class GitSource:
    """Call it for the newest `Head`; it fetches every time, and reads only what is new.

    The cache directory must not be Promontory's own: a cluster would not share it either.
    """

    def __init__(self, url: str, cache_dir: Path, branch: str | None = None) -> None:
        self._repository = Repository.open(url, GitSettings(cache_dir=cache_dir, branch=branch))
        self._head: Head | None = None

    def __call__(self) -> Head:
        self._repository.sync()
        commit = self._repository.head()
        if self._head is None or self._head.commit != commit:
            snapshot = RepositorySnapshot.now(self._repository)
            config = load(snapshot.read(CONFIG_FILE) or b"", file=CONFIG_FILE, vocabulary=VOCABULARY)
            self._head = Head(commit, dict(_releases(config, snapshot)))
        return self._head


def _releases(config: Config, snapshot: Snapshot) -> Iterator[tuple[tuple[str, str], str]]:
    for name, application in config.applications.items():
        for environment, strategy in application.strategies.items():
            if isinstance(strategy, Strategy) and (release := strategy.current(snapshot)):
                yield (environment, name), release
