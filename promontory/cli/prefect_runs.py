"""Runs on the Prefect server that are about a release and have not ended."""

from __future__ import annotations

from promontory.cli.prefect_api import prefect_client, run_address
from promontory.promotion.explaining.values import RunState

_MOST = 20


async def runs_under_way(application: str, release: str) -> tuple[RunState, ...]:
    """Newest first. Raises what `prefect_client` raises."""
    from prefect.client.schemas.filters import FlowRunFilter, FlowRunFilterState, FlowRunFilterStateType
    from prefect.client.schemas.objects import TERMINAL_STATES, StateType
    from prefect.client.schemas.sorting import FlowRunSort

    alive = [each for each in StateType if each not in TERMINAL_STATES]
    wanted = FlowRunFilter(state=FlowRunFilterState(type=FlowRunFilterStateType(any_=alive)))
    async with prefect_client() as client:
        runs = await client.read_flow_runs(flow_run_filter=wanted, sort=FlowRunSort.START_TIME_DESC, limit=200)
    about = [run for run in runs if _is_about(run.parameters, application, release)][:_MOST]
    return tuple(
        RunState(
            name=run.name,
            state=run.state_name or "",
            since=run.state.timestamp if run.state else None,
            url=run_address(run.id),
        )
        for run in about
    )


def _is_about(parameters: dict[str, object], application: str, release: str) -> bool:
    """A run that was asked for by a word, such as latest, is not found by the release."""
    also = parameters.get("also")
    named = {**(also if isinstance(also, dict) else {}), parameters.get("application"): parameters.get("release")}
    return named.get(application) in (release, "latest", "verified")
