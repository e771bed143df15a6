"""Clients for the forges: pull requests and commit statuses. A new kind is one small file and one line here."""

from promontory.config import ForgeOptions
from promontory.forges.address import Address, address_of
from promontory.forges.client import Client
from promontory.forges.contract import (
    OWN_CONTEXTS,
    Approver,
    ChecksState,
    Forge,
    MergeMethod,
    MergeResult,
    Opened,
    PullRequest,
    StatusState,
)
from promontory.forges.opening import FORGES, ForgesAround
from promontory.forges.token import token_for
from promontory.settings import Settings


def open_forge(repository_url: str, options: ForgeOptions | None, settings: Settings) -> Forge:
    """The repository on its forge; asks nothing of it yet.

    ``options`` is the section ``forge:`` of promontory.yaml. Raises `UsageError` where the forge is not known, and
    `AuthenticationFailed` where there is no token for it.
    """
    address = address_of(repository_url, options)
    kind = FORGES[address.kind]
    return kind(Client(address, kind.dialect, token_for(address, repository_url, settings)))


__all__ = [
    "FORGES",
    "OWN_CONTEXTS",
    "Address",
    "Approver",
    "ChecksState",
    "Forge",
    "ForgeOptions",
    "ForgesAround",
    "MergeMethod",
    "MergeResult",
    "Opened",
    "PullRequest",
    "StatusState",
    "address_of",
    "open_forge",
]
