"""What a process has recorded and not told anybody yet is in the ledger, next to what it recorded.

So it is known to whoever comes next where the process dies in between. Telling of it is `telling`'s job.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from promontory.change import FileEdit
from promontory.entry import Entry
from promontory.ledger import Ledger
from promontory.ledger.untold import UNTOLD_FILE, Untold, read_untold, render_untold
from promontory.notifications.reading import TOLD_KINDS
from promontory.processes.life import name_of_this_process


@dataclass
class Promise:
    """To tell ``routes`` of what is recorded; ``kept`` up to that number of the ledger's entries.

    Made by processes that nobody starts again where they die. Those that somebody does find what they had recorded.
    """

    routes: tuple[str, ...]
    teller: str = field(default_factory=name_of_this_process)
    kept: int = 0
    made: int = 0

    def edits(self, ledger: Ledger, seen: str | None, stored: Sequence[Entry], now: datetime) -> tuple[FileEdit, ...]:
        """What becomes of the file in the commit that records ``stored`` on top of ``seen``."""
        numbers = [entry.number for entry in stored if entry.number and entry.kind in TOLD_KINDS]
        new: tuple[Untold, ...] = ()
        if numbers and self.routes:
            first, self.made = min(numbers), max(numbers)
            new = (Untold(first=first, last=self.made, at=stored[0].at, teller=self.teller, routes=self.routes),)
        return changed(ledger, seen, lambda each: not self.is_kept(each), now, new)

    def is_kept(self, untold: Untold) -> bool:
        return untold.teller == self.teller and untold.last <= self.kept


def changed(
    ledger: Ledger, seen: str | None, stays: Callable[[Untold], bool], now: datetime, new: Iterable[Untold] = ()
) -> tuple[FileEdit, ...]:
    """The file without what does not stay, and with ``new``; no edit where that is what it says already."""
    content = ledger.root_file(UNTOLD_FILE, seen) if seen else None
    known = read_untold(content)
    after = (*(each for each in known if stays(each)), *new)
    return (FileEdit(UNTOLD_FILE, content, render_untold(after, now)),) if after != known else ()
