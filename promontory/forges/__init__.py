"""Clients for the forges: pull requests and commit statuses. A new kind is one small file and one line here."""

from promontory.config import ForgeOptions
from promontory.forges.address import Address, address_of
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
from promontory.forges.opening import FORGES, ForgesAround, open_forge

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
