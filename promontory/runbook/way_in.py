"""How a release gets into one environment, in the order in which it happens; and what becomes of it there."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from promontory.checks.contract import Check
from promontory.config import Config, Delivery, Environment
from promontory.escaping.markdown import bold, cell, code
from promontory.runbook.approving import approval, emergency
from promontory.runbook.calendar import windows_of
from promontory.runbook.words import counted, lasting, listed
from promontory.suites.contract import Suite

Name = Callable[[str], str]


def steps(config: Config, name: str, suites: Sequence[Suite], checks: Sequence[Check]) -> Iterator[str]:
    """Markdown, a paragraph each (a list within one is indented); without numbers."""
    environment = config.environments[name]
    fill, rule = _filler(config, name), environment.approval
    yield _before(config, environment)
    if windows := windows_of(config, name):
        yield _with_list("It may come when the calendar lets it; outside of that it waits:", windows)
    if environment.superseded == "queue" or environment.approval or environment.deliver.by_request or windows:
        yield _overtaken(environment)
    if suites:
        yield _with_list("These tests have to pass:", [_test(suite, fill) for suite in suites])
    if environment.approval:
        yield approval(config, environment.approval)
    if environment.break_glass is not None:
        yield emergency(config, name, environment.break_glass, signed=bool(rule and rule.signed))
    yield _delivery(environment.deliver)
    if checks:
        yield _with_list(
            "These checks have to become healthy; they run side by side, and the worst counts:",
            [_check(check, fill) for check in checks],
        )
    else:
        yield "Nothing looks at it afterwards: whether it is healthy, somebody has to see."
    if environment.soak:
        yield (
            f"It is watched for {lasting(environment.soak)} before it counts as verified. What flaps meanwhile starts "
            "that time anew, what fails goes back."
        )
    if checks:
        yield _failing(environment)


def _filler(config: Config, environment: str) -> Name:
    """Fill in what is known: the environment, and the application where there is only one."""
    applications = list(config.applications)

    def fill(template: str) -> str:
        filled = template.replace("{environment}", environment)
        return filled.replace("{application}", applications[0]) if len(applications) == 1 else filled

    return fill


def _before(config: Config, environment: Environment) -> str:
    if not environment.after:
        return "Any release may come that is not held here, and not older than the one that runs here."
    names = listed([bold(name) for name in environment.after])
    unwatched = [bold(name) for name in environment.after if not config.environments[name].verify]
    but = f" ({listed(unwatched)} can only show that it was there)" if unwatched else ""
    asked = {
        "verified": f"It has to be verified in {names} first{but}",
        "deployed": f"It has to have been in {names} first, healthy or not",
        "none": f"It comes after {names}, of which no proof is asked",
    }
    rest = "must not be held here, and must not be older than the release that runs here."
    return f"{asked[environment.provenance]}, {rest}"


def _overtaken(environment: Environment) -> str:
    if environment.superseded == "queue":
        return "Releases queue here: one that comes later waits until those before it have come to their end."
    return "As long as it waits, for a word, a merge or the calendar, a newer release ends it and takes its place."


def _test(suite: Suite, fill: Name) -> str:
    more = [f"at most {lasting(suite.timeout)}"]
    more += [f"tried again up to {counted(suite.retries, 'time')}"] if suite.retries else []
    more += [f"{bold('does not stop the promotion when it fails')}"] if suite.continue_on_failure else []
    return f"{code(fill(suite.label))} ({', '.join(more)})"


def _check(check: Check, fill: Name) -> str:
    often = f"{check.consecutive} times in a row, " if check.consecutive > 1 else ""
    stable = f"for {lasting(check.stable_for)} without a break, " if check.stable_for else ""
    return f"{code(fill(check.label))}: {often}{stable}within {lasting(check.deadline)}"


def _delivery(delivery: Delivery) -> str:
    if not delivery.by_request:
        return "The change is pushed, in one commit, together with its record in the ledger."
    merged = "Promontory merges it" if delivery.merge == "auto" else "People merge it"
    when = " as soon as its checks are green" if delivery.merge == "auto" else ""
    asked = f" Asked for a review: {listed(map(bold, delivery.reviewers))}." if delivery.reviewers else ""
    until = f" After {lasting(delivery.deadline)} it is closed." if delivery.deadline else ""
    return f"A pull request is opened. {merged}{when}; closing it without merging means no.{asked}{until}"


def _failing(environment: Environment) -> str:
    by = ""
    if environment.deliver.by_request:
        by = " by a commit of its own" if environment.revert_by == "push" else " by an urgent pull request"
    wave = (
        " The environments beside it that the same run has promoted go back with it."
        if environment.on_failure == "revert-wave"
        else ""
    )
    cancelled = (
        " A run that is cancelled before that is known takes it back, too." if environment.on_cancel == "revert" else ""
    )
    return (
        f"Where it does not become healthy, it goes back{by} to the release before, which is checked in turn, and the "
        f"failed release is held here.{wave}{cancelled}"
    )


def _with_list(head: str, items: Sequence[str]) -> str:
    return "\n".join([head, "", *(f"   - {item}" for item in items)])


def facts(config: Config, name: str) -> Iterator[str]:
    """What is known of the environment besides its way in."""
    environment = config.environments[name]
    if environment.description:
        yield cell(environment.description)
    if environment.owner:
        yield f"Whom to call: {bold(environment.owner)}."
    passing = [bold(other) for other, application in config.applications.items() if name not in application.strategies]
    if passing:
        yield f"Does not run here, and passes by: {listed(passing)}."
