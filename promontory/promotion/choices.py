"""The names that forms offer in drop-downs, from what is at hand: never from the network, never an error.

Forms are made when a flow is imported, on a worker as well as where it is deployed; a repository that cannot be
reached just then must not keep anything from being imported. Without choices a form takes any text, and the flow
itself says which names there are.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from promontory.config import Config, load
from promontory.errors import PromontoryError
from promontory.promotion.location import CONFIG_FILE, git_settings, open_workspace, read_config
from promontory.promotion.vocabulary import VOCABULARY
from promontory.promotion.waiting import Waiting, waiting
from promontory.promotion.workspace import Actor
from promontory.repository import Repository
from promontory.settings import Settings, read_settings


@dataclass(frozen=True)
class Choices:
    applications: tuple[str, ...] = ()
    environments: tuple[str, ...] = ()
    routes: tuple[str, ...] = ()


def choices_offline() -> Choices:
    """From the configuration file, or from the repository as of the last time it was fetched."""
    with suppress(PromontoryError, OSError):
        config = _config_at_hand(read_settings())
        routes = tuple(route.name for route in config.notifications)
        return Choices(tuple(config.applications), config.pipeline().hops(), routes)
    return Choices()


def requests_offline() -> tuple[Waiting, ...]:
    """The approvals that were waited for when the repository was fetched last."""
    with suppress(PromontoryError, OSError):
        found = waiting(open_workspace(read_settings(), Actor("nobody"), offline=True))
        return tuple(request for request in found if request.required)
    return ()


def _config_at_hand(settings: Settings) -> Config:
    if settings.repository and not settings.config:
        repository = Repository.open(settings.repository, git_settings(settings))
        return read_config(repository, repository.branch)
    path = Path(settings.config or CONFIG_FILE)
    return load(path.read_bytes(), file=path.name, vocabulary=VOCABULARY)
