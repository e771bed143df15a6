"""What is the same on every forge: finding, opening once, merging an expected head, and what a refusal means.

A refusal is understood by looking at the request again, not by the words of the forge, which change.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Sequence
from typing import ClassVar, Literal, NamedTuple
from urllib.parse import quote

from promontory.ci_runs import Report
from promontory.errors import ForgeError, ForgeNotFound, ForgeRefused
from promontory.escaping.forge import orderless, without_orders
from promontory.escaping.plain import one_line
from promontory.forges.client import Client, Dialect
from promontory.forges.contract import Approver, ChecksState, MergeMethod, MergeResult, Opened, PullRequest
from promontory.forges.statuses import combined

# What a forge answers where the state of a request, not a permission, is in the way.
_STATES = (405, 406, 409, 422)
LONGEST_DESCRIPTION = 140


class HttpForge(ABC):
    """The part of `Forge` that needs no dialect; the rest is one file for each kind."""

    dialect: ClassVar[Dialect]
    # The status that means "another head" and nothing else; 0 where the forge has none.
    moved_status: ClassVar[int] = 0

    def __init__(self, client: Client) -> None:
        self.client = client
        self.repository = client.address.repository

    @property
    def kind(self) -> str:
        return self.client.address.kind

    @property
    def label(self) -> str:
        return str(self.client.address)

    @abstractmethod
    def whoami(self) -> str: ...

    @abstractmethod
    def get(self, number: int) -> PullRequest: ...

    @abstractmethod
    def numbers(self, head: str, base: str, state: Literal["open", "closed"]) -> Iterator[int]:
        """The requests of these branches of this repository, the newest first; merged ones are closed."""

    @abstractmethod
    def create(self, head: str, base: str, title: str, body: str) -> int: ...

    @abstractmethod
    def add_labels(self, number: int, labels: Sequence[str]) -> None: ...

    @abstractmethod
    def ask(self, number: int, reviewers: Sequence[str]) -> Iterator[str]:
        """Ask for reviews; yields a warning for each that could not be asked."""

    @abstractmethod
    def set_closed(self, number: int) -> None: ...

    @abstractmethod
    def do_merge(self, number: int, sha: str, method: MergeMethod, title: str, text: str) -> None: ...

    @abstractmethod
    def reports(self, sha: str) -> Iterator[Report]: ...

    def account(self) -> str | None:
        try:
            return self.whoami()
        except (ForgeRefused, ForgeNotFound):
            return None

    def find(self, head: str, base: str) -> PullRequest | None:
        for state in ("open", "closed"):
            if number := self._first(head, base, state):
                return self.get(number)
        return None

    def open(
        self, head: str, base: str, title: str, body: str, labels: Sequence[str] = (), reviewers: Sequence[str] = ()
    ) -> Opened:
        try:
            number, created = self.create(head, base, without_orders(title), orderless(body)), True
        except ForgeRefused as refusal:
            number, created = self._already_open(head, base, refusal), False
        request = self.get(number)
        missing = [label for label in labels if label not in request.labels]
        unasked = [name for name in reviewers if name.lower() not in {known.lower() for known in request.reviewers}]
        warnings = (*self._label(number, missing), *(self.ask(number, unasked) if unasked else ()))
        return Opened(request=self.get(number) if missing or unasked else request, created=created, warnings=warnings)

    def close(self, number: int) -> PullRequest:
        try:
            self.set_closed(number)
        except ForgeRefused:
            # Somebody was faster: closed or merged is what it is now.
            request = self.get(number)
            if request.state == "open":
                raise
            return request
        return self.get(number)

    def merge(self, number: int, expected_head_sha: str, method: MergeMethod, message: str) -> MergeResult:
        title, _, text = message.strip().partition("\n")
        try:
            self.do_merge(number, expected_head_sha, method, title, text.strip())
        except (ForgeRefused, ForgeNotFound) as refusal:
            return self._refused(self.get(number), expected_head_sha, refusal)
        request = self.get(number)
        if request.state != "merged":
            return MergeResult(outcome="blocked", request=request, reason="the forge is still merging it")
        return MergeResult(outcome="merged", request=request)

    def checks(self, sha: str) -> ChecksState:
        return combined(self.reports(sha))

    def of_commit(self, commit: str, name: str) -> tuple[Report, ...]:
        """`promontory.ci_runs.Reports`."""
        return tuple(report for report in self.reports(commit) if report.name == name)

    def _first(self, head: str, base: str, state: Literal["open", "closed"]) -> int | None:
        return next(self.numbers(head, base, state), None)

    def _already_open(self, head: str, base: str, refusal: ForgeRefused) -> int:
        number = self._first(head, base, "open") if refusal.status in (409, 422) else None
        if number is None:
            raise refusal
        return number

    def _label(self, number: int, labels: Sequence[str]) -> Iterator[str]:
        if not labels:
            return
        try:
            self.add_labels(number, labels)
        except ForgeError as error:
            yield f"not labelled {', '.join(labels)}: {error.message}"

    def _refused(self, request: PullRequest, expected: str, refusal: ForgeError) -> MergeResult:
        moved = request.head_sha != expected or refusal.status == self.moved_status
        if request.state == "merged":
            return MergeResult(outcome="moved" if request.head_sha != expected else "merged", request=request)
        if request.state == "closed":
            return MergeResult(outcome="closed", request=request)
        if moved:
            return MergeResult(outcome="moved", request=request, reason=refusal.message)
        if refusal.status in _STATES:
            return MergeResult(outcome="blocked", request=request, reason=refusal.message)
        raise refusal


class Verdict(NamedTuple):
    """One review, of a person who counts: whether it approves, and of which head."""

    name: str
    approves: bool
    sha: str | None


def standing(verdicts: Iterable[Verdict]) -> tuple[Approver, ...]:
    """A person's last word counts; oldest first in, in the order of the first word out."""
    last = {verdict.name: verdict for verdict in verdicts}
    return tuple(Approver(name=name, sha=verdict.sha) for name, verdict in last.items() if verdict.approves)


def segment(text: str | int) -> str:
    """Text as one segment of a path."""
    return quote(str(text), safe="")


def shortened(description: str) -> str:
    return one_line(description, LONGEST_DESCRIPTION)
