"""The audit of the whole record: the ledger's files, the commits that wrote them, and what the branches say of it.

A ledger can be rewritten as a whole by whoever may push its branch. But each promoted commit names the entry that it
was decided on, so that the branches of the environments, which are protected, give that away.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from promontory.change import Value
from promontory.entry import Entry
from promontory.errors import RepositoryError, UsageError
from promontory.ledger import ARCHIVE, HEAD_FILE, Link, Name, path_of
from promontory.ledger.auditing import Finding, Stored, check_chain, entry_name, find_expected, stored
from promontory.ledger.untold import UNTOLD_FILE
from promontory.promotion.reverification import reverify
from promontory.promotion.workspace import LEDGER_HEAD, Workspace
from promontory.repository import Altered

# So many files are read together; in between, whoever waits is told how far it is.
_TOGETHER = 2_000
_PROMOTION = "Promotion-Id"
# What signatures are about; the rest is not kept in memory.
_ANSWERS = frozenset({"requested", "approved", "rejected", "superseded", "bypassed", "pushed", "found"})
_HOW = {"D": "removed", "M": "edited", "T": "made something else of"}

Told = Callable[[int, int], None]


class Audit(Value):
    """``head`` is ``57:sha256:…``, None without a chain; ``findings`` are those that are certain first."""

    entries: int
    head: str | None
    findings: tuple[Finding, ...]

    @property
    def sound(self) -> bool:
        return not any(finding.certain for finding in self.findings)


@dataclass
class _Contents:
    """What was read of the ledger."""

    files: list[Stored] = field(default_factory=list)
    strays: list[str] = field(default_factory=list)
    archived: frozenset[str] = frozenset()
    answers: list[Entry] = field(default_factory=list)
    pushes: list[tuple[Stored, Entry]] = field(default_factory=list)
    proposed: set[str] = field(default_factory=set)


def audit(workspace: Workspace, expected: str = "", *, offline: bool = False, told: Told | None = None) -> Audit:
    """Verify the whole record, as of the last sync. ``told``: how many files of how many are read.

    Raises `UsageError` where there is no ledger, `RepositoryError` where what is to be read is not here, ``offline``.
    """
    head = workspace.ledger_head()
    if head is None:
        raise UsageError(
            f"there is no ledger: no branch {workspace.ledger.branch}",
            "it begins with the first promotion; is another one meant by PROMONTORY_LEDGER_BRANCH?",
        )
    contents = _read(workspace, head, offline=offline, told=told or _nobody)
    link = workspace.ledger.chain_head(head)
    findings = [
        *check_chain(contents.files, link, _anchored(workspace, head, contents.files)),
        *_strays(contents),
        *_altered(workspace, head, contents.archived),
        *_anchors(workspace, contents),
        *_signed(workspace, contents),
        *_cut_off(workspace, head),
    ]
    if expected and (missing := find_expected(contents.files, expected)):
        findings.append(missing)
    findings.sort(key=lambda finding: not finding.certain)
    return Audit(entries=len(contents.files), head=link.named if link else None, findings=tuple(findings))


def _cut_off(workspace: Workspace, head: str) -> Iterator[Finding]:
    """Who writes the chain anew from some entry on, and pushes with force, is told by whoever has seen the old one."""
    repository = workspace.repository
    before = repository.audited()
    if before is None or repository.merge_base(before, head) == before:
        repository.note_audited(head)
        return
    told = f"the ledger was at commit {before[:12]} when it was audited here before, and that is no part of it any more"
    yield Finding(commit=before, problem=f"{told}: it was rewritten or cut off since")


def _nobody(_read: int, _all: int) -> None:
    """Nobody waits."""


@dataclass(frozen=True)
class LedgerFiles:
    """The entries' files, and those that are none; ``archived`` are the paths of what the archive holds."""

    names: list[Name]
    strays: list[str]
    archived: frozenset[str]


def ledger_files(workspace: Workspace, head: str) -> LedgerFiles:
    """Everything that the ledger at ``head`` holds."""
    archive = workspace.ledger.archive(head)
    # An archive that is gone is a finding of its own.
    reached = archive is not None and workspace.repository.has_commit(archive)
    archived = workspace.repository.entries(archive) if archive and reached else []
    names, strays = [], []
    for path, entry in [*workspace.repository.entries(head), *archived]:
        name = entry_name(path, entry.oid) if entry.mode in ("100644", "100755") else None
        if name:
            names.append(name)
        elif path not in (HEAD_FILE, ARCHIVE, UNTOLD_FILE):
            strays.append(path)
    return LedgerFiles(names, strays, frozenset(path for path, _ in archived))


def read_entries(
    workspace: Workspace, names: list[Name], told: Told = _nobody
) -> Iterator[tuple[Stored, Entry | None]]:
    """Each file as it is stored, and the entry where there is one in it."""
    workspace.repository.have(name.oid for name in names)
    for start in range(0, len(names), _TOGETHER):
        group = names[start : start + _TOGETHER]
        blobs = workspace.repository.read(name.oid for name in group)
        told(start, len(names))
        yield from (stored(name, blobs[name.oid]) for name in group)
    told(len(names), len(names))


