"""Did all of it really happen? The demo asks Git, the ledger, the cluster and Prefect, not itself."""

from __future__ import annotations

from dataclasses import dataclass

from promontory.cli.demo_argocd import agree_with_argocd
from promontory.model import Place
from promontory.promotion.location import open_workspace
from promontory.promotion.values import Result
from promontory.promotion.workspace import Actor, Workspace
from promontory.record import Record
from promontory.settings import read_settings


@dataclass(frozen=True)
class Proof:
    """Claims, each with whether it holds."""

    claims: tuple[tuple[str, bool], ...]

    @property
    def exit_code(self) -> int:
        return 0 if all(holds for _, holds in self.claims) else 1

    @classmethod
    def of(cls, good: Result, broken: Result, *, cluster: str, prefect: str) -> Proof:
        """``good`` went all the way, ``broken`` was taken back in staging."""
        workspace = open_workspace(read_settings(), Actor("demo"))
        application, old, new = good.application, good.release, broken.release
        names = tuple(workspace.config.environments)
        production, staging = (workspace.record(Place(application, name)) for name in ("production", "staging"))
        return cls(
            (
                (f"{old} was verified in {', '.join(names)}", _verified_everywhere(workspace, application, names, old)),
                (f"{old} went to production on somebody's word", _approved(production, old)),
                (f"{new} was reverted in staging and is held there", _reverted_and_held(staging, new)),
                (f"production never saw {new}", not any(entry.in_force == new for entry in production.entries)),
                ("every promotion is one commit, and the revert one more", _commits(workspace, application, new)),
                ("every verdict names the commit that Argo CD had synced", agree_with_argocd(workspace, application)),
                (f"the cluster answers {old} in staging and production", _answers(cluster, application, old)),
                ("Prefect has both runs: one Completed, one Reverted", _runs(prefect) >= {"Completed", "Reverted"}),
            )
        )


def _verified_everywhere(workspace: Workspace, application: str, names: tuple[str, ...], release: str) -> bool:
    records = (workspace.record(Place(application, name)) for name in names)
    return all(any(entry.kind == "verdict" and entry.release == release for entry in each.entries) for each in records)


def _approved(record: Record, release: str) -> bool:
    return any(entry.kind == "approved" and entry.release == release for entry in record.entries)


def _reverted_and_held(record: Record, release: str) -> bool:
    reverted = any(entry.kind == "reverted" and entry.release == release for entry in record.entries)
    return reverted and record.hold(release) is not None


def _commits(workspace: Workspace, application: str, broken: str) -> bool:
    log = workspace.repository.log(workspace.repository.branch, 20)
    promotions = [entry.trailers["Promotion-Id"] for entry in log if "Promotion-Id" in entry.trailers]
    reverts = [entry.trailers["Previous-Release"] for entry in log if "Reverts-Promotion" in entry.trailers]
    pushed = [entry for entry in workspace.ledger.entries(application) if entry.kind == "pushed"]
    return len(promotions) == len(set(promotions)) == len(pushed) and reverts == [broken]


def _answers(cluster: str, application: str, release: str) -> bool:
    import httpx

    with httpx.Client(trust_env=False, timeout=5) as client:
        answers = [client.get(f"{cluster}/{name}/{application}/version") for name in ("staging", "production")]
    return all(answer.is_success and answer.json()["version"] == release for answer in answers)


def _runs(prefect: str) -> set[str]:
    import httpx

    with httpx.Client(trust_env=False, timeout=10) as client:
        answer = client.post(f"{prefect}/api/flow_runs/filter", json={}).raise_for_status()
    return {run["state_name"] for run in answer.json()}
