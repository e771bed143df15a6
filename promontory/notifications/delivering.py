"""Carrying one message through one channel, again where it did not work, within bounds."""

from __future__ import annotations

import asyncio
from datetime import timedelta

from promontory.clock import Clock
from promontory.errors import PromontoryError, TransientError
from promontory.notifications.contract import Channel, Means, Message

# Four attempts, which together with what each may take last two minutes at most.
PAUSES = (2.0, 10.0, 30.0)
_ATTEMPT = timedelta(seconds=18)
_LONGEST_REST = 60.0


async def deliver(channel: Channel, message: Message, means: Means, clock: Clock) -> str:
    """Why it reached nobody; empty where it was carried. It may have been carried twice: an answer can be lost."""
    for pause in PAUSES:
        try:
            return await _carried(channel, message, means)
        except TransientError as error:
            await clock.sleep(min(max(pause, error.retry_after or 0.0), _LONGEST_REST))
    why = await deliver_once(channel, message, means)
    return f"{why} ({len(PAUSES) + 1} attempts)" if why else ""


async def deliver_once(channel: Channel, message: Message, means: Means) -> str:
    try:
        return await _carried(channel, message, means)
    except TransientError as error:
        return error.message


async def _carried(channel: Channel, message: Message, means: Means) -> str:
    """Why it never will be; empty where it was. Raises `TransientError` where it may work later."""
    try:
        async with asyncio.timeout(_ATTEMPT.total_seconds()):
            await channel.send(message, means)
    except TimeoutError:
        raise TransientError("it did not answer in time") from None
    except TransientError:
        raise
    except PromontoryError as error:
        return error.message
    except Exception as error:
        return f"unexpected error: {type(error).__name__}"  # what it says may hold an address
    return ""
