"""The only door to Git: a mirror that is read and written without a checkout, and pushed by compare-and-swap."""

from promontory.repository.bare import create_bare
from promontory.repository.facade import Repository
from promontory.repository.settings import GitSettings, Person
from promontory.repository.write import RefUpdate

__all__ = ["GitSettings", "Person", "RefUpdate", "Repository", "create_bare"]
