"""Moves what has been in the ledger's head for long into its archive, so that a push costs the same for ever."""

from __future__ import annotations

import logging
from collections.abc import Sequence

from promontory.entry import Entry
from promontory.errors import LostRace, PromontoryError
from promontory.ledger import Archiving, Ledger
from promontory.repository import RefUpdate, Repository

logger = logging.getLogger(__name__)


def archive_after(repository: Repository, ledger: Ledger, recorded: Sequence[Entry]) -> None:
    """Once in some hundred entries; what was recorded is in the ledger already, so nothing here may fail."""
    try:
        if archiving := ledger.archiving(recorded):
            archive(repository, ledger.branch, archiving)
    except LostRace:
        pass  # somebody recorded something meanwhile, and it is looked at again later
    except PromontoryError as error:
        logger.warning("the ledger goes on, but its older entries could not be archived: %s", error)


def archive(repository: Repository, branch: str, archiving: Archiving) -> None:
    """One push of two commits: the archive with these entries, and on top of both it and the ledger, one without."""
    oids = repository.write_directories([month.together for month in archiving.months])
    paths = dict(zip((month.path for month in archiving.months), oids, strict=True))
    archived = RefUpdate(branch, archiving.archive, archiving.archived(paths), archiving.message)
    commit = repository.write(archived)
    kept = archiving.kept(commit)
    repository.push([RefUpdate(branch, archiving.head, kept, archiving.message, merges=(commit,))])
