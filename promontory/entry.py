"""What the ledger is made of: one entry for each event of a promotion. Pure values; `record` asks questions of them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Literal, get_args

from pydantic import Field

from promontory.change import FieldMove, Moment, TagMove, Value
from promontory.health import Verdict
from promontory.model import GateState, Place, Plan, SuiteResult

EntryKind = Literal[
    "planned",
    "tested",
    "found",
    "waiting",
    "requested",
    "reminded",
    "approved",
    "rejected",
    "superseded",
    "bypassed",
    "proposed",
    "pushed",
    "soaking",
    "verdict",
    "reverting",
    "kept",
    "reverted",
    "held",
    "lifted",
    "undelivered",
]
KINDS: tuple[EntryKind, ...] = get_args(EntryKind)


# It is part of a file's name in the ledger, and what is not hex digits would not be found there again.
PromotionId = Annotated[str, Field(pattern=r"^[0-9a-f]+$")]


class Pushed(Value):
    """One push of one branch: the commit before (the base) and the commit it made.

    Of a tag (``refs/tags/…``) they are the commits that it named before and names now. ``before`` is None where the
    branch or the tag did not exist.
    """

    ref: str
    before: str | None
    after: str


def tags_pushed(moves: Iterable[TagMove]) -> tuple[Pushed, ...]:
    return tuple(Pushed(ref=f"refs/tags/{move.name}", before=move.before, after=move.commit) for move in moves)


class PullRequest(Value):
    """A pull request that asks for a promotion's change to be merged into ``base``.

    ``number`` and ``url`` are not known before it has been opened. ``approved_by`` are those who approved it on the
    forge; whose word counts has an ``approved`` entry, and there ``reviewed`` is the head that was looked at.
    """

    base: str
    number: int | None = None
    url: str = ""
    merged_by: str | None = None
    approved_by: tuple[str, ...] = ()
    reviewed: str | None = None


class Signature(Value):
    """The proof of an answer: ``text`` is the armored signature of ``statement``, which is kept as it was signed.

    ``principal`` is the name that the key is listed for, ``key`` the key's fingerprint; ``signers`` is the commit of
    the protected branch whose file of signers said so at the time of the answer.
    """

    format: Literal["ssh", "gpg"]
    statement: str
    text: str
    principal: str
    key: str
    signers: str


class Entry(Value):
    """One event. ``at`` is UTC; ``by`` is who or what did it; ``run`` is the Prefect flow run, if one did.

    ``release`` is the release the promotion is about, ``previous`` the one that it replaced or, in a
    ``reverted`` entry, the one that is in force again. ``members`` is how many applications moved together in this
    promotion; each has its own entries, with the same promotion and digest. ``tags`` and ``fields`` are what was
    pushed and changed besides ``pushed``. ``pull_request`` is set where the change went, or is to go, through one; of a
    ``proposed`` entry ``pushed`` is its branch. A ``soaking`` entry says that the release was healthy, and is watched
    until ``until`` before it counts as verified; it is healthy from ``since`` on. ``reverting``: the revert was asked
    for in a pull request, ``pushed`` is its branch; ``kept``: that request is over without a merge. ``waiting``:
    closed ``gates`` open by themselves, at ``until`` as far as that is known. ``reminded``: the approval that was asked
    for was asked for again. ``superseded``: the promotion ``overtaken_by`` overtook this one, which was still waiting.
    ``bypassed``: somebody broke the glass for ``reason``, and ``gates`` were passed although they were closed.
    A ``requested`` entry with ``break_glass``, the reason, asks for the one approval of that. ``undelivered``: a
    notification about the promotion reached nobody, for ``reason``. ``repository``, of a ``requested`` entry, is what
    the repository was called when the approval was asked for, and ``signature`` the proof of an answer to it.

    ``number`` counts the entries of the whole ledger, and ``before`` is the hash of the file of the one before; of the
    first one it is the commit of the ledger whose entries have neither. Both are set when it is stored.
    """

    version: Literal[1]
    number: int | None = Field(default=None, ge=1, lt=2**53)
    before: str | None = Field(default=None, pattern=r"^(sha256:[0-9a-f]{64}|commit:[0-9a-f]{40,64})$")
    kind: EntryKind
    promotion: PromotionId
    application: str
    environment: str
    release: str
    previous: str | None = None
    at: Moment
    by: str
    run: str | None = None
    config: str | None = None
    plan: Plan | None = None
    digest: str | None = None
    gates: tuple[GateState, ...] = ()
    suites: tuple[SuiteResult, ...] = ()
    pushed: Pushed | None = None
    tags: tuple[Pushed, ...] = ()
    fields: tuple[FieldMove, ...] = ()
    pull_request: PullRequest | None = None
    members: int = 1
    verdict: Verdict | None = None
    since: Moment | None = None
    until: Moment | None = None
    proof: str | None = None
    break_glass: str = ""
    overtaken_by: PromotionId | None = None
    repository: str | None = None
    signature: Signature | None = None
    reason: str = ""

    @property
    def place(self) -> Place:
        return Place(self.application, self.environment)

    @property
    def commit(self) -> str | None:
        """The commit that was made, or that a tag was moved to, as far as the entry names one.

        Which commit the environment is to run after it, is for its strategy to say: a tag may have been there before.
        """
        moved = self.pushed or next(iter(self.tags), None)
        return moved.after if moved else None

    @property
    def address(self) -> str:
        """How people call its pull request: the address, or the branch where that is not known; empty without one."""
        if self.pull_request is None:
            return ""
        return self.pull_request.url or (self.pushed.ref if self.pushed else self.promotion)

    @property
    def in_force(self) -> str | None:
        """The release that the environment runs after this entry, where the entry changes that."""
        if self.kind in ("pushed", "found"):
            return self.release
        return self.previous if self.kind == "reverted" else None
