"""Tell people what a run records and how it leaves an environment; emit it as events of Prefect, too.

No task does it: a run has a dozen of events, and as many tasks would hide its steps. The messages are beside the run,
and it shows them in its log; the events are in its feed.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from contextvars import ContextVar
from dataclasses import replace
from inspect import isawaitable
from uuid import UUID

from prefect.blocks.abstract import NotificationBlock
from prefect.blocks.core import Block
from prefect.events import emit_event

from promontory.entry import Entry
from promontory.errors import TransientError, UsageError
from promontory.event import Event
from promontory.notifications.contract import Means
from promontory.promotion.telling import Teller
from promontory.promotion.workspace import Workspace
from tasks.notify_again import recorded_before_death
from tasks.promises import promising

TELLER: ContextVar[Teller] = ContextVar("teller")
# How long a run waits in its end for what could not be sent yet.
_PATIENCE = 30.0


@asynccontextmanager
async def telling(workspace: Workspace) -> AsyncIterator[Workspace]:
    """The workspace, listened to. All is told, or given up, before the run ends or suspends."""
    teller = Teller(workspace, Means(os.environ, notify_block), emit)

    def hear(entries: Sequence[Entry]) -> None:
        workspace.heard(entries)
        teller.hear(entries)

    token = TELLER.set(teller)
    try:
        if untold := await recorded_before_death(workspace):
            workspace.heard(untold)
            teller.hear(untold, repeated=True)
        async with promising(workspace, teller, _PATIENCE) as promise:
            yield replace(workspace, heard=hear, promise=promise)
    finally:
        TELLER.reset(token)


def emit(event: Event) -> None:
    """``promontory.<word>`` about the place; the flow run is related to it. What is not known of it is empty."""
    place = {"application": event.application, "environment": event.environment}
    emit_event(
        event=f"promontory.{event.word}",
        id=UUID(event.id),
        resource={
            "prefect.resource.id": f"promontory.place.{event.application}.{event.environment}",
            "prefect.resource.name": f"{event.application} in {event.environment}",
            **{f"promontory.{name}": value for name, value in place.items()},
        },
        payload=event.model_dump(mode="json"),
    )


async def notify_block(name: str, title: str, text: str) -> None:
    """Through the notification block of that name. What goes wrong may say an address: only its kind is told."""
    try:
        block: object = await Block.aload(name)
    except ValueError:
        raise UsageError(f"the Prefect server has no block {name}", "prefect block ls lists them") from None
    except Exception as error:
        raise TransientError(f"the block {name} cannot be loaded: {type(error).__name__}") from None
    if not isinstance(block, NotificationBlock):
        raise UsageError(f"the block {name} is no notification block", "choose one of type Slack Webhook or the like")
    try:
        with block.raise_on_failure():
            await _notify(block, text, title)
    except Exception as error:
        raise TransientError(f"the block {name} could not notify: {type(error).__name__}") from None


async def _notify(block: NotificationBlock, text: str, title: str) -> None:
    """Blocks of others may know the one way only, or the other."""
    notify = getattr(block, "anotify", None)
    sent = notify(text, title) if notify else await asyncio.to_thread(block.notify, text, title)
    if isawaitable(sent):
        await sent
