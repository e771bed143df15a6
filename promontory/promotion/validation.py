"""Whether configuration and repository agree: what every strategy finds, and which branches there are."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from itertools import islice

from promontory.config import Config
from promontory.config.document import problem_at
from promontory.errors import (
    AuthenticationFailed,
    Problem,
    PromontoryError,
    RepositoryError,
    StrategyError,
    UsageError,
    YamlError,
)
from promontory.promotion.signer_validation import signer_problems, signer_warnings
from promontory.promotion.sync_windows import project_problems
from promontory.promotion.territories import REMEDY, overlaps
from promontory.promotion.withdrawing import PREFIX
from promontory.promotion.workspace import Workspace

# Of the ledger so much is looked at; whether all of it is sound is for `promontory audit verify` to say.
_LOOKED_AT = 200


def problems(workspace: Workspace) -> tuple[Problem, ...]:
    """Everything that would stop a promotion, as of the last sync; each at its place in promontory.yaml."""
    found = (*_strategy_problems(workspace), *_ledger_problems(workspace), *_delivery_problems(workspace))
    found = (*found, *project_problems(workspace))
    return tuple(sorted({*found, *signer_problems(workspace)}))


def forge_warnings(workspace: Workspace) -> tuple[Problem, ...]:
    """Pull requests that cannot be opened from here, because there is no token: elsewhere there may be one."""
    return tuple(_forge_problems(workspace, AuthenticationFailed))


def _delivery_problems(workspace: Workspace) -> Iterator[Problem]:
    yield from _forge_problems(workspace, UsageError)
    ledger = workspace.ledger.branch
    for name in _by_request(workspace):
        if f"{PREFIX}{name}" == ledger:
            message = f'its pull requests would come from branches below "{ledger}", which is the ledger'
            yield _delivery_problem(workspace, name, message, "rename the environment, or set PROMONTORY_LEDGER_BRANCH")


def _forge_problems(workspace: Workspace, kind: type[PromontoryError]) -> Iterator[Problem]:
    for name in _by_request(workspace):
        try:
            workspace.forge()
        except kind as error:
            yield _delivery_problem(workspace, name, f"no pull request can be opened: {error.message}", error.remedy)
        except (UsageError, AuthenticationFailed):
            continue


def _by_request(workspace: Workspace) -> list[str]:
    return [name for name, environment in workspace.config.environments.items() if environment.deliver.by_request]


def _delivery_problem(workspace: Workspace, environment: str, message: str, remedy: str) -> Problem:
    config = workspace.config
    return problem_at(config.file, config.spots, ("environments", environment, "deliver"), message, remedy)


def _strategy_problems(workspace: Workspace) -> Iterator[Problem]:
    config, snapshot = workspace.config, workspace.snapshot()
    for application, options in config.applications.items():
        for environment in options.strategies:
            try:
                workspace.strategy(application, environment).check(snapshot)
            except StrategyError as error:
                yield _at_strategy(config, application, environment, _placed(error), error.remedy)
    for found in overlaps(workspace):
        yield _at_strategy(config, found.place.application, found.place.environment, found.message, REMEDY)


def warnings(workspace: Workspace) -> tuple[Problem, ...]:
    """What strategies and signers remark on the repository, as of the last sync: allowed, but worth a second look."""
    config, snapshot, branch = workspace.config, workspace.snapshot(), workspace.repository.branch
    found: list[Problem] = []
    for application, options in config.applications.items():
        for environment in options.strategies:
            with suppress(StrategyError):  # a problem, not a warning
                strategy = workspace.strategy(application, environment)
                remarks = {*strategy.remarks(snapshot, branch), *strategy.rivals(snapshot, branch)}
                found += (_at_strategy(config, application, environment, it.message, it.remedy) for it in remarks)
    return tuple(sorted({*found, *signer_warnings(workspace)}))


def _at_strategy(config: Config, application: str, environment: str, message: str, remedy: str) -> Problem:
    override = ("applications", application, "environments", environment)
    path = override if override in config.spots else ("applications", application, "strategy")
    return problem_at(config.file, config.spots, path, f"{environment}: {message}", remedy)


def _placed(error: StrategyError) -> str:
    at = f" (line {error.line}, column {error.column})" if isinstance(error, YamlError) and error.line else ""
    return error.message + at


def _ledger_problems(workspace: Workspace) -> Iterator[Problem]:
    """Git keeps branches as files: ``a`` and ``a/b`` cannot both exist."""
    ledger, branches = workspace.ledger.branch, workspace.repository.heads()
    remedy = "choose another name for the ledger: PROMONTORY_LEDGER_BRANCH"
    clashing = [name for name in branches if name.startswith(f"{ledger}/") or ledger.startswith(f"{name}/")]
    if clashing:
        yield _branch_problem(f'the ledger branch "{ledger}" clashes with the branch "{clashing[0]}"', remedy)
    if ledger == workspace.repository.branch:
        yield _branch_problem(f'the ledger branch "{ledger}" is the branch that the environments follow', remedy)
    elif ledger in branches:
        yield from _content_problems(workspace, remedy)


def _content_problems(workspace: Workspace, remedy: str) -> Iterator[Problem]:
    ledger, repository = workspace.ledger, workspace.repository
    try:
        entries = tuple(islice(ledger.newest(), _LOOKED_AT))
    except RepositoryError as error:
        yield _branch_problem(error.message, error.remedy)
        return
    if not entries and repository.tree(repository.head(ledger.branch)):
        yield _branch_problem(f'the branch "{ledger.branch}" exists, but it holds no ledger', remedy)


def _branch_problem(message: str, remedy: str) -> Problem:
    return Problem("environment", 0, 0, "PROMONTORY_LEDGER_BRANCH", message, remedy)
