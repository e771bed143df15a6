"""Watches that are opened as it turns out what there is to watch: the source that a Kustomization names, for one."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack

from promontory.checks.flux.objects import FluxObject
from promontory.live_objects import Objects, Ref, Selection, Subject, Watching


class Eyes:
    """Open until ``stack`` is closed."""

    def __init__(self, objects: Objects, stack: AsyncExitStack) -> None:
        self._objects, self._stack = objects, stack
        self._open: dict[Subject, Watching] = {}
        self._used: set[Subject] = set()

    def begin(self) -> None:
        """From now on `changed` is about what is looked at after this."""
        self._used.clear()

    async def one(self, ref: Ref) -> FluxObject | None:
        """The object as it is now; None where there is none."""
        found = await self.all(ref)
        return found[0] if found else None

    async def all(self, subject: Ref | Selection) -> tuple[FluxObject, ...]:
        if subject not in self._open:
            self._open[subject] = await self._stack.enter_async_context(self._objects.watching([subject]))
        found = await self._open[subject].look()
        self._used.add(subject)
        return tuple(FluxObject(subject.resource, document) for document in found)

    async def changed(self) -> None:
        """Returns when one of those that were looked at may have changed; never, where none was."""
        waiting = [asyncio.ensure_future(self._open[subject].changed()) for subject in self._used]
        if not waiting:
            await asyncio.Event().wait()
        try:
            await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in waiting:
                task.cancel()
            await asyncio.gather(*waiting, return_exceptions=True)
