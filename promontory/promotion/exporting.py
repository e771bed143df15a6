"""The whole ledger as JSON Lines, for auditors and their programs: what lies where, its hash, and what it says."""

from __future__ import annotations

import json
from collections.abc import Iterator

from promontory.promotion.auditing import ledger_files, read_entries
from promontory.promotion.workspace import Workspace


def exported(workspace: Workspace) -> Iterator[str]:
    """One line an entry, in the order of the chain, those from before it first; what cannot be read says why."""
    head = workspace.ledger_head()
    if head is None:
        return
    found: list[tuple[int, str, str]] = []
    for each, entry in read_entries(workspace, ledger_files(workspace, head).names):
        content = entry.model_dump(mode="json", exclude_none=True) if entry else None
        document = {"path": each.path, "hash": each.hash, "entry": content}
        line = json.dumps(document if entry else {**document, "problem": each.problem})
        found.append((each.number or 0, each.path[each.path.rindex("/") - 7 :], line))
    yield from (line for _, _, line in sorted(found))
