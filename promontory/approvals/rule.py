"""What an environment's ``approval:`` asks for, with groups and people looked up."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Protocol

from promontory.config import Config
from promontory.entry import Entry
from promontory.people import People, members


@dataclass(frozen=True)
class Rule:
    """How many different people must say yes, who may, and for how long that is good.

    ``approvers`` are as promontory.yaml writes them, ``reachable`` are the people behind them, groups taken apart; both
    empty: anybody. ``signed``: a yes counts only with its proof. ``glass``: whose one yes does in an emergency.
    """

    required: int = 1
    approvers: tuple[str, ...] = ()
    expires: timedelta | None = None
    remind: timedelta | None = None
    exclude_requester: bool = False
    signed: bool = False
    glass: tuple[str, ...] = ()
    people: People = field(default_factory=People)
    groups: tuple[tuple[str, tuple[str, ...]], ...] = ()

    @property
    def reachable(self) -> tuple[str, ...]:
        return members(self.approvers, dict(self.groups))


class Proofs(Protocol):
    """Whether answers are proven; asked of every yes where the rule says ``signed: true``."""

    def fault(self, entry: Entry) -> str:
        """Why the answer is not proven; empty where it is."""


class NoProofs:
    """Where nobody looks at proofs, nothing is proven."""

    def fault(self, entry: Entry) -> str:
        return f"nobody looked at a signature of {entry.by}"


NO_PROOFS = NoProofs()


def rule_of(config: Config, environment: str) -> Rule | None:
    """The rule of an environment; None where it wants no approval, or is not in the configuration any more."""
    known = config.environments.get(environment)
    options = known.approval if known else None
    if options is None:
        return None
    return Rule(
        required=options.required,
        approvers=options.approvers,
        expires=options.expires,
        remind=options.remind,
        exclude_requester=options.excludes_requester,
        signed=options.signed,
        glass=known.break_glass or () if known else (),
        people=People(config.people),
        groups=tuple(config.groups.items()),
    )


def in_force(rule: Rule, request: Entry | None) -> Rule:
    """The rule for one request: where it asks to break the glass, one of those who may has to say yes.

    That may be whoever asked: who is alone at night proves who they are.
    """
    if request is None or not request.break_glass or not rule.glass:
        return rule
    return replace(rule, required=1, approvers=rule.glass, exclude_requester=False)


def requests_in(entries: Sequence[Entry]) -> list[Entry]:
    return [entry for entry in entries if entry.kind == "requested"]
