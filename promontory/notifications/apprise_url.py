"""The ``apprise`` channel: whatever Apprise knows an address for (Slack, Teams, mail, …).

Apprise answers no more than yes or no; why not, it tells its log, which is read here and goes nowhere else. The address
is a secret, and so may be each of its parts: none of them leaves this module.
"""

from __future__ import annotations

import asyncio
import logging
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Literal
from urllib.parse import unquote

from pydantic import Field

from promontory.errors import PromontoryError, TransientError, UsageError
from promontory.notifications.contract import Channel, Means, Message
from promontory.notifications.secretly import secretly
from promontory.notifications.variables import VariableName, value_of

if TYPE_CHECKING:
    from apprise import Apprise

_MOST_REASON = 300  # characters


class AppriseChannel(Channel):
    """Sends a title and a text, in the form that suits the service."""

    kind: Literal["apprise"]
    url_from: VariableName = Field(
        description="The environment variable that holds the address, such as PROMONTORY_NOTIFY_SLACK. The forms of "
        "addresses are Apprise's: slack://…, workflows://…, mailtos://…, discord://…"
    )

    @property
    def variables(self) -> tuple[str, ...]:
        return (self.url_from,)

    @property
    def label(self) -> str:
        return f"apprise, {self.url_from}"

    async def send(self, message: Message, means: Means) -> None:
        url = value_of(self.url_from, means.environment)
        await _in_a_thread(lambda: _notify(url, self.url_from, message), f"notify-{self.url_from}")


def _notify(url: str, name: str, message: Message) -> None:
    with secretly(), _own_log() as said:
        apprise = _opened(url, name)
        sent = apprise.notify(body=message.html, title=message.title, body_format="html", notify_type=message.level)
    if not sent:
        raise TransientError(_without(url, " ".join(said)[:_MOST_REASON]) or "it was not accepted")


def _opened(url: str, name: str) -> Apprise:
    """The one address that the variable holds; several would all be told again when one of them fails."""
    from apprise import Apprise, AppriseAsset

    asset = AppriseAsset(
        app_id="Promontory",
        app_desc="Promontory",
        app_url="",
        async_mode=False,  # in this thread, where its log is read
        http_redirects=False,  # what is told here is for the server that was named
    )
    apprise = Apprise(asset=asset)
    if not apprise.add(url) or len(apprise) != 1:
        raise UsageError(
            f"{name} does not hold one address that Apprise understands", "its forms are listed at appriseit.com"
        )
    return apprise


class _Said(logging.Handler):
    """Keeps what one thread says."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.lines: list[str] = []
        self._thread = threading.get_ident()

    def emit(self, record: logging.LogRecord) -> None:
        if record.thread == self._thread:
            self.lines.append(record.getMessage())


@contextmanager
def _own_log() -> Iterator[list[str]]:
    logger, said = logging.getLogger("apprise"), _Said()
    logger.propagate = False  # its lines, and the tracebacks in them, may hold an address
    logger.setLevel(logging.WARNING)
    logger.addHandler(said)
    try:
        yield said.lines
    finally:
        logger.removeHandler(said)


def _without(url: str, text: str) -> str:
    """The text without any part of the address: of some services even the host's place holds a token."""
    parts = {part for part in re.split(r"[/@:?&=#,+]+", url) if len(part) > 2}
    for part in sorted({*parts, *map(unquote, parts)}, key=len, reverse=True):
        text = text.replace(part, "***")
    return text


async def _in_a_thread(work: Callable[[], None], name: str) -> None:
    """In one that may be left behind: the interpreter waits for those of a pool, and Apprise may hang in one."""
    loop = asyncio.get_running_loop()
    done: asyncio.Future[None] = loop.create_future()

    def run() -> None:
        error: PromontoryError | None = None
        try:
            work()
        except PromontoryError as known:
            error = known
        except Exception as unknown:
            # What it says may hold the address.
            error = TransientError(f"Apprise failed: {type(unknown).__name__}")
        with suppress(RuntimeError):  # nobody waits any more, and the loop is closed
            loop.call_soon_threadsafe(_settle, done, error)

    threading.Thread(target=run, name=name, daemon=True).start()
    await done


def _settle(done: asyncio.Future[None], error: PromontoryError | None) -> None:
    if done.done():
        return
    if error:
        done.set_exception(error)
    else:
        done.set_result(None)
