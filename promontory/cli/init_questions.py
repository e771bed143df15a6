"""What `promontory init` asks in a terminal: few questions, each with an answer that Enter takes."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TypeVar

import click

from promontory.cli.printing import say
from promontory.discovery.findings import Choices, EnvironmentProposal, Proposal
from promontory.discovery.ordering import Order
from promontory.suggestion import suggest

Answer = TypeVar("Answer")


def ask(proposal: Proposal) -> Choices:
    """Which applications, in which order through the environments, and who approves."""
    applications = _applications(proposal)
    order = _order(proposal)
    approvers = _approvers(proposal)
    return Choices(order, approvers, applications)


def _applications(proposal: Proposal) -> tuple[str, ...]:
    names = tuple(application.name for application in proposal.applications)
    if len(names) == 1:
        return names
    say(f"Found {len(names)} applications: {', '.join(names)}", error=True)
    return _asked("Which of them are promoted? (names, or all)", "all", lambda answer: read_names(answer, names))


def read_names(answer: str, known: tuple[str, ...]) -> tuple[str, ...]:
    if answer.strip() == "all":
        return known
    names = tuple(re.split(r"[\s,]+", answer.strip()))
    for name in names:
        if name not in known:
            raise click.BadParameter(f'no application "{name}"{suggest(name, known)}')
    return names


def _order(proposal: Proposal) -> Order:
    names = tuple(environment.name for environment in proposal.environments)
    if len(names) == 1:
        return ()
    for environment in proposal.environments:
        for question in environment.questions:
            say(question, error=True)
    say("A release goes through the environments in this order, those joined with + side by side.", error=True)
    usual = ", ".join(" + ".join(group) for group in groups(proposal.environments))
    return _asked("In which order?", usual, lambda answer: read_order(answer, names))


def groups(environments: tuple[EnvironmentProposal, ...]) -> Order:
    """The environments in groups that go side by side, each after the groups before."""
    depth: dict[str, int] = {}
    for environment in environments:
        depth[environment.name] = max((depth[name] + 1 for name in environment.after), default=0)
    return tuple(
        tuple(name for name, value in depth.items() if value == level) for level in sorted(set(depth.values()))
    )


def read_order(answer: str, known: tuple[str, ...]) -> Order:
    """``dev, staging, prod-eu + prod-us``: every environment once."""
    order = tuple(tuple(re.split(r"[\s+]+", group.strip())) for group in answer.split(","))
    named = [name for group in order for name in group]
    for name in named:
        if name not in known:
            raise click.BadParameter(f'no environment "{name}"{suggest(name, known)}')
    if missing := [name for name in known if name not in named]:
        raise click.BadParameter(f"where does {' and '.join(missing)} belong?")
    if len(set(named)) < len(named):
        raise click.BadParameter("an environment stands there twice")
    return order


def _approvers(proposal: Proposal) -> tuple[str, ...]:
    guarded = [environment.name for environment in proposal.environments if environment.production]
    if not guarded:
        return ()
    question = f"Who approves promotions to {' and '.join(guarded)}? (names or addresses, or anybody)"
    return _asked(question, "anybody", _people)


def _people(answer: str) -> tuple[str, ...]:
    people = tuple(dict.fromkeys(name.strip() for name in answer.split(",") if name.strip()))
    return () if people == ("anybody",) else people


def _asked(question: str, default: str, read: Callable[[str], Answer]) -> Answer:
    """Asked again until the answer can be read."""
    answer: Answer = click.prompt(question, default=default, value_proc=read, err=True)
    return answer
