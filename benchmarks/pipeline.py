"""The pipeline's own overhead: a promotion with everything instant, against a bare flow with as many tasks.

Instant: no suites, no checks, no approval. Git is not instant, so the same calls into the core are measured without
Prefect, too, and taken off. All run in this process on the same Prefect server, in turns.
"""

from __future__ import annotations

import asyncio
import os
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.tables import Row, print_table

_ROUNDS = 15
_PAUSE_SECONDS = 2.5
_TARGET = 1.5
_ENVIRONMENTS = ("dev", "staging", "production")
_CONFIG = """\
applications:
  web-app:
    strategy: {kind: directory, path: "apps/web-app/{environment}", image: ghcr.io/acme/web-app}
environments:
  dev: {}
  staging: {after: dev}
  production: {after: staging}
"""
_KUSTOMIZATION = "images:\n  - name: ghcr.io/acme/web-app\n    newTag: v0.0.0\n"


def main() -> None:
    from promontory.cli.prefect_server import free_port, prefect_server
    from promontory.cli.running import prefect_environment, settle_prefect

    with tempfile.TemporaryDirectory(prefix="promontory-bench-") as name:
        directory = Path(name)
        _prepare(directory)
        prefect_environment()
        with prefect_server("127.0.0.1", free_port()):
            asyncio.run(_measure())
            settle_prefect()


def _prepare(directory: Path) -> None:
    from promontory.repository import create_bare

    files: dict[str, bytes | str] = {"promontory.yaml": _CONFIG}
    files |= {f"apps/web-app/{name}/kustomization.yaml": _KUSTOMIZATION for name in _ENVIRONMENTS}
    repository = directory / "gitops.git"
    create_bare(repository, files, message="Begin")
    os.environ["PREFECT_HOME"] = str(directory / "prefect")
    os.environ["PROMONTORY_CACHE_DIR"] = str(directory / "cache")
    os.environ["PROMONTORY_REPOSITORY"] = str(repository)


async def _measure() -> None:
    from flows.promote import promote

    tasks = await _task_runs_of(await _promote(promote, 0))
    bare = _bare_flow(tasks)
    await _seconds(bare())
    ours, core, theirs = [], [], []
    for number in range(1, _ROUNDS + 1):
        ours.append(await _seconds(_promote(promote, 2 * number)))
        core.append(await _seconds(asyncio.to_thread(_core_alone, 2 * number + 1)))
        theirs.append(await _seconds(bare()))
    _print(tasks, median(ours) * 1000, median(core) * 1000, median(theirs) * 1000)


def _print(tasks: int, ours: float, core: float, theirs: float) -> None:
    title = "Pipeline overhead: the same number of tasks on the same Prefect server (ms)"
    name = f"promotion through {len(_ENVIRONMENTS)} environments, {tasks} tasks"
    rows = [
        Row(name, ours),
        Row("the same calls into the core, no Prefect (Git's work)", core),
        Row(f"bare flow, {tasks} tasks", theirs),
        Row(
            "the pipeline's own: the first without the second",
            ours - core,
            "bare flow x",
            (ours - core) / theirs,
            _TARGET,
            at_most=True,
        ),
    ]
    print_table(title, rows)


def _core_alone(number: int) -> None:
    """What the flow has the core do, one call after the other."""
    from promontory.promotion.delivery import deliver, plan_hop
    from promontory.promotion.location import open_workspace
    from promontory.promotion.survey import survey
    from promontory.promotion.views import status
    from promontory.promotion.workspace import Actor
    from promontory.settings import read_settings

    workspace = open_workspace(read_settings(), Actor("benchmark"))
    for wave in survey(workspace, "web-app", f"v0.0.{number + 1}", None, f"run {number}"):
        for hop in wave:
            plan, _ = plan_hop(workspace, hop)
            deliver(workspace, hop, plan)
    status(workspace)


async def _promote(flow: Callable[..., Any], number: int) -> Any:
    state = await flow("web-app", f"v0.0.{number + 1}", return_state=True)
    if not state.is_completed():
        raise RuntimeError(f"the promotion did not complete: {state}")
    return state


async def _task_runs_of(state: Any) -> int:
    from prefect import get_client
    from prefect.client.schemas.filters import FlowRunFilter, FlowRunFilterId

    async with get_client() as client:
        for _ in range(100):
            chosen = FlowRunFilter(id=FlowRunFilterId(any_=[state.state_details.flow_run_id]))
            runs = await client.read_task_runs(flow_run_filter=chosen)
            if runs:
                await asyncio.sleep(2)  # task runs are recorded a little later than they happen
                return len(await client.read_task_runs(flow_run_filter=chosen))
            await asyncio.sleep(0.1)
    raise RuntimeError("Prefect recorded no task runs")


def _bare_flow(tasks: int) -> Callable[[], Awaitable[None]]:
    from prefect import flow, task

    @task
    async def nothing() -> None:
        """No work at all."""

    @flow(name="bare")
    async def bare() -> None:
        for _ in range(tasks):
            await nothing()

    return bare


async def _seconds(work: Awaitable[object]) -> float:
    # SQLite is still being written to for a while after a run; a run that begins meanwhile is told to wait 2 s.
    await asyncio.sleep(_PAUSE_SECONDS)
    started = time.perf_counter()
    await work
    return time.perf_counter() - started


if __name__ == "__main__":
    main()
