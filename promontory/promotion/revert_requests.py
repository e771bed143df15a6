"""A revert that goes the way its promotion came: through a pull request.

It waits behind no gate and no approval of ours, nor for checks that the forge does not insist on: what runs meanwhile
is not healthy. What the forge says is news; whether the environment runs the release before is read in Git.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass

from promontory.entry import Entry, Pushed
from promontory.errors import TransientError
from promontory.forges import PullRequest as Request
from promontory.model import Place
from promontory.promotion.asking_back import push_asking, through_request
from promontory.promotion.landing import landing
from promontory.promotion.reports import revert_report
from promontory.promotion.undoing import now
from promontory.promotion.values import PullRequestState
from promontory.promotion.way_back import way_back
from promontory.promotion.withdrawing import PROOF, find, tidy
from promontory.promotion.workspace import Workspace
from promontory.release import shown

log = logging.getLogger("promontory.promotion")
URGENT = "urgent"


def settle_revert(workspace: Workspace, asked: Entry) -> PullRequestState:
    """One look at the request that takes ``asked`` back: open it, merge it, bring it up to date, or record its end.

    ``merged``: the ``reverted`` entry. ``replaced``: the environment runs another release by now. ``refused``: somebody
    closed it, and the release is still there. Raises `RevertConflict` where it cannot be made any more.
    """
    try:
        workspace.repository.sync()
        return _Course(workspace, asked).step()
    except TransientError as error:
        return _waiting(asked, error.message, error.retry_after or 0)


def _waiting(proposal: Entry, reason: str, retry_after: float = 0) -> PullRequestState:
    told = f"{proposal.address}: {reason}"
    return PullRequestState(
        status="open", reason=told, url=proposal.address, since=proposal.at, retry_after=retry_after
    )


@dataclass(frozen=True)
class _Course:
    """One look, by one run."""

    workspace: Workspace
    asked: Entry

    def step(self) -> PullRequestState:
        proposal = self.workspace.record(self.asked.place).reversal(self.asked.promotion)
        if proposal is None or proposal.pull_request is None:
            self._tidy()
            return self._ended()
        forge = self.workspace.forge()
        request = find(forge, proposal)
        if request is None and proposal.pull_request.number is None:
            request = self._open(proposal)
        elif request is not None and proposal.pull_request.number is None:
            self._record_number(request)
        return self._news(proposal, request)

    def _ended(self) -> PullRequestState:
        entries = self.workspace.record(self.asked.place).of(self.asked.promotion)
        end = next((entry for entry in reversed(entries) if entry.kind in ("reverted", "kept")), None)
        if end and end.kind == "reverted":
            return PullRequestState(status="merged", entry=end)
        current = self.workspace.current(self.asked.place)
        if current != self.asked.release:
            reason = f"{self.asked.environment} runs {shown(current) or 'no release'} by now"
            return PullRequestState(status="replaced", reason=reason)
        return PullRequestState(status="refused", reason=end.reason if end else "nobody asked for it")

    def _news(self, proposal: Entry, request: Request | None) -> PullRequestState:
        if request is None:
            return self._kept(proposal, f"{proposal.address} is no longer there")
        if request.state == "merged":
            return self._arrived(proposal, request)
        if request.state == "closed":
            who = f" by {request.closed_by}" if request.closed_by else ""
            return self._kept(proposal, f"the revert {request.url} was closed{who}", request.closed_by)
        if proposal.pushed and proposal.pushed.ref not in self.workspace.repository.heads():
            return self._kept(proposal, f"somebody deleted the branch {proposal.pushed.ref} of the revert")
        if not any(self.workspace.current(each.place) == each.release for each in self._all()):
            return self._kept(proposal, f"{proposal.environment} runs another release by now")
        return self._merge(proposal, request)

    def _merge(self, proposal: Entry, request: Request) -> PullRequestState:
        options = self.workspace.config.environment(proposal.environment).deliver
        proposal = self.workspace.record(proposal.place).reversal(proposal.promotion) or proposal
        if request.head_sha != proposal.commit:
            return _waiting(proposal, "somebody else pushed to its branch: look at it, and merge or close it there")
        if options.merge == "wait":
            self._bring_up_to_date(request)
            return _waiting(proposal, "waits to be merged")
        _, back = way_back(self.workspace, self._all(), now(self.workspace))
        message = back.updates[0].message
        result = self.workspace.forge().merge(request.number, request.head_sha, options.method, message)
        if result.outcome in ("merged", "closed"):
            self.workspace.repository.sync()
            return self._news(proposal, result.request)
        if result.outcome == "blocked":
            self._bring_up_to_date(request)
        return _waiting(proposal, result.reason or "its branch has moved")

    def _open(self, proposal: Entry) -> Request:
        options = self.workspace.config.environment(proposal.environment).deliver
        base = proposal.pull_request.base if proposal.pull_request else ""
        head = proposal.pushed.ref if proposal.pushed else ""
        labels = tuple(dict.fromkeys((*options.labels, URGENT)))
        entries = self._all()
        subject, body = revert_report(entries, self.workspace.actor.link)
        opened = self.workspace.forge().open(head, base, subject, body, labels, options.reviewers)
        for warning in opened.warnings:
            log.warning("revert-%s: %s", proposal.environment, warning)
        log.warning("revert-%s: opened %s", proposal.environment, opened.request.url)
        self._record_number(opened.request)
        return opened.request

    def _record_number(self, request: Request) -> None:
        def record() -> None:
            seen = self.workspace.ledger_head()
            known = self.workspace.record(self.asked.place).reversal(self.asked.promotion)
            if known and known.pull_request and known.pull_request.number is None:
                numbered = known.pull_request.model_copy(update={"number": request.number, "url": request.url})
                entries = [self._again(each, pull_request=numbered) for each in self._all()]
                self.workspace.append_at(entries, seen)

        self.workspace.racing(record)

    def _again(self, each: Entry, **changes: object) -> Entry:
        fields = {name: getattr(each, name) for name in ("previous", "pushed", "pull_request", "members", "reason")}
        return self.workspace.entry("reverting", each.place, each.release, each.promotion, **{**fields, **changes})

    def _all(self) -> list[Entry]:
        """The newest ``reverting`` entries of all applications that go back together."""
        found = (self.workspace.record(place).reversal(self.asked.promotion) for place in self._places())
        return [entry for entry in found if entry]

    def _places(self) -> list[Place]:
        if self.asked.members == 1:
            return [self.asked.place]
        asked = self.workspace.ledger.of(self.asked.promotion, "reverting")
        return list(dict.fromkeys([self.asked.place, *(entry.place for entry in asked)]))

    def _kept(self, proposal: Entry, reason: str, by: str | None = None) -> PullRequestState:
        def record() -> None:
            seen = self.workspace.ledger_head()
            if entries := self._all():
                told = {"reason": reason, "proof": PROOF, "by": by or self.workspace.actor.by}
                ends = [
                    self.workspace.entry(
                        "kept",
                        each.place,
                        each.release,
                        each.promotion,
                        pull_request=each.pull_request,
                        members=each.members,
                        **told,
                    )
                    for each in entries
                ]
                self.workspace.append_at(ends, seen)

        self.workspace.racing(record)
        log.warning("revert-%s: %s", proposal.environment, reason)
        self._tidy()
        return self._ended()

    def _arrived(self, proposal: Entry, request: Request) -> PullRequestState:
        entries = self._all()
        found = landing(self.workspace, proposal, request, {each.place: each.previous for each in entries})
        if found.strangers:
            reason = f"the revert was merged as {found.commit[:12]}, but {found.strangers[0]} does not run "
            return self._kept(proposal, f"{reason}{proposal.previous or 'what it ran before'} after it")

        def record() -> None:
            seen = self.workspace.ledger_head()
            if self.workspace.record(proposal.place).reversal(proposal.promotion):
                told = {"number": request.number, "url": request.url, "merged_by": request.merged_by}
                reverted = [self._reverted(each, found.before, found.commit, told) for each in entries]
                self.workspace.append_at(reverted, seen)

        self.workspace.racing(record)
        log.warning("revert-%s: %s was merged as %s", proposal.environment, request.url, found.commit[:7])
        self._tidy()
        return self._ended()

    def _reverted(self, each: Entry, before: str, commit: str, told: dict[str, object]) -> Entry:
        base = each.pull_request.base if each.pull_request else ""
        return self.workspace.entry(
            "reverted",
            each.place,
            each.release,
            each.promotion,
            previous=each.previous,
            pushed=Pushed(ref=base, before=before, after=commit),
            pull_request=each.pull_request and each.pull_request.model_copy(update=told),
            members=each.members,
            reason=each.reason,
            proof=PROOF,
        )

    def _bring_up_to_date(self, request: Request) -> None:
        """Put the branch on the head of its base again; what is undone is undone there."""
        self.workspace.racing(lambda: self._rebuilt(request))

    def _rebuilt(self, request: Request) -> None:
        seen = now(self.workspace)
        entries = self._all()
        there = [each for each in entries if self.workspace.current(each.place, seen.snapshot) == each.release]
        known = there[0] if there else None
        if known is None or known.pushed is None or known.pull_request is None:
            return
        if self.workspace.repository.head(request.base) == known.pushed.before:
            return
        gone, back = way_back(self.workspace, there, seen)
        update = through_request(self.workspace, known.environment, back)
        if update:
            push_asking(self.workspace, gone, update, known.pull_request, [], seen)

    def _tidy(self) -> None:
        for place in self._places():
            tidy(self.workspace, place)
