"""A hop between its steps: ready to be delivered, or to be looked at again later; and what a task left."""

from __future__ import annotations

from collections.abc import Awaitable
from dataclasses import dataclass
from typing import Any, cast

from prefect import Flow, State, Task

from flows.waiting import Later
from promontory.model import GateState, Plan, SuiteResult
from promontory.promotion.breaking_glass import wants_approval
from promontory.promotion.values import Hop, Status
from tasks.running import WORKSPACE


@dataclass(frozen=True)
class Ready:
    """A hop that may be delivered once it is approved; without a plan only its verification is left."""

    hop: Hop
    plan: Plan | None = None
    gates: tuple[GateState, ...] = ()
    suites: tuple[SuiteResult, ...] = ()

    @property
    def by_request(self) -> bool:
        """The change goes through a pull request, which has been opened."""
        return self.plan is not None and through_request(self.hop)

    @property
    def needs_approval(self) -> bool:
        """Something is to be pushed, and the environment's rule wants somebody's word for it."""
        return self.plan is not None and wants_approval(WORKSPACE.get(), self.hop)


@dataclass(frozen=True)
class Waiting:
    """A hop to be looked at again later: gates are closed, a pull request is open, or its release is soaking.

    ``status``: what has become of it where nobody waits. ``anew``: it is planned anew then, and not only looked at.
    """

    ready: Ready
    later: Later
    remedy: str
    status: Status = "waiting"
    anew: bool = False


@dataclass(frozen=True)
class Again:
    """A hop to be planned anew at once: while it waited for its turn, another promotion has changed the same place."""

    hop: Hop


def merged_elsewhere(ready: Ready) -> bool:
    """Its change is merged by people, on the forge."""
    return ready.by_request and WORKSPACE.get().config.environment(ready.hop.environment).deliver.merge == "wait"


def through_request(hop: Hop) -> bool:
    return WORKSPACE.get().config.environment(hop.environment).deliver.by_request


async def state_of(work: Task[..., Any] | Flow[..., Any], *arguments: object, **named: object) -> State[Any]:
    """Run a task or a flow for its final state, however it ends."""
    return await cast("Awaitable[State[Any]]", work(*arguments, **named, return_state=True))


async def carried(state: State[Any]) -> Any:
    """What a task's final state carries; the task's own exception is raised again."""
    value = await state.aresult(raise_on_failure=False)
    if isinstance(value, Exception):
        raise value
    return value
