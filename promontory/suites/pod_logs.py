"""The logs of a Job's pods, into the log of the run as they come; their end is kept."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from promontory.clock import Clock
from promontory.errors import ClusterError, TransientError
from promontory.escaping.plain import of_program
from promontory.live_objects import POD, Document, Objects, Ref

logger = logging.getLogger("promontory.suites")

TAIL_CHARACTERS = 8 * 1024
_LONGEST_LINE = 4 * 1024
_DRAIN_SECONDS = 5.0
_AGAIN_SECONDS = 2.0


@dataclass
class PodLogs:
    """Follows each container from when it has started, once."""

    objects: Objects
    clock: Clock
    name: str
    _tasks: dict[tuple[str, str], asyncio.Task[None]] = field(default_factory=dict)
    _tail: str = ""

    @property
    def tail(self) -> str:
        return self._tail

    def follow(self, pods: Sequence[Document], context: str | None) -> None:
        """Begin with what has started since the last call."""
        for pod in pods:
            metadata = pod["metadata"]
            ref = Ref(POD, str(metadata["namespace"]), str(metadata["name"]), context)
            several = len(list(_started(pod, running=False))) > 1
            for container in _started(pod):
                if (ref.name, container) not in self._tasks:
                    prefix = f"{self.name}: {container}" if several else self.name
                    self._tasks[ref.name, container] = asyncio.create_task(self._follow(ref, container, prefix))

    async def drain(self) -> None:
        """Wait until all that was printed is here; whoever goes on printing is not waited for."""
        if self._tasks:
            await asyncio.wait(self._tasks.values(), timeout=_DRAIN_SECONDS)

    async def end(self) -> None:
        for task in self._tasks.values():
            task.cancel()
        await asyncio.gather(*self._tasks.values(), return_exceptions=True)

    async def _follow(self, pod: Ref, container: str, prefix: str) -> None:
        """From the start, and again where it breaks off, until `end`: what was seen already is passed over."""
        seen, told = 0, False
        while True:
            number = 0
            try:
                async for line in self.objects.log(pod, container):
                    number += 1
                    if number > seen:
                        seen = number
                        self._take(line, prefix)
                return
            except TransientError as error:
                if not told:
                    logger.info("%s: the log of %s breaks off: %s", self.name, pod.name, error.message)
                told = True
                await self.clock.sleep(_AGAIN_SECONDS)
            except ClusterError as error:
                logger.warning("%s: the log of %s cannot be read: %s", self.name, pod.name, error.message)
                return

    def _take(self, line: str, prefix: str) -> None:
        text = of_program(line[:_LONGEST_LINE]).rstrip()
        self._tail = f"{self._tail}{text}\n"[-TAIL_CHARACTERS:]
        if text:
            logger.info("%s: %s", prefix, text)


def _started(pod: Document, *, running: bool = True) -> Iterator[str]:
    """The containers that have printed something, or may have; all of them where ``running`` is not asked for."""
    status = pod.get("status") or {}
    for key in ("initContainerStatuses", "containerStatuses"):
        for container in status.get(key) or ():
            state = container.get("state") or {}
            if not running or "running" in state or "terminated" in state:
                yield str(container["name"])
