"""The word of the forge: an approving review of the very commit that would be merged, and the merge, are approvals.

Who wrote a review is known to the forge, so its login is what counts; ``people:`` says whose that is. Requested changes
are talk, not a no: they can be taken back, a rejection cannot. A request that is closed is the no.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence

from promontory.approvals import Rule, by_person, counted, may_approve
from promontory.entry import Entry
from promontory.errors import TransientError
from promontory.forges import PullRequest
from promontory.model import Place
from promontory.promotion.judging import rule_for
from promontory.promotion.withdrawing import find, proposed_together
from promontory.promotion.workspace import Workspace

log = logging.getLogger("promontory.promotion")
REVIEW, MERGE = "review", "merge"


def heed_reviews(workspace: Workspace, place: Place, promotion: str) -> bool:
    """Record the reviews that count as approvals; whether the request is still open, as far as the forge says.

    Without a request that is open by the ledger there is nothing to look at, and nothing has ended, unless it was
    overtaken or merged.
    """
    record = workspace.record(place)
    if promotion in record.promotions("superseded", "pushed"):
        return False
    proposal = next((e for e in record.proposals() if e.promotion == promotion), None)
    if proposal is None or proposal.pull_request is None or proposal.pull_request.number is None:
        return True
    try:
        request = find(workspace.forge(), proposal)
        if request is None or request.state != "open":
            return False
        workspace.racing(lambda: _record(workspace, proposal, request))
    except TransientError as error:
        log.warning("approve-%s: reviews are not looked at now: %s", proposal.environment, error.message)
    return True


def _record(workspace: Workspace, proposal: Entry, request: PullRequest) -> None:
    seen = workspace.ledger_head()
    if new := review_entries(workspace, proposal, request):
        workspace.append_at(new, seen)
        log.info("approve-%s: %s", proposal.environment, "; ".join(dict.fromkeys(_told(entry) for entry in new)))


def review_entries(workspace: Workspace, proposal: Entry, request: PullRequest) -> list[Entry]:
    """An approval for each approver whose review is of the head that was proposed, and who has not approved yet."""
    rule = rule_for(workspace, proposal.environment)
    head = proposal.commit
    if rule is None or not _heard(rule) or request.head_sha != head:
        return []
    names = [review.name for review in request.approvers if review.sha == head]
    return [
        entry
        for name in _new_people(workspace, rule, proposal, names)
        for entry in _approvals(workspace, proposal, request, name, REVIEW)
    ]


def merge_entries(workspace: Workspace, proposal: Entry, request: PullRequest, before: Sequence[Entry]) -> list[Entry]:
    """The approval that lies in the merge by an approver; ``before``: what is recorded together with it."""
    rule = rule_for(workspace, proposal.environment)
    merger = request.merged_by
    if rule is None or not _heard(rule) or merger is None:
        return []
    names = _new_people(workspace, rule, proposal, [merger], before)
    return [entry for name in names for entry in _approvals(workspace, proposal, request, name, MERGE)]


def _heard(rule: Rule) -> bool:
    """Where anybody may approve, that is said of people who have access here, not of everybody who has a login there.

    And no forge signs what it says of people.
    """
    return bool(rule.approvers) and not rule.signed


def _new_people(
    workspace: Workspace, rule: Rule, proposal: Entry, names: Sequence[str], more: Sequence[Entry] = ()
) -> Iterator[str]:
    entries = (*workspace.record(proposal.place).of(proposal.promotion), *more)
    known = set(rule.people.persons(by_person(rule, counted(rule, entries, proposal.digest or ""))))
    able = [name for name in names if may_approve(rule, name, entries) and rule.people.person(name) not in known]
    own = (workspace.forge().account() or "").casefold() if able else ""
    for name in able:
        if name.casefold() != own and rule.people.person(name) not in known:
            known.add(rule.people.person(name))
            yield name


def _approvals(workspace: Workspace, proposal: Entry, request: PullRequest, name: str, what: str) -> Iterator[Entry]:
    told = proposal.pull_request and proposal.pull_request.model_copy(update={"reviewed": request.head_sha})
    kind = workspace.forge().kind
    for each in proposed_together(workspace, proposal):
        yield workspace.entry(
            "approved",
            each.place,
            each.release,
            each.promotion,
            digest=each.digest,
            members=each.members,
            pull_request=told,
            reason=f"{what} of {proposal.address}" if what == REVIEW else f"merged {proposal.address}",
            proof=f"{kind} {what}",
            by=name,
        )


def _told(entry: Entry) -> str:
    return f"approved by {entry.by} ({entry.proof})"
