"""What only others know: the controllers of the clusters, and the forge. One look each, all together in a short time.

Nothing is changed anywhere. What cannot be asked is said, and the rest is answered all the same.
"""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import TypeVar

from promontory.checks.contract import Check, Facilities
from promontory.entry import Entry
from promontory.errors import PromontoryError
from promontory.health import ControllerReport
from promontory.model import Place
from promontory.options import Target
from promontory.promotion.explaining.values import InForce, RequestState, Unseen
from promontory.promotion.observing import facilities
from promontory.promotion.verification import target_of
from promontory.promotion.withdrawing import find
from promontory.promotion.workspace import Workspace

logger = logging.getLogger("promontory.promotion")
Answer = TypeVar("Answer")


@dataclass(frozen=True)
class Live:
    """What was seen, and what could not be."""

    controllers: tuple[ControllerReport, ...] = ()
    request: RequestState | None = None
    unseen: tuple[Unseen, ...] = ()


async def look(workspace: Workspace, place: Place, known: InForce, release: str | None, seconds: float) -> Live:
    """Look at what runs ``known``, and at the pull request of ``release``; no longer than ``seconds``."""
    means = facilities(workspace)
    target = await asyncio.to_thread(_target, workspace, place, known)
    checks = workspace.checks(place.environment) if target else ()
    proposal = workspace.record(place).proposal(release) if release else None
    request = _request(workspace, proposal, seconds) if proposal else _nothing()
    *described, asked = await asyncio.gather(
        *(_described(check, target, means, seconds) for check in checks if target), request
    )
    reports = [each for each in described if isinstance(each, tuple)]
    unseen = [each for each in (*described, asked) if isinstance(each, Unseen)]
    return Live(
        tuple(report for several in reports for report in several),
        asked if isinstance(asked, RequestState) else None,
        tuple(unseen),
    )


def _target(workspace: Workspace, place: Place, known: InForce) -> Target | None:
    """What the cluster is to run: what Git says, at the commit that brought it."""
    if known.release is None:
        return None
    standing = workspace.record(place).standing(known.release)
    if standing.entry:
        return target_of(workspace, standing.entry)
    strategy = workspace.strategy(place.application, place.environment)
    followed = strategy.followed(workspace.snapshot(), known.release)
    if followed is None:
        return Target(place, known.release)
    if known.change is None:
        return Target(place, known.release, followed.commit, pinned=followed.pinned)
    return Target(place, known.release, known.change.commit, known.change.at)


async def _described(
    check: Check, target: Target, means: Facilities, seconds: float
) -> tuple[ControllerReport, ...] | Unseen:
    what = target.fill(check.label)
    return await _within(seconds, what, lambda: check.describe(target, means))


async def _request(workspace: Workspace, proposal: Entry, seconds: float) -> RequestState | Unseen:
    what = proposal.address or "the pull request"
    return await _within(seconds, what, lambda: _in_background(lambda: _asked(workspace, proposal)))


def _asked(workspace: Workspace, proposal: Entry) -> RequestState:
    forge = workspace.forge()
    request = find(forge, proposal)
    if request is None:
        return RequestState(url=proposal.address, state="not opened yet")
    checks = forge.checks(request.head_sha) if request.state == "open" and request.head_sha else None
    return RequestState(
        url=request.url or proposal.address,
        state=request.state,
        checks=checks.state if checks else "",
        reasons=checks.reasons if checks else (),
        approved_by=request.approved_by,
    )


async def _nothing() -> None:
    return None


async def _within(seconds: float, what: str, ask: Callable[[], Awaitable[Answer]]) -> Answer | Unseen:
    try:
        async with asyncio.timeout(seconds):
            return await ask()
    except TimeoutError:
        return Unseen(what=what, why=f"did not answer within {seconds:g} s", remedy="try again with a longer --timeout")
    except PromontoryError as error:
        return Unseen(what=what, why=error.message, remedy=error.remedy)
    except Exception as error:  # whatever a server sends, the rest is explained
        logger.debug("%s raised", what, exc_info=True)
        return Unseen(what=what, why=f"{type(error).__name__}: {error}")


async def _in_background(call: Callable[[], Answer]) -> Answer:
    """In a thread that nobody waits for when the time is over: a forge may keep it for longer than that."""
    loop = asyncio.get_running_loop()
    future: asyncio.Future[Answer] = loop.create_future()

    def settle(result: Answer | None, error: Exception | None) -> None:
        if not future.done():
            future.set_exception(error) if error else future.set_result(result)  # type: ignore[arg-type]

    def work() -> None:
        result, failed = None, None
        try:
            result = call()
        except Exception as error:
            failed = error
        with suppress(RuntimeError):  # the loop is closed: nobody listens any more
            loop.call_soon_threadsafe(settle, result, failed)

    threading.Thread(target=work, daemon=True).start()
    return await future
