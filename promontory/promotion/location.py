"""Where a run gets its repository and its configuration from, and the workspace that is made of them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import cast

from promontory.change import LiveField
from promontory.clock import Clock, SystemClock
from promontory.clusters import ConfiguredFields, KubernetesClusters
from promontory.config import Config, load
from promontory.errors import UsageError
from promontory.forges import ForgesAround, open_forge
from promontory.ledger import Ledger
from promontory.promotion.vocabulary import VOCABULARY
from promontory.promotion.workspace import Actor, Workspace
from promontory.repository import GitSettings, Person, Repository, origin_of
from promontory.settings import Settings
from promontory.strategies.contract import Strategy

CONFIG_FILE = "promontory.yaml"


@dataclass(frozen=True)
class Source:
    """Where a run gets its repository and configuration; ``config`` is None where it comes from the repository."""

    url: str
    config: Config | None


def find_source(settings: Settings) -> Source:
    """Find the configuration and the repository.

    With ``settings.repository`` the configuration is the one at the head of its branch; else it is the
    promontory.yaml in or above the current directory, and the repository is the one it names, or the ``origin`` of
    the checkout it lies in. ``settings.config`` names a configuration file in either case.
    """
    path, local = _local(settings)
    return Source(settings.repository or _url_of(local, path), local)


def find_config(settings: Settings) -> Config:
    """The configuration alone, found like `find_source`; where it is a file here, nothing is fetched."""
    _, local = _local(settings)
    return local or open_workspace(settings, Actor("nobody")).config


def _local(settings: Settings) -> tuple[Path | None, Config | None]:
    named = Path(settings.config) if settings.config else None
    path = named or (None if settings.repository else _find_config(Path.cwd()))
    return path, _load_file(path) if path else None


def open_workspace(settings: Settings, actor: Actor, clock: Clock | None = None, *, offline: bool = False) -> Workspace:
    """Find the configuration and the repository, and fetch; ``offline``: as of the last time that it was fetched."""
    source = find_source(settings)
    local = source.config
    branch = local.repository.branch if local and local.repository else None
    repository = Repository.open(source.url, git_settings(settings, branch))
    heads = repository.heads() if offline else repository.sync()
    commit = None if local else heads[repository.branch]
    config = local or read_config(repository, repository.branch)
    return Workspace(
        config,
        commit,
        repository,
        Ledger(repository, settings.ledger_branch),
        actor,
        clock or SystemClock(),
        clusters=ConfiguredFields(KubernetesClusters(), live_fields(config)),
        tokens=settings.tokens,
        connect=partial(open_forge, source.url, config.forge, settings),
        forges=ForgesAround(source.url, config.forge, settings),
    )


def live_fields(config: Config) -> tuple[LiveField, ...]:
    """All that a promotion by this configuration may set in clusters."""
    strategies = (
        cast("Strategy", config.strategy(name, environment))
        for name, application in config.applications.items()
        for environment in application.strategies
    )
    return tuple(field for strategy in strategies if (field := strategy.live_field))


def read_config(repository: Repository, branch: str) -> Config:
    return read_config_at(repository, repository.head(branch), branch)


def read_config_at(repository: Repository, commit: str, called: str = "") -> Config:
    """The configuration as it was at a commit, which messages name as ``called``."""
    text = repository.files(commit).read(CONFIG_FILE)
    if text is None:
        remedy = "add one at the root of the repository, or name a file with --config; see `promontory schema`"
        raise UsageError(f"{repository.url} has no {CONFIG_FILE} on {called or commit}", remedy)
    return load(text, file=CONFIG_FILE, vocabulary=VOCABULARY)


def git_settings(settings: Settings, branch: str | None = None) -> GitSettings:
    return GitSettings(
        cache_dir=settings.cache_dir,
        branch=settings.branch or branch,
        ledger_branch=settings.ledger_branch,
        author=Person(settings.author_name, settings.author_email),
        committer=Person(settings.committer_name, settings.committer_email),
        signing_format=settings.signing_format if settings.signing_key else None,
        signing_key=settings.signing_key,
        username=settings.git_username,
        password=settings.git_password,
        ssh_key=settings.ssh_key,
        known_hosts=settings.ssh_known_hosts,
        timeout=settings.git_timeout,
    )


def _load_file(path: Path) -> Config:
    try:
        return load(path.read_bytes(), file=_shown(path), vocabulary=VOCABULARY)
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}", "check --config and PROMONTORY_CONFIG") from None


def _find_config(start: Path) -> Path:
    for directory in (start, *start.parents):
        if (directory / CONFIG_FILE).is_file():
            return directory / CONFIG_FILE
    raise UsageError(
        f"no {CONFIG_FILE} here or above {start}",
        "run it in a checkout of the GitOps repository, or name the repository with --repository URL; "
        "promontory init writes a first one",
    )


def _url_of(config: Config | None, path: Path | None) -> str:
    if config and config.repository and config.repository.url:
        return config.repository.url
    origin = origin_of(path.resolve().parent) if path else None
    if origin is None or origin[0] is None:
        raise UsageError(
            f"{path} does not lie in a checkout that has a remote called origin",
            "name the GitOps repository: `repository: {url: …}` in the file, or --repository URL",
        )
    return origin[0]


def _shown(path: Path) -> str:
    """The path as a user would type it from here."""
    return str(path.relative_to(Path.cwd())) if path.is_relative_to(Path.cwd()) else str(path)
