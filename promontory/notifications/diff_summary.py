"""What plans change, in figures."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from promontory.event import DiffSummary
from promontory.model import Plan

_MOST_PATHS = 5
_HUNK = re.compile(r"@@ -\d+(?:,(\d+))? \+\d+(?:,(\d+))? @@")


def summary_of(plans: Sequence[Plan]) -> DiffSummary:
    """Of all of them together."""
    paths = tuple(dict.fromkeys(path.path for plan in plans for path in plan.paths))
    marks = [mark for plan in plans for mark in _changes(plan.diff)]
    bare = (plan.model_copy(update={"diff": "", "also": ()}) for plan in plans)
    return DiffSummary(
        files=len(paths),
        added=marks.count("+"),
        removed=marks.count("-"),
        paths=paths[:_MOST_PATHS],
        others=tuple(line for plan in bare for line in plan.shown.splitlines())[:_MOST_PATHS],
    )


def _changes(diff: str) -> Iterator[str]:
    """``+`` and ``-``, a line each. How long a hunk is says its head: a line of it may look like anything else."""
    old = new = 0
    for line in diff.splitlines():
        if old > 0 or new > 0:
            mark = line[:1]
            old -= mark not in ("+", "\\")
            new -= mark not in ("-", "\\")
            if mark in ("+", "-"):
                yield mark
        elif hunk := _HUNK.match(line):
            old, new = (1 if count is None else int(count) for count in hunk.groups())
