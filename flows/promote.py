"""Promote a release through the environments, wave by wave.

::

    fetch → resolve → survey → for each wave, its environments side by side:
      plan-<environment>       what would be pushed, and the gates
      wait-<environment>       where a gate is closed and opens by itself: until then, and plan- again
      test-<environment>       the suites
      propose-<environment>    the pull request, where one is wanted
      request-, approve-…      the approval, where one is asked for
      promote-<environment>    the push; or merge-…, a look at the pull request, until it is merged
      verify-<environment>     the checks; again and again, where a release has to soak
      revert-<environment>     where it did not become healthy; then verify- again
"""

import asyncio
from collections.abc import Sequence

from prefect import Flow, State, flow
from prefect.client.schemas import FlowRun
from prefect.runtime import flow_run

from flows.abandoned import abandon, take_back_abandoned
from flows.approval import approval_of
from flows.forms import Also, Application, Destination
from flows.hop import deliver, merged_all_the_same, prepare, until_over
from flows.ready import Again, Ready, Waiting, carried, state_of, through_request
from flows.recovering import start_again
from flows.running import FLOW, concluding, ended, workspace_of_run
from flows.waves import WAVE, side_by_side
from promontory.errors import Superseded
from promontory.promotion.breaking_glass import emergency, through_glass
from promontory.promotion.values import Hop, HopOutcome, Result
from tasks.explain import show_explanations
from tasks.resolve import resolve
from tasks.status import environments
from tasks.survey import survey


def cancelled(flow: Flow[..., object], flow_run: FlowRun, state: State) -> None:  # noqa: ARG001 — Prefect's names
    """Nobody waits any more for what the run has proposed, nor watches what it has pushed."""
    asyncio.run(abandon(str(flow_run.id), flow_run.name))


@flow(
    name="promote",
    flow_run_name="{application} {release} to {to}",
    on_cancellation=[cancelled],
    on_crashed=[start_again],
    **FLOW,
)
@concluding
async def promote(  # noqa: PLR0913, PLR0917 — the fields of its form
    application: Application,
    release: str,
    to: Destination = "all",
    requested_by: str = "",
    also: Also = {},  # noqa: B006 — Prefect copies it
    allow_downgrade: bool = False,
    unattended: bool = False,
    break_glass: bool = False,
    reason: str = "",
) -> Result:
    """Move a release from environment to environment through Git: tested, approved, pushed, verified, or reverted.

    Args:
        application: The application to promote, as promontory.yaml names it.
        release: The release: a version such as v1.3.0, or an image digest (sha256:…). Also latest, verified, or a
            range of versions such as >=1.2 <2.
        to: How far. The environments before it come first, as far as the release is not there yet.
        requested_by: Who asks for it; goes into the ledger.
        also: More applications that move together with it, and their releases, such as {"api": "v2.1.0"}: one plan, one
            approval, one push.
        allow_downgrade: Promote it even where an environment runs a newer release; `rollback` is the usual way back.
        unattended: No human asks for just this release now: a pipeline or another machine does. Where a gate holds back
            what is automatic, it holds this back, as it does what a schedule starts.
        break_glass: An emergency: pass closed gates, straight into the environment `to`. It is recorded and told to
            everybody, and needs a name and a reason. Tests and checks are not passed.
        reason: Why the glass is broken.
    """
    glass = emergency(to, requested_by, reason) if break_glass else ""
    async with workspace_of_run(requested_by, unattended=unattended):
        await take_back_abandoned()
        outcomes: list[HopOutcome] = []
        end, run = None if to == "all" else to, str(flow_run.get_id())
        named: dict[str, str] = await carried(await state_of(resolve, {**also, application: release}, end, run))
        release, also = named[application], {name: named[name] for name in also}
        surveyed = await survey(application, release, end, run, also, allow_downgrade=allow_downgrade)
        for wave in through_glass(surveyed, end, glass):
            stopped = [ended(hop, "stopped", why) for hop in wave if (why := stopped_by(hop, outcomes))]
            free = [hop for hop in wave if not stopped_by(hop, outcomes)]
            with side_by_side(free) as course:
                moved = await promote_wave(free)
                if course.failed:
                    waves = await survey(application, release, end, run, also, allow_downgrade=allow_downgrade)
                    moved = await taken_along(moved, [hop for other in waves for hop in other])
            outcomes += (member for outcome in (*stopped, *moved) for member in outcome.members)
        await environments([application, *also])
        show_explanations(outcomes)
        names, releases = ", ".join([application, *also]), ", ".join([release, *also.values()])
        return Result(application=names, release=releases, hops=tuple(outcomes))


async def promote_wave(wave: Sequence[Hop]) -> list[HopOutcome]:
    """Side by side; none waits for another longer than the run must."""
    return await WAVE.get().together.run([until_over(hop, promote_hop) for hop in wave])


async def promote_hop(hop: Hop) -> HopOutcome | Waiting | Again:
    """The list above for one environment, as far as it comes."""
    try:
        came = await _promote_hop(hop)
    except Superseded:
        if not through_request(hop) or not (merged := await merged_all_the_same(hop)):
            raise
        return merged
    if isinstance(came, HopOutcome) and came.status in ("rejected", "expired") and through_request(hop):
        return await merged_all_the_same(hop) or came
    return came


async def _promote_hop(hop: Hop) -> HopOutcome | Waiting | Again:
    ready = await prepare(hop)
    if isinstance(ready, Ready) and ready.needs_approval and not WAVE.get().failed:
        ready = await approval_of(ready)
    return await deliver(ready) if isinstance(ready, Ready) else ready


async def taken_along(moved: Sequence[HopOutcome], surveyed: Sequence[Hop]) -> list[HopOutcome]:
    """What had arrived when the wave failed goes back, too; the others have been."""
    arrived = {each.environment for each in moved if each.arrived}
    going = [hop for hop in surveyed if hop.step == "revert" and hop.environment in arrived]
    outcomes = await WAVE.get().together.run([until_over(hop, promote_hop) for hop in going])
    gone = {each.environment for each in outcomes}
    return [*(each for each in moved if each.environment not in gone), *outcomes]


def stopped_by(hop: Hop, outcomes: Sequence[HopOutcome]) -> str:
    """Why this hop cannot start: an environment before it, that this run had to pass, was not reached.

    Applications that move together wait for each other.
    """
    before = {name for member in hop.members for name in member.after}
    missing = [each for each in outcomes if each.environment in before and not each.arrived]
    names = " and ".join(dict.fromkeys(each.environment for each in missing))
    return f"{names} did not take {' and '.join(dict.fromkeys(each.release for each in missing))}" if missing else ""
