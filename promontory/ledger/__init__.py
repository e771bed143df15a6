"""The ledger: the append-only record of every plan, approval, push, verdict, revert and hold, in Git.

It is an orphan branch of small immutable JSON files, one an entry, each of which carries the hash of the one before
(`chain`). Most of them lie in a commit of their own (`archive`). The files' names (`names`) sort in the order of events
and answer most questions unread. An entry that describes a change is pushed in the same atomic push as the change; this
room only says what to write and reads it back, the repository does both.
"""

from promontory.ledger.archive import ARCHIVE, Archiving
from promontory.ledger.chain import HEAD_FILE, Appended, Link
from promontory.ledger.ledger import Ledger, LedgerStore, message_of
from promontory.ledger.names import EVERYTHING, Name, Wanted, moment_of, path_of

__all__ = [
    "ARCHIVE",
    "EVERYTHING",
    "HEAD_FILE",
    "Appended",
    "Archiving",
    "Ledger",
    "LedgerStore",
    "Link",
    "Name",
    "Wanted",
    "message_of",
    "moment_of",
    "path_of",
]
