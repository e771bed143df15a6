"""Commits without a checkout: one ``git fast-import`` writes the blobs, trees and commits of a whole push.

No ref is left behind: every commit is made on a scratch ref that the same stream resets to nothing.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from promontory.errors import RepositoryError
from promontory.model import FileEdits
from promontory.repository.blobs import NEW_FILE, replaced_entry
from promontory.repository.mirror import Mirror
from promontory.repository.settings import Person
from promontory.repository.tree import Trees

_SCRATCH = "refs/promontory/scratch"


@dataclass(frozen=True)
class RefUpdate:
    """One commit on one branch. ``parent`` None: the branch must not exist yet, the commit has no parent.

    ``edits`` may be made of the ids of the commits that are written before this one: a record can name what it
    records, although both are pushed at once.
    """

    branch: str
    parent: str | None
    edits: FileEdits | Callable[[Sequence[str]], FileEdits]
    message: str


def write_commits(mirror: Mirror, trees: Trees, updates: Sequence[RefUpdate], null_id: str) -> tuple[str, ...]:
    """The ids of the new commits, which no branch names yet. ``null_id``: zeros, as many as an id has digits.

    Updates whose edits wait for the other commits' ids stand last.
    """
    settled = [update for update in updates if isinstance(update.edits, FileEdits)]
    commits = _write(mirror, trees, settled, null_id)
    late = [
        replace(update, edits=update.edits(commits)) for update in updates if not isinstance(update.edits, FileEdits)
    ]
    return commits + _write(mirror, trees, late, null_id)


def _write(mirror: Mirror, trees: Trees, updates: Sequence[RefUpdate], null_id: str) -> tuple[str, ...]:
    if not updates:
        return ()
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
    if not signing:
        return tuple(answers)
    return tuple(_sign(mirror, answer.split()[2], update) for answer, update in zip(answers, updates, strict=True))


def _settled(update: RefUpdate) -> FileEdits:
    return update.edits if isinstance(update.edits, FileEdits) else update.edits(())


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
    stream = commit_stream(_SCRATCH, mark, people, update.message)
    if update.parent:
        stream += f"from {update.parent}\n".encode()
    for edit in _settled(update).edits:
        entry = replaced_entry(trees, update.parent, edit)
        stream += file_stream(edit.path, entry.mode if entry else NEW_FILE, edit.after)
    return stream + b"\n"


def _sign(mirror: Mirror, tree: str, update: RefUpdate) -> str:
    """fast-import cannot sign, commit-tree can."""
    settings = mirror.settings
    author, committer = settings.author, settings.committer
    configuration = [("gpg.format", "openpgp" if settings.signing_format == "gpg" else "ssh")]
    if settings.signing_key:
        configuration.append(("user.signingKey", settings.signing_key))
    command = mirror.command.extended(
        {
            "GIT_AUTHOR_NAME": author.name,
            "GIT_AUTHOR_EMAIL": author.email,
            "GIT_COMMITTER_NAME": committer.name,
            "GIT_COMMITTER_EMAIL": committer.email,
        },
        tuple(configuration),
    )
    parents = ("-p", update.parent) if update.parent else ()
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
