"""Whether answers in the ledger are proven: each signature is verified again, at every look.

The ledger is a branch that others may write to. So nothing that an entry says of its signature is believed: that it is
about this request, that the commit whose signers are named was one of the protected branch, that the key is that
person's, and that one key speaks for one person, all of it is asked anew. What is expensive is remembered by
`signatures.verify`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial

from promontory.approvals import request_for
from promontory.entry import Entry, Signature
from promontory.errors import ProgramMissing, StrategyError, UsageError
from promontory.people import People
from promontory.promotion.signers import SignersFiles, gpg_program
from promontory.promotion.workspace import Workspace
from promontory.signatures import Claim, Refusal, difference, read_armor, read_statement, verify

Key = tuple[object, ...]


@dataclass(frozen=True)
class Prover:
    """``present`` is the commit whose signers must know the key, too, besides those at the time of the answer.

    ``has_been``: whether a commit was one of the protected branch. Without a program to verify with nothing is proven;
    ``sure``: that is raised, as `ProgramMissing`, because it says nothing of the signature.
    """

    files: SignersFiles
    people: People
    present: str | None
    has_been: Callable[[str], bool]
    sure: bool = False

    def faults(self, entries: Sequence[Entry]) -> dict[Key, str]:
        """Why each answer among one promotion's ``entries`` is not proven; empty where it is."""
        found: dict[Key, str] = {}
        given: set[tuple[str, str]] = set()
        owners: dict[str, str] = {}
        for number, entry in enumerate(entries):
            if entry.kind not in ("approved", "rejected"):
                continue
            # Of what came before it: clocks differ, so that an answer's time may be earlier than its request's.
            request = request_for(entries[:number], entry.digest or "")
            fault = self._fault(entry, request) or _outdated(request, request_for(entries, entry.digest or ""))
            if not fault and entry.signature:
                fault = self._repeated(entry, entry.signature, given, owners)
            found[key_of(entry)] = fault
        return found

    def _repeated(self, entry: Entry, signature: Signature, given: set[tuple[str, str]], owners: dict[str, str]) -> str:
        """One key's word on one statement counts once, however its signature is written down the second time."""
        person = self.people.person(entry.by)
        owner = owners.setdefault(signature.key, person)
        if owner != person:
            return f"the key of {entry.by} has signed as {owner} already; one key is one person"
        word = (signature.key, signature.statement)
        if word in given:
            return f"the signature of {entry.by} was recorded before; it counts once"
        given.add(word)
        return ""

    def _fault(self, entry: Entry, request: Entry | None) -> str:
        signature = entry.signature
        if signature is None:
            told = f"only a signature counts, and {entry.by} gave none"
            return f"{told}: promontory approve {entry.promotion} --sign"
        try:
            why = self._misplaced(entry, signature, request) or self._unproven(entry, signature)
        except (UsageError, StrategyError) as error:
            if self.sure and isinstance(error, ProgramMissing):
                raise
            why = error.message
        return f"the signature of {entry.by} does not count: {why}" if why else ""

    def _misplaced(self, entry: Entry, signature: Signature, request: Entry | None) -> str:
        """Whether it is a signature of this answer to this request."""
        statement = read_statement(signature.statement)
        if request is None:
            return "nobody had asked for it"
        if request.repository not in self.files.names():
            return f"it was asked for in another repository ({request.repository})"
        if statement is None:
            return "what was signed is no statement that is known here"
        if statement.decision != entry.kind:
            return f"it is for another decision ({statement.decision})"
        return difference(statement, request)

    def _unproven(self, entry: Entry, signature: Signature) -> str:
        """Whether the key was that person's by the files of signers, then and now."""
        if self.people.person(signature.principal) != self.people.person(entry.by):
            return f"it was made by {signature.principal}"
        if not self.has_been(signature.signers):
            branch = self.files.repository.branch
            return f"the commit of its signers, {signature.signers[:12]!r}, has never been on {branch}"
        commits = dict.fromkeys((signature.signers, self.present or signature.signers))
        return next((why for commit in commits if (why := self._refused(entry, signature, commit))), "")

    def _refused(self, entry: Entry, signature: Signature, commit: str) -> str:
        armored = read_armor(signature.text)
        keys = self.files.keys(commit, armored.format)
        names = (signature.principal,)
        program = gpg_program(armored.format)
        found = verify(Claim(signature.statement, armored, names, entry.at, keys.content, keys.file, program))
        if isinstance(found, Refusal):
            return found.message
        return "" if found.key == signature.key else f"it was made with another key ({found.key})"


def _outdated(answered: Entry | None, latest: Entry | None) -> str:
    """Who approved as one of several has not approved alone, for an emergency; and the other way round."""
    if answered and latest and answered.break_glass != latest.break_glass:
        return f"the answer was to another request, {_glass(answered)}; the one that waits is {_glass(latest)}"
    return ""


def _glass(request: Entry) -> str:
    return "to break the glass" if request.break_glass else "with the glass unbroken"


@dataclass(frozen=True)
class LedgerProofs:
    """Of the ledger as of the last sync, and of an answer that is about to be recorded."""

    workspace: Workspace
    prover: Prover
    _found: dict[Key, dict[Key, str]] = field(default_factory=dict)

    def fault(self, entry: Entry) -> str:
        key, promotion = key_of(entry), (entry.place, entry.promotion)
        known = self._found.get(promotion)
        if known is None or key not in known:
            recorded = self.workspace.record(entry.place).of(entry.promotion)
            there = any(key_of(each) == key for each in recorded)
            known = self._found[promotion] = self.prover.faults(recorded if there else (*recorded, entry))
        return known[key]


def proofs_in(workspace: Workspace) -> LedgerProofs:
    """By the signers at the head of the protected branch: whoever is taken out of that file has not approved."""
    repository, config = workspace.repository, workspace.config
    head = repository.head()
    files = SignersFiles(repository, config.signers)
    return LedgerProofs(workspace, Prover(files, People(config.people), head, partial(repository.has_been_at, head)))


def key_of(entry: Entry) -> Key:
    """All that it says: of two that differ in anything, one proves nothing of the other."""
    return (entry.place, entry.promotion, entry.model_dump_json())
