"""Look again at all signatures of the ledger, and at what was pushed on their word, from Git alone.

Each answer is judged by the signers of the commit that it names, and what was pushed under a rule that wants signatures
by that rule: as `promontory.yaml` had it at the commit that the push's own entry names, or that it was pushed onto.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from promontory.approvals import in_force, judge, request_for, rule_of
from promontory.config import Config
from promontory.entry import Entry
from promontory.errors import PromontoryError
from promontory.model import Place
from promontory.people import People
from promontory.promotion.location import CONFIG_FILE, read_config_at
from promontory.promotion.proving import Key, Prover, key_of
from promontory.promotion.signers import SignersFiles
from promontory.promotion.workspace import Workspace


@dataclass(frozen=True)
class Finding:
    """What is wrong with one entry; not ``certain`` where only something is missing here to say."""

    entry: Entry
    problem: str
    certain: bool = True


@dataclass(frozen=True)
class _Judged:
    """Answers whose faults are known already."""

    faults: dict[Key, str]

    def fault(self, entry: Entry) -> str:
        return self.faults.get(key_of(entry), "nobody looked at it")


@dataclass
class _Looking:
    workspace: Workspace
    # By the file's object id: it is the same at most commits.
    configs: dict[str | None, Config | None] = field(default_factory=dict)

    @cached_property
    def been(self) -> frozenset[str]:
        repository = self.workspace.repository
        return repository.been_at(repository.head())

    def promotion(self, entries: Sequence[Entry]) -> Iterator[Finding]:
        """``entries`` are one promotion's in one place."""
        for entry in entries:
            try:
                problem = self._answer(entry, entries) if entry.signature else self._push(entry, entries)
            except PromontoryError as error:
                yield Finding(entry, f"it cannot be looked at here: {error.message}", certain=False)
                continue
            if problem:
                yield Finding(entry, problem)

    def _answer(self, entry: Entry, entries: Sequence[Entry]) -> str:
        before = entries[: entries.index(entry) + 1]
        commit = entry.signature.signers if entry.signature else None
        return self._prover(commit, None).faults(before).get(key_of(entry), "")

    def _push(self, entry: Entry, entries: Sequence[Entry]) -> str:
        commit = _ruled_by(entry, self.workspace.repository.branch)
        if commit is None or self.workspace.config.signers is None:
            return ""
        if commit not in self.been:
            branch = self.workspace.repository.branch
            return f"the commit of its configuration, {commit[:12]!r}, has never been on {branch}"
        config = self._config(commit)
        rule = rule_of(config, entry.environment) if config else None
        before = entries[: entries.index(entry)]
        if rule is None or not rule.signed:
            return ""
        proofs = _Judged(self._prover(commit, commit).faults(before))
        asked = in_force(rule, request_for(before, entry.digest or ""))
        state = judge(asked, before, entry.digest or "", entry.at, proofs)
        return (
            "" if state.status == "granted" else f"it was pushed without the signed approvals it wanted: {state.reason}"
        )

    def _prover(self, commit: str | None, present: str | None) -> Prover:
        """By the configuration of ``commit``; by today's where that one cannot be read, or named no signers yet."""
        then = self._config(commit) if commit else None
        config = then if then and then.signers else self.workspace.config
        files = SignersFiles(self.workspace.repository, config.signers)
        return Prover(files, People(config.people), present, self.been.__contains__, sure=True)

    def _config(self, commit: str) -> Config | None:
        if commit not in self.been:  # the ledger names it, and may name anything at all
            return None
        file = self.workspace.repository.tree_id(commit, CONFIG_FILE)
        if file not in self.configs:
            self.configs[file] = _read(self.workspace, commit)
        return self.configs[file]


def _ruled_by(entry: Entry, branch: str) -> str | None:
    """The commit whose configuration a push was subject to, where there is one.

    A run that read it from a file of its own was subject to the one that it found where it pushed to.
    """
    if entry.kind != "pushed":
        return None
    found = entry.pushed.before if entry.pushed and entry.pushed.ref == branch else None
    return entry.config or found


def _read(workspace: Workspace, commit: str) -> Config | None:
    try:
        return read_config_at(workspace.repository, commit)
    except PromontoryError:  # there was none, or one of another version
        return None


def reverify(workspace: Workspace, entries: Sequence[Entry]) -> tuple[Finding, ...]:
    """What is wrong with the signatures among ``entries``, and with the pushes that wanted some; in their order.

    ``entries`` are whole promotions, in the order of events. Nothing is raised, nor fetched that the mirror has.
    """
    promotions: dict[tuple[Place, str], list[Entry]] = {}
    for entry in entries:
        promotions.setdefault((entry.place, entry.promotion), []).append(entry)
    looking = _Looking(workspace)
    return tuple(finding for some in promotions.values() for finding in looking.promotion(some))
