"""Commits without a checkout: one ``git fast-import`` writes the blobs, trees and commits of a whole push.

No ref is left behind: every commit is made on a scratch ref that the same stream resets to nothing.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from promontory.errors import PlanChanged, RepositoryError, UsageError
from promontory.model import FileEdit, FileEdits
from promontory.repository.blobs import blob_id
from promontory.repository.mirror import Mirror
from promontory.repository.settings import Person
from promontory.repository.tree import DIRECTORY, SUBMODULE, SYMLINK, Trees, symlink_refused

_SCRATCH = "refs/promontory/scratch"
_NEW_FILE = "100644"


@dataclass(frozen=True)
class RefUpdate:
    """One commit on one branch. ``parent`` None: the branch must not exist yet, the commit has no parent."""

    branch: str
    parent: str | None
    edits: FileEdits
    message: str


def write_commits(mirror: Mirror, trees: Trees, updates: Sequence[RefUpdate]) -> tuple[str, ...]:
    """The ids of the new commits, which no branch names yet."""
    stream = bytearray(b"feature done\n")
    signing = mirror.settings.signing_format is not None
    for mark, update in enumerate(updates, 1):
        stream += _commit(update, mark, edit_modes(trees, update), mirror)
        # `ls` of the root answers with the tree, which is what a signed commit is made of.
        stream += f'ls :{mark} ""\n'.encode() if signing else f"get-mark :{mark}\n".encode()
        stream += f"reset {_SCRATCH}\nfrom {'0' * _oid_length(updates)}\n\n".encode()
    outcome = mirror.run(
        "fast-import", "--quiet", "--done", "--force", "--date-format=raw", stdin=bytes(stream + b"done\n")
    )
    answers = outcome.stdout.decode().splitlines()
    if len(answers) != len(updates):
        raise RepositoryError("git fast-import did not say what it wrote")
    if not signing:
        return tuple(answers)
    return tuple(_sign(mirror, answer.split()[2], update) for answer, update in zip(answers, updates, strict=True))


def edit_modes(trees: Trees, update: RefUpdate) -> dict[str, str]:
    """The mode of every edited path. Raises `PlanChanged` when the parent does not hold what the edit replaces."""
    modes: dict[str, str] = {}
    for edit in update.edits.edits:
        check_path(edit.path)
        entry = trees.entry(update.parent, edit.path) if update.parent else None
        if entry is not None and entry.mode == SYMLINK:
            raise symlink_refused(edit.path)
        if entry is not None and entry.mode in (DIRECTORY, SUBMODULE):
            raise PlanChanged(f"{edit.path}: is a directory or a submodule, not a file")
        expected = None if edit.before is None else blob_id(edit.before, _sample(update))
        if (entry.oid if entry else None) != expected:
            raise PlanChanged(f"{edit.path}: is no longer what it was when the change was planned", "plan again")
        modes[edit.path] = entry.mode if entry else _NEW_FILE
    return modes


def check_path(path: str) -> None:
    """Raises `UsageError` for what must never become a path in a tree."""
    parts = path.split("/")
    if any(part in ("", ".", "..") or part.lower() == ".git" for part in parts) or "\0" in path:
        raise UsageError(f"{path!r} cannot be a path in a repository")


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


def _commit(update: RefUpdate, mark: int, modes: Mapping[str, str], mirror: Mirror) -> bytes:
    people = (mirror.settings.author, mirror.settings.committer)
    stream = commit_stream(_SCRATCH, mark, people, update.message)
    if update.parent:
        stream += f"from {update.parent}\n".encode()
    return stream + b"".join(_edit(edit, modes[edit.path]) for edit in update.edits.edits) + b"\n"


def _edit(edit: FileEdit, mode: str) -> bytes:
    return file_stream(edit.path, mode, edit.after)


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


def _sample(update: RefUpdate) -> str:
    return update.parent or ""


def _oid_length(updates: Sequence[RefUpdate]) -> int:
    return max((len(update.parent) for update in updates if update.parent), default=40)
