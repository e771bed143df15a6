"""Promote a release through the environments, wave by wave.

::

    fetch → survey → for each wave, its environments side by side:
      plan-<environment>       what would be pushed, and the gates
      test-<environment>       the suites
      request-, approve-…      the approval, where one is asked for
      promote-<environment>    the push
      verify-<environment>     the checks
      revert-<environment>     where it did not become healthy; then verify- again
"""

import asyncio
from collections.abc import Sequence

from prefect import flow
from prefect.runtime import flow_run

from flows.approval import approval_of
from flows.forms import Application, Destination
from flows.hop import Ready, deliver, prepare
from flows.running import FLOW, concluding, ended, outcome_of, workspace_of_run
from promontory.promotion.values import Hop, HopOutcome, Result
from tasks.status import environments
from tasks.survey import survey


@flow(name="promote", flow_run_name="{application} {release} to {to}", **FLOW)
@concluding
async def promote(application: Application, release: str, to: Destination = "all", requested_by: str = "") -> Result:
    """Move a release from environment to environment through Git: tested, approved, pushed, verified, or reverted.

    Args:
        application: The application to promote, as promontory.yaml names it.
        release: The release: a version such as v1.3.0, or an image digest (sha256:…).
        to: How far. The environments before it come first, as far as the release is not there yet.
        requested_by: Who asks for it; goes into the ledger.
    """
    async with workspace_of_run(requested_by):
        outcomes: dict[str, HopOutcome] = {}
        for wave in await survey(application, release, None if to == "all" else to, str(flow_run.get_id())):
            stopped = [ended(hop, "stopped", why) for hop in wave if (why := stopped_by(hop, outcomes))]
            moved = await promote_wave([hop for hop in wave if not stopped_by(hop, outcomes)])
            outcomes |= {outcome.environment: outcome for outcome in (*stopped, *moved)}
        await environments(application)
        return Result(application=application, release=release, hops=tuple(outcomes.values()))


async def promote_wave(wave: Sequence[Hop]) -> list[HopOutcome]:
    """Side by side; what needs no approval does not wait for what does."""
    prepared = await asyncio.gather(*(outcome_of(hop, prepare(hop)) for hop in wave))
    ready = [each for each in prepared if isinstance(each, Ready)]
    free = [each for each in ready if not each.needs_approval]
    outcomes = [each for each in prepared if isinstance(each, HopOutcome)]
    outcomes += await asyncio.gather(*(outcome_of(each.hop, deliver(each)) for each in free))
    for each in ready:
        if each not in free:
            outcomes.append(await outcome_of(each.hop, approve_and_deliver(each)))
    return outcomes


async def approve_and_deliver(ready: Ready) -> HopOutcome:
    approved = await approval_of(ready)
    return await deliver(approved) if isinstance(approved, Ready) else approved


def stopped_by(hop: Hop, outcomes: dict[str, HopOutcome]) -> str:
    """Why this hop cannot start: an environment before it, that this run had to pass, was not reached."""
    missing = [name for name in hop.after if name in outcomes and not outcomes[name].arrived]
    return f"{' and '.join(missing)} did not take {hop.release}" if missing else ""