def _read(workspace: Workspace, head: str, *, offline: bool, told: Told) -> _Contents:
    contents = _Contents()
    files = ledger_files(workspace, head)
    names, contents.strays, contents.archived = files.names, files.strays, files.archived
    if offline and (missing := workspace.repository.missing(name.oid for name in names)):
        raise RepositoryError(
            f"{len(missing)} of {len(names)} entries are not in the mirror", "run it once without --offline"
        )
    for each, entry in read_entries(workspace, names, told):
        contents.files.append(each)
        if entry is None:
            continue
        if entry.kind in _ANSWERS or entry.signature:
            contents.answers.append(entry)
        if entry.kind in ("pushed", "reverted"):
            contents.pushes.append((each, entry))
        if entry.kind == "proposed":
            contents.proposed.add(entry.promotion)
    contents.answers.sort(key=lambda entry: entry.at)
    return contents


def _anchored(workspace: Workspace, head: str, files: list[Stored]) -> dict[str, str] | None:
    """The entries of the commit that the chain begins with: none where it begins with nothing; None without a chain."""
    first = min((each for each in files if each.number), key=lambda each: each.number or 0, default=None)
    if first is None:
        return None
    anchor = (first.before or "").removeprefix("commit:")
    if first.number != 1 or not (first.before or "").startswith("commit:"):
        return {}
    repository = workspace.repository
    if not repository.has_commit(anchor) or repository.merge_base(anchor, head) != anchor:
        return {}
    return {path: oid for path, oid in repository.tree(anchor) if entry_name(path, oid)}


def _strays(contents: _Contents) -> Iterator[Finding]:
    for path in contents.strays:
        yield Finding(path=path, problem=f"{path} is no entry, and is ignored: it was added by hand", certain=False)


def _altered(workspace: Workspace, head: str, archived: frozenset[str]) -> Iterator[Finding]:
    """The ledger is only ever added to, and moves to its archive; whoever did something else is named."""
    repository, archive = workspace.repository, workspace.ledger.archive(head)
    changes = [change for change in repository.altered(head, HEAD_FILE) if not _moved(change, archived)]
    if archive and (not repository.has_commit(archive) or repository.merge_base(archive, head) != archive):
        told = f"{ARCHIVE} names commit {archive[:12]}, which the ledger's history does not lead to"
        yield Finding(path=ARCHIVE, commit=archive, problem=f"{told}: it was put there by hand, or its history is gone")
    elif archive:
        changes += repository.altered(archive, HEAD_FILE)
    for change in changes:
        if entry_name(change.path, ""):
            how = _HOW.get(change.how[:1], "altered")
            problem = f"{change.author} {how} {change.path} in commit {change.commit[:12]} of {change.at}"
            yield Finding(path=change.path, commit=change.commit, problem=problem)


def _moved(change: Altered, archived: frozenset[str]) -> bool:
    """That it is the same file still, and not another one of the name, is what the chain proves."""
    return change.how.startswith("D") and change.path in archived


def _anchors(workspace: Workspace, contents: _Contents) -> Iterator[Finding]:
    heads = {name: oid for name, oid in workspace.repository.heads().items() if name != workspace.ledger.branch}
    by_number = {each.number: each for each in contents.files if each.number}
    pushed = {entry.promotion for _, entry in contents.pushes} | contents.proposed
    for each in workspace.repository.trailed(sorted(heads.values()), (_PROMOTION, LEDGER_HEAD)):
        named, promotion = each.trailers.get(LEDGER_HEAD), each.trailers.get(_PROMOTION)
        number, _, digest = (named or "").partition(":")
        known = by_number.get(int(number)) if number.isdecimal() and len(number) < 17 else None
        if named and (known is None or known.hash != digest):
            told = f"commit {each.commit[:12]} was decided on entry {named}"
            yield Finding(
                number=known.number if known else None,
                commit=each.commit,
                problem=f"{told}, which the ledger does not hold: it was rewritten or cut off since",
            )
        if promotion and promotion not in pushed:
            told = f"commit {each.commit[:12]} says that it is the promotion {promotion}"
            yield Finding(commit=each.commit, problem=f"{told}, of which the ledger has no push: its entry was removed")
    yield from _pushes(workspace, contents, heads)


def _pushes(workspace: Workspace, contents: _Contents, heads: dict[str, str]) -> Iterator[Finding]:
    """What was pushed is still in the branch that it was pushed to."""
    anywhere = workspace.repository.reachable(sorted(heads.values()))
    for each, entry in contents.pushes:
        pushed = entry.pushed
        if pushed is None or pushed.ref.startswith("refs/") or pushed.after in anywhere:
            continue
        told = f"{each.named} pushed commit {pushed.after[:12]} to {pushed.ref}"
        if pushed.ref in heads:
            problem = f"{told}, whose history was rewritten since: it is gone"
        else:
            problem = f"{told}, and there is no such branch any more"
        certain = pushed.ref in heads
        yield Finding(number=each.number, path=each.path, commit=pushed.after, problem=problem, certain=certain)


def _signed(workspace: Workspace, contents: _Contents) -> Iterator[Finding]:
    for found in reverify(workspace, contents.answers):
        problem = f"{_called(found.entry)}: {found.problem}"
        yield Finding(number=found.entry.number, path=path_of(found.entry), problem=problem, certain=found.certain)


def _called(entry: Entry) -> str:
    where = f"{entry.kind} {entry.release} for {entry.application} in {entry.environment}"
    return f"entry {entry.number} ({where})" if entry.number else where


def head_of(workspace: Workspace) -> Link:
    """Raises `UsageError` where no chain has begun."""
    link = workspace.ledger.chain_head()
    if link is None:
        raise UsageError("the ledger has no chain yet", "it begins with the next entry that is recorded")
    return link
