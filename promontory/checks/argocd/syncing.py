"""The operation that is set to sync an Application whose policy leaves that to people."""

from __future__ import annotations

from typing import Any

from promontory.checks.argocd.application import Application

OPERATOR = "promontory"


def sync_operation(application: Application) -> dict[str, Any]:
    """To the revisions that it was compared with, which have ours; retries and options are those of its policy.

    A commit that others have pushed on top is in them: syncing to ours alone would leave it OutOfSync for ever.
    """
    policy, observed = application.spec.sync_policy, list(application.observed)
    sync: dict[str, Any] = {"revisions": observed} if application.spec.sources else {"revision": observed[0]}
    if policy.sync_options:
        sync["syncOptions"] = list(policy.sync_options)
    operation: dict[str, Any] = {"initiatedBy": {"username": OPERATOR}, "sync": sync}
    return operation | ({"retry": dict(policy.retry)} if policy.retry else {})
