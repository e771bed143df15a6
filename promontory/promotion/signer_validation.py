"""Whether the approvals that want signatures can be signed: by files that are there, and keys that count."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta

from promontory.approvals import Rule, rule_of
from promontory.clock import moment
from promontory.config.document import problem_at
from promontory.errors import Problem, UsageError
from promontory.people import People
from promontory.promotion.signers import Format, Keys, SignersFiles, gpg_program
from promontory.promotion.workspace import Workspace
from promontory.signatures.listing import Listed, gpg_keys, ssh_keys

SOON = timedelta(days=30)
Path = tuple[str | int, ...]


@dataclass(frozen=True)
class _Finding:
    path: Path
    message: str
    remedy: str
    stops: bool


def signer_problems(workspace: Workspace) -> tuple[Problem, ...]:
    """What would keep a promotion from ever being approved."""
    return tuple(_problem(workspace, found) for found in _findings(workspace) if found.stops)


def signer_warnings(workspace: Workspace) -> tuple[Problem, ...]:
    """What keeps one person from approving, today or soon."""
    return tuple(_problem(workspace, found) for found in _findings(workspace) if not found.stops)


def _problem(workspace: Workspace, found: _Finding) -> Problem:
    config = workspace.config
    return problem_at(config.file, config.spots, found.path, found.message, found.remedy)


def _findings(workspace: Workspace) -> Iterator[_Finding]:
    rules = {name: rule_of(workspace.config, name) for name in workspace.config.environments}
    signed = {name: rule for name, rule in rules.items() if rule and rule.signed}
    signers = workspace.config.signers
    if signers is None:
        for name in signed:
            message = "it wants signed approvals, and nothing says whose signatures count"
            remedy = "write `signers: {ssh: .promontory/allowed_signers}` at the top, and push that file"
            yield _Finding(("environments", name, "approval", "signed"), message, remedy, stops=True)
        return
    try:
        SignersFiles(workspace.repository, signers).names()
    except UsageError as error:
        yield _Finding(("signers", "repository"), error.message, error.remedy, stops=True)
    listed: list[Listed] = []
    known = True
    for format_, file in (("ssh", signers.ssh), ("gpg", signers.gpg)):
        if file:
            keys, found = _look(workspace, "gpg" if format_ == "gpg" else "ssh")
            listed += keys or ()
            known &= keys is not None
            yield from found
    for name, rule in signed.items() if known else ():
        yield from _missing(workspace, name, rule, listed)


def _look(workspace: Workspace, format_: Format) -> tuple[Sequence[Listed] | None, Sequence[_Finding]]:
    """The keys of one file that count now (None: not known here), and what is to be said about the file."""
    repository, path = workspace.repository, ("signers", format_)
    try:
        keys = SignersFiles(repository, workspace.config.signers).keys(repository.head(), format_)
    except UsageError as error:
        return (), [_Finding(path, error.message, error.remedy, stops=True)]
    try:
        listed, faults = _read(keys, format_, workspace)
    except UsageError as error:  # there is no gpg; where approvals are judged there may be one
        return None, [_Finding(path, f"{keys.file} cannot be looked at: {error.message}", error.remedy, stops=False)]
    if not listed:
        return (), [_Finding(path, f"{keys.file} lists no key", "add a line: ADDRESS KEY-TYPE KEY", stops=True)]
    found = [_Finding(path, f"{keys.file}, {fault}", "ssh-keygen passes it over", stops=False) for fault in faults]
    return [it for it in listed if it.usable], [*found, *_expiring(workspace, path, keys, listed)]


def _read(keys: Keys, format_: Format, workspace: Workspace) -> tuple[Sequence[Listed], Sequence[str]]:
    now = workspace.clock.now()
    if format_ == "ssh":
        return ssh_keys(keys.content, now)
    return gpg_keys(keys.content, now, gpg_program(format_))


def _expiring(workspace: Workspace, path: Path, keys: Keys, listed: Sequence[Listed]) -> Iterator[_Finding]:
    now = workspace.clock.now()
    for key in listed:
        if key.until and key.until < now + SOON:
            when = "has expired" if key.until <= now else "expires"
            message = f"{keys.file}, {key.where}: the key {when} {moment(key.until)}"
            yield _Finding(path, message, "renew it, and push the file", stops=False)


def _missing(workspace: Workspace, name: str, rule: Rule, listed: Sequence[Listed]) -> Iterator[_Finding]:
    people = People(workspace.config.people)
    without = [who for who in rule.reachable if not any(key.is_for(people.names(who)) for key in listed)]
    able = people.persons(rule.reachable) - people.persons(without)
    path = ("environments", name, "approval")
    if rule.reachable and len(able) < rule.required:
        message = (
            f"{rule.required} signed approvals are required, and {len(able)} of the approvers have a key that counts"
        )
        yield _Finding(path, message, f"list keys of {', '.join(without)}", stops=True)
        return
    for who in without:
        message = f"{who} has no key that counts, and cannot approve"
        yield _Finding(path, message, "list a key of theirs under one of their names", stops=False)
