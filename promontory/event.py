"""What people are told of: the words for it, and one event with everything that a message may say. Pure values."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from hashlib import sha256
from typing import Annotated, Literal, get_args

from pydantic import AfterValidator, Field

from promontory.change import Value

Word = Literal[
    "approval-wanted",
    "reminded",
    "approved",
    "granted",
    "rejected",
    "expired",
    "promoted",
    "deployed",
    "tests-failed",
    "failed",
    "reverted",
    "revert-asked",
    "revert-failed",
    "left-unverified",
    "held",
    "lifted",
    "superseded",
    "break-glass",
    "window-waiting",
]
WORDS: tuple[Word, ...] = get_args(Word)
Group = Literal["all", "approvals", "failures", "progress", "holds", "gates"]
GROUPS: Mapping[Group, tuple[Word, ...]] = {
    "all": WORDS,
    "approvals": ("approval-wanted", "reminded", "approved", "granted", "rejected", "expired"),
    "failures": ("tests-failed", "failed", "reverted", "revert-asked", "revert-failed", "left-unverified"),
    "progress": ("promoted", "deployed"),
    "holds": ("held", "lifted"),
    "gates": ("window-waiting", "break-glass", "superseded"),
}
# Nobody may sleep through these in production.
ALARMS: tuple[Word, ...] = ("failed", "revert-failed")
_PLACEHOLDER = re.compile(r"\{([A-Za-z_][A-Za-z0-9_-]*)\}")


class DiffSummary(Value):
    """What a plan changes, in figures: how many files and lines; ``paths`` are the first of the files.

    ``others`` says what is no file's content: tags, merges, fields of live objects.
    """

    files: int = 0
    added: int = 0
    removed: int = 0
    paths: tuple[str, ...] = ()
    others: tuple[str, ...] = ()

    def __str__(self) -> str:
        count = f"{self.files} file{'' if self.files == 1 else 's'}, +{self.added} -{self.removed} lines"
        more = ("…",) if self.files > len(self.paths) else ()
        names = f": {', '.join([*self.paths, *more])}" if self.paths else ""
        return "; ".join([*([count + names] if self.files else []), *self.others])


class Event(Value):
    """One thing that happened to a promotion, or to several that move together: then ``also`` are the others' names.

    ``release`` is what the promotion is about, ``previous`` what was there before. ``by`` is who or what did it.
    ``commands`` are what a person may type now, ``remedy`` is what else they can do. ``link`` leads to the run, where
    it has an address. ``approvers`` may still answer (empty: anybody). ``until`` is when it expires, or opens.
    ``repeated``: it may have been told before.
    """

    word: Word
    application: str
    environment: str
    release: str
    previous: str = ""
    promotion: str = ""
    also: tuple[str, ...] = ()
    at: datetime
    by: str = ""
    reason: str = ""
    digest: str = ""
    commit: str = ""
    diff: DiffSummary = Field(default_factory=DiffSummary)
    commands: tuple[str, ...] = ()
    remedy: str = ""
    pull_request: str = ""
    link: str = ""
    run: str = ""
    owner: str = ""
    approvers: tuple[str, ...] = ()
    until: datetime | None = None
    repeated: bool = False

    @property
    def id(self) -> str:
        """The same each time that the same event is told: who listens can know it again."""
        moment = self.at.astimezone(UTC).replace(microsecond=0).isoformat()
        parts = (self.word, self.application, self.environment, self.release, self.promotion, self.by, moment)
        return sha256("\0".join(parts).encode()).hexdigest()[:32]


def words_of(names: Iterable[str]) -> frozenset[Word]:
    """The words that ``names`` stand for: words as they are, and groups."""
    wanted = frozenset(names)
    grouped = (word for group, words in GROUPS.items() if group in wanted for word in words)
    return frozenset((*grouped, *(word for word in WORDS if word in wanted)))


# What a template of a message may name; how each is filled is `notifications.templates`'s to say.
PLACEHOLDERS = (
    "what", "word", "application", "environment", "release", "previous", "promotion", "also", "by", "reason", "digest",
    "commit", "diff", "command", "remedy", "pull_request", "link", "owner", "approvers", "until",
)  # fmt: skip


def check_event_template(text: str) -> str:
    """Return ``text`` unchanged; an unknown placeholder is a ValueError that names the known ones."""
    unknown = [name for name in _PLACEHOLDER.findall(text) if name not in PLACEHOLDERS]
    if unknown:
        known = ", ".join(f"{{{name}}}" for name in PLACEHOLDERS)
        raise ValueError(f"unknown placeholder {{{unknown[0]}}}: only {known} are filled in")
    return text


def fill(template: str, values: Mapping[str, str]) -> str:
    """Replace the placeholders, once: what a value says in braces stays as it is."""
    return _PLACEHOLDER.sub(lambda match: values.get(match[1], match[0]), template)


EventTemplate = Annotated[str, Field(min_length=1, max_length=4000), AfterValidator(check_event_template)]
