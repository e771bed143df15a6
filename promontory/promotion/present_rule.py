"""The approval that a push needs is what promontory.yaml on the protected branch wants now, not when the run began.

A run that waited may have read a version that asks for less, and a checkout may hold an old one, or one that somebody
has changed.
"""

from __future__ import annotations

from promontory.approvals import Rule, rule_of
from promontory.errors import NotAllowed, PromontoryError
from promontory.promotion.judging import rule_for
from promontory.promotion.location import CONFIG_FILE, read_config_at
from promontory.promotion.workspace import Workspace


def ensure_rule_is_present(workspace: Workspace, environment: str) -> None:
    """Raises `NotAllowed` where the branch's file wants other approvals of the environment than this run's, as of now.

    A run whose configuration is not from the repository may have its own idea of names that nobody can prove; whose
    signatures are wanted is not for it to say.
    """
    head, read = workspace.repository.head(), workspace.config_commit
    if read is not None and _file(workspace, read) == _file(workspace, head):
        return
    if _file(workspace, head) is None and read is None:
        return
    branch = workspace.repository.branch
    remedy = f"promote again with the {CONFIG_FILE} of {branch}"
    try:
        config = read_config_at(workspace.repository, head, branch)
    except PromontoryError as error:
        if read is None:
            return
        told = f"{CONFIG_FILE} has changed since this run read it, and cannot be read: {error.message.splitlines()[0]}"
        raise NotAllowed(told, remedy) from None
    wanted = rule_of(config, environment)
    differs = wanted != rule_for(workspace, environment) and (read or _is_signed(wanted))
    if differs or (_is_signed(wanted) and config.signers != workspace.config.signers):
        raise NotAllowed(f"{CONFIG_FILE} of {branch} wants other approvals of {environment} than this run knew", remedy)


def _file(workspace: Workspace, commit: str) -> str | None:
    return workspace.repository.tree_id(commit, CONFIG_FILE)


def _is_signed(rule: Rule | None) -> bool:
    return rule is not None and rule.signed
