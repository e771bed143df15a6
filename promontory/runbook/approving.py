"""Who has to say yes, and what a yes is worth."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from promontory.config import Approval, Config
from promontory.escaping.markdown import bold, cell, code
from promontory.people import GROUP, is_group
from promontory.runbook.words import lasting, listed


def approval(config: Config, rule: Approval) -> str:
    """One paragraph about an environment's rule."""
    wanted = bold("One person has" if rule.required == 1 else f"{rule.required} people have")
    who = listed((_name(config, name) for name in rule.approvers), "or")
    among = f": {who}" if rule.approvers else ", whoever it is"
    return " ".join([f"{wanted} to say yes{among}.", *_terms(config, rule)])


def emergency(config: Config, environment: str, may: Sequence[str] | bool, *, signed: bool) -> str:
    """Who may push past closed gates."""
    if isinstance(may, bool):
        return "**In an emergency**: nobody may push past closed gates."
    who = listed((_name(config, name) for name in may), "or")
    does = "has to sign, which does instead of all other approvals" if signed else "may push past closed gates"
    command = f"`promontory promote APPLICATION RELEASE --to {environment} --break-glass --reason TEXT`"
    return f"**In an emergency** {who} {does}: {command}. Tests and checks are not passed, and everybody gets to know."


def _name(config: Config, name: str) -> str:
    if not is_group(name):
        return cell(name)
    group = name.removeprefix(GROUP)
    return f"the group {bold(group)} ({listed(map(cell, config.groups.get(group, ())))})"


def _terms(config: Config, rule: Approval) -> Iterator[str]:
    if rule.excludes_requester:
        yield "Whoever asked for the promotion does not count."
    if rule.signed:
        files = [code(file) for file in (config.signers.ssh, config.signers.gpg) if file] if config.signers else []
        keys = f", by a key in {listed(files, 'or')}" if files else ""
        yield f"**Only a signature counts**{keys}: `promontory approve ID --sign`."
    yield "A yes is for exactly the change that will be pushed: if that changes, it lapses."
    yield "One no, with its reason, ends the promotion."
    if rule.expires:
        yield f"The question waits for {lasting(rule.expires)}, and so long is a yes good."
    if rule.remind:
        yield f"Every {lasting(rule.remind)} they are reminded."
    yield "`promontory pending` lists what waits, `promontory approve ID` says yes."
