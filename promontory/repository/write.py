"""Commits without a checkout: one ``git fast-import`` writes the blobs, trees and commits of a whole push.

No ref is left behind: every commit is made on a scratch ref that the same stream resets to nothing.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from promontory.change import EntryEdit, FileEdits
from promontory.errors import RepositoryError
from promontory.repository.blobs import NEW_FILE, check_path, replaced_entry
from promontory.repository.mirror import Mirror
from promontory.repository.settings import Person
from promontory.repository.tags import TagUpdate, write_tag
from promontory.repository.tree import Trees

_SCRATCH = "refs/promontory/scratch"


HEADS = "refs/heads/"


@dataclass(frozen=True)
class Replaced:
    """Where a branch is whose history is replaced; None: it must not exist yet."""

    head: str | None


@dataclass(frozen=True)
class RefUpdate:
    """One commit on one branch. ``parent`` None: the branch must not exist yet, the commit has no parent.

    ``edits`` may be made of the ids that are written before this one, by ref: a record can name what it records,
    although both are pushed at once. ``merges`` are more parents. ``forward_to`` is a commit that is there already:
    the branch is moved to it, and nothing is written. ``replaces``: what the branch is at where that is not the
    parent, because the commit takes the place of all that is there.
    """

    branch: str
    parent: str | None
    edits: FileEdits | Callable[[Written], FileEdits]
    message: str
    merges: tuple[str, ...] = ()
    forward_to: str | None = None
    replaces: Replaced | None = None

    @property
    def ref(self) -> str:
        return branch_ref(self.branch)

    @property
    def before(self) -> str | None:
        return self.replaces.head if self.replaces else self.parent


@dataclass(frozen=True)
class BranchRemoval:
    """A branch that goes away; it must be at ``before``."""

    branch: str
    before: str

    @property
    def ref(self) -> str:
        return branch_ref(self.branch)


def branch_ref(branch: str) -> str:
    return HEADS + branch


Update = RefUpdate | TagUpdate | BranchRemoval
Written = Mapping[str, str]


def write_updates(mirror: Mirror, trees: Trees, updates: Sequence[Update], null_id: str) -> dict[str, str]:
    """Ref → the id it is to have, which no ref names yet; nothing for a branch that goes away.

    ``null_id``: zeros, as many as an id has digits.
    """
    written = {update.ref: write_tag(mirror, update) for update in updates if isinstance(update, TagUpdate)}
    branches = [update for update in updates if isinstance(update, RefUpdate)]
    written |= {update.ref: update.forward_to for update in branches if update.forward_to}
    settled = [update for update in branches if isinstance(update.edits, FileEdits) and not update.forward_to]
    written |= _write(mirror, trees, settled, null_id)
    late = [replace(update, edits=update.edits(written)) for update in branches if callable(update.edits)]
    return written | _write(mirror, trees, late, null_id)


def _write(mirror: Mirror, trees: Trees, updates: Sequence[RefUpdate], null_id: str) -> dict[str, str]:
    if not updates:
        return {}
    stream = bytearray(b"feature done\n")
    signing = mirror.settings.signing_format is not None
    for mark, update in enumerate(updates, 1):
        stream += _commit(update, mark, trees, mirror)
        # `ls` of the root answers with the tree, which is what a signed commit is made of.
        stream += f'ls :{mark} ""\n'.encode() if signing else f"get-mark :{mark}\n".encode()
        stream += f"reset {_SCRATCH}\nfrom {null_id}\n\n".encode()
    outcome = mirror.run(
        "fast-import", "--quiet", "--done", "--force", "--date-format=raw", stdin=bytes(stream + b"done\n")
    )
    answers = outcome.stdout.decode().splitlines()
    if len(answers) != len(updates):
        raise RepositoryError("git fast-import did not say what it wrote")
    commits = zip(answers, updates, strict=True)
    if not signing:
        return {update.ref: answer for answer, update in commits}
    return {update.ref: _sign(mirror, answer.split()[2], update) for answer, update in commits}


def _settled(update: RefUpdate) -> FileEdits:
    return update.edits if isinstance(update.edits, FileEdits) else update.edits({})


def commit_stream(ref: str, mark: int, people: tuple[Person, Person], message: str) -> bytes:
    """The head of a fast-import commit, up to its message."""
    moment = f"{int(time.time())} +0000"
    author, committer = people
    head = f"commit {ref}\nmark :{mark}\nauthor {author} {moment}\ncommitter {committer} {moment}\n".encode()
    return head + data(_text(message))


def file_stream(path: str, mode: str, content: bytes | None) -> bytes:
    """One ``M`` or ``D`` line, with the content inline."""
    name = _quoted(path)
    if content is None:
        return b"D " + name + b"\n"
    return f"M {mode} inline ".encode() + name + b"\n" + data(content)


def data(content: bytes) -> bytes:
    return f"data {len(content)}\n".encode() + content + b"\n"


def _commit(update: RefUpdate, mark: int, trees: Trees, mirror: Mirror) -> bytes:
    people = (mirror.settings.author, mirror.settings.committer)
    stream = bytearray(commit_stream(_SCRATCH, mark, people, update.message))
    if update.parent:
        stream += f"from {update.parent}\n".encode()
    stream += "".join(f"merge {commit}\n" for commit in update.merges).encode()
    edits = _settled(update)
    # What goes away goes first: a file may come where a directory was, and the other way round.
    for entry_edit in sorted(edits.entries, key=lambda edit: edit.after is not None):
        check_path(entry_edit.path)
        stream += _entry_stream(entry_edit)
    for edit in edits.edits:
        entry = replaced_entry(trees, update.parent, edit)
        stream += file_stream(edit.path, entry.mode if entry else NEW_FILE, edit.after)
    return bytes(stream + b"\n")


def _entry_stream(edit: EntryEdit) -> bytes:
    if edit.after is None:
        return b"D " + _quoted(edit.path) + b"\n"
    return f"M {edit.after.mode} {edit.after.oid} ".encode() + _quoted(edit.path) + b"\n"


def _sign(mirror: Mirror, tree: str, update: RefUpdate) -> str:
    """fast-import cannot sign, commit-tree can."""
    command = mirror.command.extended(*mirror.settings.signing())
    parents = [argument for parent in (update.parent, *update.merges) if parent for argument in ("-p", parent)]
    outcome = command.run("commit-tree", "-S", *parents, "-F", "-", tree, stdin=_text(update.message))
    if outcome.status != 0:
        raise RepositoryError(
            f"the commit cannot be signed: {outcome.stderr}", "check PROMONTORY_SIGNING_KEY and that the key is usable"
        )
    return outcome.stdout.decode().strip()


def _text(message: str) -> bytes:
    return (message.replace("\0", "").rstrip("\n") + "\n").encode("utf-8", "replace")


def _quoted(path: str) -> bytes:
    escaped = path.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'.encode("utf-8", "surrogateescape")
