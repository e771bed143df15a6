"""Who said yes, to exactly which plan: the rule, the people, and what the ledger's answers come to. Pure."""

from promontory.approvals.judging import ApprovalState, by_person, counted, in_time, judge, lapsed, request_for
from promontory.approvals.people import asked_for_it, may_answer, may_approve, still_wanted
from promontory.approvals.rule import NO_PROOFS, Proofs, Rule, in_force, rule_of
from promontory.approvals.wording import in_request, lapsed_notice

__all__ = [
    "NO_PROOFS",
    "ApprovalState",
    "Proofs",
    "Rule",
    "asked_for_it",
    "by_person",
    "counted",
    "in_force",
    "in_request",
    "in_time",
    "judge",
    "lapsed",
    "lapsed_notice",
    "may_answer",
    "may_approve",
    "request_for",
    "rule_of",
    "still_wanted",
]
