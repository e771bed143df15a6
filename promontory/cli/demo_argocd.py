"""Do the demo's verdicts say what Argo CD says? Argo CD is asked in its own cluster, by the kubeconfig."""

from __future__ import annotations

import asyncio
from typing import cast

from promontory.clusters import KubernetesObjects
from promontory.entry import Entry
from promontory.live_objects import APPLICATION, Ref
from promontory.promotion.workspace import Workspace

CONTEXT = "sandbox"


def agree_with_argocd(workspace: Workspace, application: str) -> bool:
    """Whether the commits that each verdict rests on are ones that Argo CD has deployed to that environment."""
    verdicts = [entry for entry in workspace.ledger.entries(application) if entry.verdict]
    deployed = {environment: _deployed(application, environment) for environment in {e.environment for e in verdicts}}
    named = [(_commits(entry), deployed[entry.environment]) for entry in verdicts]
    return bool(named) and all(commits and commits <= synced for commits, synced in named)


def _commits(entry: Entry) -> set[str]:
    """What the argocd check waited for, and what it saw."""
    checks = entry.verdict.checks if entry.verdict else ()
    known = [check.evidence for check in checks if check.check.startswith("argocd ")]
    seen = {str(revision) for evidence in known for revision in cast("list[object]", evidence.get("revisions", []))}
    return seen | {str(evidence.get("wanted")) for evidence in known}


def _deployed(application: str, environment: str) -> set[str]:
    ref = Ref(APPLICATION, "argocd", f"{application}-{environment}", CONTEXT)
    document = asyncio.run(KubernetesObjects().get(ref))
    return {str(deployed["revision"]) for deployed in document["status"].get("history", ())}
