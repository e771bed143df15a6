"""Ask Flux to reconcile now instead of at its next interval: with an annotation, no oftener than it is of use.

A request that fails is logged, and what was to be hurried comes at its own pace.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime

from promontory.checks.contract import Facilities
from promontory.checks.flux.objects import REQUESTED, FluxObject, as_moment
from promontory.errors import ClusterError, ObjectConflict, ObjectNotFound, TransientError
from promontory.live_objects import Ref

logger = logging.getLogger("promontory.checks")

# A Git server may answer with its old state for a while; a controller that has nothing new to do needs no time.
_AGAIN_SECONDS = 30.0


@dataclass(frozen=True)
class _Asked:
    """``token`` is the annotation's value; None where it could not be set, for good if ``refused``."""

    at: float
    token: str | None = None
    refused: bool = False


class Requests:
    """What has been asked of whom. ``since`` is when our commit was pushed."""

    def __init__(self, facilities: Facilities, since: datetime | None) -> None:
        self._objects, self._clock, self._since = facilities.objects, facilities.clock, since
        # Many applications have one source, and look at it in the same moment.
        self._everybody: dict[Ref, str] = facilities.shared.setdefault(Requests, {})
        self._asked: dict[Ref, _Asked] = {}

    async def ask(self, ref: Ref, seen: FluxObject) -> None:
        """Ask, and ask again where that was done a while ago and did not help.

        Where somebody else has asked since our commit was pushed, their request does just as well.
        """
        asked = self._asked.get(ref)
        if asked is None and (token := self._asked_by_others(ref, seen)):
            self._asked[ref] = _Asked(self._clock.monotonic(), token)
        elif asked is None or self._in_vain(asked, seen):
            await self._annotate(ref)

    async def ask_once(self, ref: Ref) -> None:
        """Ask for a reconcile that begins after this call."""
        asked = self._asked.get(ref)
        if asked is None or (asked.token is None and self._is_over(asked)):
            await self._annotate(ref)

    def done(self, ref: Ref, seen: FluxObject) -> bool | None:
        """Whether it has reconciled since it was asked to; None where it may not be asked."""
        asked = self._asked.get(ref)
        if asked and asked.refused:
            return None
        return asked is not None and asked.token is not None and _handled(asked.token, seen)

    def _asked_by_others(self, ref: Ref, seen: FluxObject) -> str | None:
        """Their request that is still to be handled."""
        for token in (self._everybody.get(ref, ""), seen.requested):
            requested = as_moment(token)
            if self._since and requested and requested >= self._since and not _handled(token, seen):
                return token
        return None

    def _in_vain(self, asked: _Asked, seen: FluxObject) -> bool:
        return self._is_over(asked) and (asked.token is None or _handled(asked.token, seen))

    def _is_over(self, asked: _Asked) -> bool:
        return not asked.refused and self._clock.monotonic() - asked.at >= _AGAIN_SECONDS

    async def _annotate(self, ref: Ref) -> None:
        token, at = self._clock.now().isoformat(timespec="microseconds"), self._clock.monotonic()
        self._everybody[ref] = token
        try:
            await self._objects.patch(ref, {"metadata": {"annotations": {REQUESTED: token}}})
        except (ClusterError, TransientError) as error:
            passes = isinstance(error, TransientError | ObjectConflict | ObjectNotFound)
            logger.warning("%s cannot be asked to reconcile: %s", ref, error.message)
            self._asked[ref] = _Asked(at, refused=not passes)
        else:
            logger.debug("%s was asked to reconcile", ref)
            self._asked[ref] = _Asked(at, token)


def _handled(token: str, seen: FluxObject) -> bool:
    """Somebody may have asked after us: then theirs is the request that Flux says it has handled."""
    if seen.handled == token:
        return True
    handled, asked = as_moment(seen.handled), as_moment(token)
    return bool(handled and asked and handled > asked)
