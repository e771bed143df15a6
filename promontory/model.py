"""The frozen values that travel through a promotion, and the contracts between the families.

Everything here can be written as JSON and read back; nothing here does anything.
"""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from json import dumps

from promontory.change import FieldMove, Moment, TagMove, Value


@dataclass(frozen=True)
class Place:
    """One application in one environment. ``after`` are the environments before this one, in order."""

    application: str
    environment: str
    after: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"{self.application} in {self.environment}"


# --- a plan ----------------------------------------------------------------------------------------


class PathChange(Value):
    """Which object a path moves from and to (Git object ids; None where the file is absent)."""

    path: str
    before: str | None
    after: str | None


class Plan(Value):
    """What would be pushed to ``ref`` (a branch) and to tags, against one base commit.

    ``base`` is None where the branch does not exist yet, ``merges`` the commit that is brought into it, ``renders``
    the one whose manifests are, ``source`` the environment before. ``also`` are the plans of the applications that
    move together with this one, each drawn on the result of those before it.
    """

    application: str
    environment: str
    release: str
    previous: str | None
    source: str | None = None
    ref: str
    base: str | None
    paths: tuple[PathChange, ...]
    diff: str
    merges: str | None = None
    renders: str | None = None
    tags: tuple[TagMove, ...] = ()
    fields: tuple[FieldMove, ...] = ()
    also: tuple[Plan, ...] = ()

    @property
    def members(self) -> tuple[Plan, ...]:
        """The plans of one application each, this one first."""
        return (self.model_copy(update={"also": ()}), *self.also) if self.also else (self,)

    @property
    def shown(self) -> str:
        """All that would change, for people: what is not a file's content in a line each, then the diffs."""
        return "".join(f"{line}\n" for part in self.members for line in _told(part)) + "".join(
            part.diff for part in self.members
        )

    @property
    def nothing_to_do(self) -> bool:
        return not any(plan.moves_branch or plan.tags or plan.fields for plan in self.members)

    @property
    def moves_branch(self) -> bool:
        """A commit is made, even if it has the same files: it says which release they are."""
        return bool(self.paths or self.merges or self.renders)

    @property
    def digest(self) -> str:
        """``sha256:…`` over what the promotion touches, but not over the base commit (design, decision 2)."""
        return "sha256:" + sha256(dumps(_subject(self), separators=(",", ":")).encode()).hexdigest()


def _told(plan: Plan) -> list[str]:
    merged = [f"merge {plan.merges[:12]} into {plan.ref}"] if plan.merges else []
    rendered = [f"render {plan.renders[:12]} into {plan.ref}"] if plan.renders else []
    tags = [
        f"{'move' if move.before else 'make'} the tag {move.name}, which names {move.commit[:12]} then"
        for move in plan.tags
    ]
    fields = [f"set {move.path} of {move.namespace}/{move.name}: {move.before} → {move.after}" for move in plan.fields]
    return [*merged, *rendered, *tags, *fields]


def _subject(plan: Plan) -> list[object]:
    """What of a plan an approval is for; what a plan does not have is left out, so that it costs nothing."""
    touched = [[path.path, path.before, path.after] for path in plan.paths]
    moved = [move.model_dump(mode="json") for move in (*plan.tags, *plan.fields)]
    subject: list[object] = [plan.application, plan.environment, plan.release, plan.ref, touched]
    if plan.merges or moved:
        subject.append([plan.merges, moved])
    if plan.renders:
        subject.append({"renders": plan.renders})
    return [subject, *(_subject(member) for member in plan.also)] if plan.also else subject


# --- gates -----------------------------------------------------------------------------------------


class GateState(Value):
    """One gate's answer. A closed gate says why, whose it is (``owner``), and when it may open (``opens``).

    ``application`` is set where several applications move together. ``waits``: it opens by itself, so that a run may
    wait for it; when, is known where ``opens`` is set.
    """

    gate: str
    application: str = ""
    open: bool
    reason: str = ""
    remedy: str = ""
    owner: str = ""
    opens: Moment | None = None
    waits: bool = False


# --- suites ----------------------------------------------------------------------------------------


class FailedCase(Value):
    """One test that failed, and the first line of why."""

    name: str
    message: str = ""


class CaseReport(Value):
    """What reports of tests say, added up; ``cases`` are the failed ones, the first of them.

    ``problem``: why there is no report, or not all of it.
    """

    tests: int = 0
    failed: int = 0
    skipped: int = 0
    cases: tuple[FailedCase, ...] = ()
    problem: str = ""

    def __str__(self) -> str:
        skipped = f", {self.skipped} skipped" if self.skipped else ""
        return f"{self.tests} tests, {self.failed} failed{skipped}"


class FailedAttempt(Value):
    """An attempt before the one that decided; ``seconds`` is how long it took."""

    reason: str
    seconds: float = 0.0


class SuiteResult(Value):
    """One suite's outcome; ``output`` is the tail of what it printed, ``seconds`` how long all attempts took.

    ``application`` is set where several applications move together. ``attempts`` are the failed ones before the one
    that decided. ``tolerated``: a failure does not stop the promotion (``continue_on_failure``). ``url`` is where
    people see it, where it ran elsewhere.
    """

    name: str
    application: str = ""
    passed: bool
    reason: str = ""
    output: str = ""
    seconds: float = 0.0
    attempts: tuple[FailedAttempt, ...] = ()
    tolerated: bool = False
    report: CaseReport | None = None
    url: str = ""

    @property
    def title(self) -> str:
        return f"{self.application}: {self.name}" if self.application else self.name

    @property
    def blocks(self) -> bool:
        """Whether the promotion must not go on."""
        return not self.passed and not self.tolerated

    @property
    def outcome(self) -> str:
        """In a few words: ``passed``, ``passed at the 3rd attempt``, ``failed 3 times, and is let through``."""
        number = len(self.attempts) + 1
        if self.passed:
            return f"passed at the {_ordinal(number)} attempt" if self.attempts else "passed"
        times = f"failed {number} times" if self.attempts else "failed"
        return f"{times}, and is let through" if self.tolerated else times


def _ordinal(number: int) -> str:
    endings = {1: "st", 2: "nd", 3: "rd"}
    return f"{number}{'th' if number in (11, 12, 13) else endings.get(number % 10, 'th')}"
