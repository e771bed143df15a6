"""Looks at Applications, asks Argo CD for what is missing, and says what all of them together mean."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field, replace
from datetime import timedelta

from promontory.checks.argocd.access import Access
from promontory.checks.argocd.application import Application, NotAnApplication, read_application
from promontory.checks.argocd.evidence import Seen, evidence, together
from promontory.checks.argocd.history import RememberedHistory
from promontory.checks.argocd.images import missing_image
from promontory.checks.argocd.judging import FAILED, Judgement, before, judge
from promontory.checks.argocd.memory import Memory
from promontory.checks.argocd.revision import Proof, Revisions, Wanted
from promontory.checks.argocd.syncing import sync_operation
from promontory.checks.contract import Facilities
from promontory.errors import ClusterError, ObjectConflict, PromontoryError, TransientError
from promontory.health import Health, Observation
from promontory.live_objects import Document
from promontory.options import Target

logger = logging.getLogger("promontory.checks")
# What was asked for shows at once, if it has not been noticed before.
_SOON = 1.0


@dataclass(frozen=True)
class Aims:
    """What is wanted of every Application, and what may be done for it. ``image``: as it is written in the check."""

    wanted: Wanted
    settle: timedelta
    sync: bool = False
    image: str | None = None


@dataclass
class ApplicationsSession:
    access: Access
    aims: Aims
    target: Target
    facilities: Facilities
    _memories: dict[str, Memory] = field(default_factory=dict)

    async def observe(self) -> Observation:
        if self.aims.wanted.nothing:
            reason = "nothing was pushed for this release, so no commit says what it should run"
            return Observation(health=Health.UNKNOWN, reason=reason, final=True)
        try:
            documents = await self.access.look()
        except TransientError:
            raise
        except PromontoryError as error:
            return Observation(health=Health.UNKNOWN, reason=_with_remedy(error), final=True)
        if not documents:
            reason = f"there is no {self.access}: check its name or its labels, and its namespace"
            return Observation(health=Health.UNKNOWN, reason=reason)
        return together([await self._see(document) for document in documents], self.aims.wanted)

    async def changed(self) -> None:
        await self.access.changed()

    async def _see(self, document: Document) -> Seen:
        try:
            application = read_application(document)
        except NotAnApplication as error:
            return Seen("", Judgement(Health.UNKNOWN, str(error)))
        memory = self._memory(application)
        now = self.facilities.clock.monotonic()
        proof = await self._prove(application, memory)
        own_sync = memory.own_sync(application, now) if self.aims.sync else "off"
        judgement = await self._ask(application, memory, judge(application, proof, own_sync), now)
        if memory.refusal and own_sync in ("due", "refused"):
            judgement = replace(judgement, reason=f"{judgement.reason}, which is refused: {memory.refusal}")
        judgement, again = memory.settled(judgement, application, now, self.aims.settle.total_seconds())
        return Seen(
            application.title,
            judgement,
            application.status.health.last_transition_time,
            _SOON if judgement.wish == "sync" else again,
            evidence(application, proof, memory),
        )

    def _memory(self, application: Application) -> Memory:
        """One that was deleted and made anew is another one."""
        key = f"{application.title} {application.metadata.uid}"
        return self._memories.setdefault(key, Memory(self.target.since))

    async def _prove(self, application: Application, memory: Memory) -> Proof:
        wanted = self.aims.wanted
        revisions = Revisions(wanted, RememberedHistory.of(self.facilities))
        proof = await revisions.prove(application)
        fresh = memory.is_fresh(application)
        # A commit that contains ours was compared with after the push. Anything else may have been there before it.
        needs_fresh = wanted.pinned or proof.way in ("the same files", "the revision")
        image = self.aims.image
        images = application.status.summary.images
        return replace(
            proof,
            fresh=fresh or not needs_fresh,
            failed=await self._failed(application, revisions),
            unlike=missing_image(images, image, self.target) if image else "",
        )

    async def _failed(self, application: Application, revisions: Revisions) -> bool:
        """Whether the last operation was one on what is wanted, since it was pushed, and failed."""
        state, since = application.status.operation_state, self.target.since
        if state is None or state.phase not in FAILED or state.finished_at is None:
            return False
        old = since is not None and before(state.finished_at, since)
        return not old and await revisions.is_ours(state)

    async def _ask(self, application: Application, memory: Memory, judgement: Judgement, now: float) -> Judgement:
        """Ask for what helps. Where that fails the judgement says so, where it matters; the next looks go on."""
        if judgement.wish == "sync":
            return await self._sync(application, memory, judgement, now)
        if kind := memory.refresh_due(judgement, application, now):
            memory.refreshed(judgement, now)
            try:
                await self.access.refresh(application, kind)
            except PromontoryError as error:
                logger.warning("cannot ask Argo CD to refresh %s: %s", application.title, error.message)
        return judgement

    async def _sync(self, application: Application, memory: Memory, judgement: Judgement, now: float) -> Judgement:
        try:
            await self.access.sync(application, sync_operation(application))
        except ObjectConflict:
            return replace(judgement, reason=f"{judgement.reason}, once it is known what else has changed")
        except ClusterError as error:
            memory.refused(_with_remedy(error), now)
        else:
            memory.synced(application, now)
            logger.info("verify-%s: syncing %s", self.target.place.environment, application.title)
        return judgement


def _with_remedy(error: PromontoryError) -> str:
    return f"{error.message}: {error.remedy}" if error.remedy else error.message
