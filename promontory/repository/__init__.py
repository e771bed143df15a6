"""The only door to Git: a mirror that is read and written without a checkout, and pushed by compare-and-swap."""

from promontory.repository.auditing import Altered
from promontory.repository.bare import create_bare
from promontory.repository.checkout import configured, configured_person, origin_of
from promontory.repository.facade import Repository
from promontory.repository.history import LogEntry
from promontory.repository.settings import GitSettings, Person
from promontory.repository.tags import TagUpdate
from promontory.repository.write import BranchRemoval, RefUpdate, Replaced, Update, branch_ref

__all__ = [
    "Altered",
    "BranchRemoval",
    "GitSettings",
    "LogEntry",
    "Person",
    "RefUpdate",
    "Replaced",
    "Repository",
    "TagUpdate",
    "Update",
    "branch_ref",
    "configured",
    "configured_person",
    "create_bare",
    "origin_of",
]
