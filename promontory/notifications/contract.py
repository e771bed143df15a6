"""What a channel is: it carries one message to people, or says why it cannot. Trying again is `delivering`'s job."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from promontory.event import Event
from promontory.options import Options

Level = Literal["info", "success", "warning", "failure"]


@dataclass(frozen=True)
class Message:
    """One event as people read it; what came from outside is harmless in ``title``, ``text`` and ``html`` alike."""

    event: Event
    title: str
    text: str
    html: str
    level: Level


# Notifies the notification block of this name ("type/name") with a title and a text.
NotifyBlock = Callable[[str, str, str], Awaitable[None]]


@dataclass(frozen=True)
class Means:
    """What channels may use: the variables of the environment, and Prefect's blocks where there is a Prefect."""

    environment: Mapping[str, str] = field(repr=False)
    notify_block: NotifyBlock | None = None


class Channel(Options):
    """``variables`` are the environment variables that it needs, by name."""

    @property
    def variables(self) -> tuple[str, ...]:
        return ()

    @property
    @abstractmethod
    def label(self) -> str:
        """How people call it; never with a secret."""

    @abstractmethod
    async def send(self, message: Message, means: Means) -> None:
        """Carry it, once. Raises `TransientError` where it may work later, another `PromontoryError` where it won't.

        Neither says anything that is secret.
        """
