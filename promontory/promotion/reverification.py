"""Look again at all signatures of the ledger, and at what was pushed on their word, from Git alone.

Each answer is judged by the signers of the commit that it names, and each push by the promontory.yaml that was in force
then: that of the commit it was pushed onto. What was pushed elsewhere than to that file's own branch is judged by the
commit that its entry names. Today's file has no say in it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import islice

from promontory.approvals import Rule, in_force, judge, request_for
from promontory.config import Config
from promontory.entry import Entry
from promontory.errors import PromontoryError, UsageError
from promontory.model import Place
from promontory.people import People
from promontory.promotion.as_planned import unplanned
from promontory.promotion.location import CONFIG_FILE
from promontory.promotion.past_rules import PastRules, Unreadable
from promontory.promotion.proving import Key, Prover, key_of
from promontory.promotion.signers import SignersFiles
from promontory.promotion.workspace import Workspace

_SHOWN = 5


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


@dataclass(frozen=True)
class _Ruling:
    """The commit whose promontory.yaml a push was subject to; ``guessed`` says what that rests on, where on little."""

    commit: str
    guessed: str = ""


@dataclass
class _Looking:
    workspace: Workspace

    @cached_property
    def rules(self) -> PastRules:
        return PastRules(self.workspace.repository)

    def promotion(self, entries: Sequence[Entry]) -> Iterator[Finding]:
        """``entries`` are one promotion's in one place."""
        for number, entry in enumerate(entries):
            try:
                if entry.signature:
                    yield from self._answer(entry, entries[: number + 1])
                elif entry.kind == "pushed" and self.rules.ever_signed(entry.environment):
                    yield from self._push(entry, entries[:number])
                elif entry.kind == "found" and self.rules.ever_signed(entry.environment):
                    yield from self._found(entry)
            except PromontoryError as error:
                yield Finding(entry, f"it cannot be looked at here: {error.message}", certain=False)

    def _answer(self, entry: Entry, entries: Sequence[Entry]) -> Iterator[Finding]:
        commit = entry.signature.signers if entry.signature else None
        if problem := self._prover(commit, None).faults(entries).get(key_of(entry), ""):
            yield Finding(entry, problem)

    def _push(self, entry: Entry, before: Sequence[Entry]) -> Iterator[Finding]:
        branch, named = self.workspace.repository.branch, entry.config
        if named and not self.rules.knows(named):
            gone = not self.workspace.repository.has_commit(named)
            told = f"the commit of its configuration, {named[:12]!r}, "
            problem = "is not in this repository any more" if gone else f"has never been on {branch}"
            yield Finding(entry, told + problem, certain=not gone)
        found = (self._judged(entry, before, ruling) for ruling in self._rulings(entry))
        yield from islice((finding for finding in found if finding), 1)

    def _found(self, entry: Entry) -> Iterator[Finding]:
        """No promotion brought it, so nobody was asked; it may have been there before anybody was to be."""
        if any(isinstance(self.rules.rule(ruling.commit, entry.environment), Rule) for ruling in self._named(entry)):
            yield Finding(entry, "somebody put it there past the signed approvals that were wanted", certain=False)

    def _rulings(self, entry: Entry) -> Iterator[_Ruling]:
        """What it was pushed onto has the last word, whatever the entry names; elsewhere there is only its word."""
        pushed = entry.pushed
        if pushed and pushed.ref == self.workspace.repository.branch:
            onto = pushed.before if pushed.before and self.rules.knows(pushed.before) else None
            prior = self.rules.before(pushed.after)
            if onto:
                yield _Ruling(onto)
            if prior and prior != onto:
                yield _Ruling(prior, f"the branch was at {prior[:12]} before, and not where the entry says")
            if onto or prior:
                return
        yield from self._named(entry)

    def _named(self, entry: Entry) -> Iterator[_Ruling]:
        named = entry.config
        if named and self.rules.knows(named):
            yield _Ruling(named)
        if then := self.rules.stood_at(entry.at):
            whence = f"it names {named[:12]!r}" if named else "it was pushed with a configuration from elsewhere"
            yield _Ruling(then, f"{CONFIG_FILE} was that of {then[:12]} then, by the dates of commits; {whence}")

    def _judged(self, entry: Entry, before: Sequence[Entry], ruling: _Ruling) -> Finding | None:
        rule = self.rules.rule(ruling.commit, entry.environment)
        if isinstance(rule, Unreadable):
            return Finding(entry, f"whether it wanted signed approvals is not known: {rule.reason}", certain=False)
        if rule is None:
            return None
        proofs = _Judged(self._prover(ruling.commit, ruling.commit).faults(before))
        asked = in_force(rule, request_for(before, entry.digest or ""))
        state = judge(asked, before, entry.digest or "", entry.at, proofs)
        if state.status == "granted":
            return self._otherwise(entry)
        problem = f"it was pushed without the signed approvals it wanted: {state.reason}"
        guessed = f" ({ruling.guessed})" if ruling.guessed else ""
        return Finding(entry, problem + guessed, certain=not guessed)

    def _otherwise(self, entry: Entry) -> Finding | None:
        """What was signed is one plan; whether that is what was pushed, Git says."""
        pushed, repository = entry.pushed, self.workspace.repository
        if pushed is None or not repository.has_commit(pushed.after):
            return None
        before, parents = pushed.before, repository.about(pushed.after).parents
        if before is None or before == pushed.after or repository.merge_base(before, pushed.after) != before:
            before = next(iter(parents), pushed.after)
        others = unplanned(self.workspace, entry, before, pushed.after)
        if others is None:
            told = "whether it pushed what was approved is not known: the ledger does not hold that plan"
            return Finding(entry, told, certain=False)
        told = f"it pushed more than what was approved: {', '.join(others[:_SHOWN])}"
        return Finding(entry, told) if others else None

    def _prover(self, commit: str | None, present: str | None) -> Prover:
        """By the configuration of ``commit``; by today's where that one cannot be read, or named no signers yet."""
        then = self.rules.config(commit) if commit and self.rules.knows(commit) else None
        config = then if isinstance(then, Config) and then.signers else self.workspace.config
        if config.signers is None:
            raise UsageError(f"no {CONFIG_FILE} says any more whose signatures counted")
        files = SignersFiles(self.workspace.repository, config.signers)
        return Prover(files, People(config.people), present, self.rules.knows, sure=True)


def reverify(workspace: Workspace, entries: Sequence[Entry]) -> tuple[Finding, ...]:
    """What is wrong with the signatures among ``entries``, and with the pushes that wanted some; in their order.

    ``entries`` are whole promotions, in the order of events. Nothing is raised, nor fetched that the mirror has.
    """
    promotions: dict[tuple[Place, str], list[Entry]] = {}
    for entry in entries:
        promotions.setdefault((entry.place, entry.promotion), []).append(entry)
    looking = _Looking(workspace)
    return tuple(finding for some in promotions.values() for finding in looking.promotion(some))
