"""A ``kubernetes`` check at work: what its workloads are judged to be, as time goes by.

Where something looks unhealthy before the release has been in place for ``settle``, that counts as progressing, and so
again after it was healthy: a pod that moves may have its troubles, too. So does what a controller gave up before the
release was pushed: it is said of the release before.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from promontory.checks.contract import Facilities
from promontory.checks.kubernetes.images import images
from promontory.checks.kubernetes.pods import Problem, find_pods, last_words, problems, told
from promontory.checks.kubernetes.rollout import Rollout, judge
from promontory.errors import PromontoryError
from promontory.health import Health, Observation, worst
from promontory.live_objects import Document, Ref, Subject, Watching
from promontory.options import Target

# Where a rollout is under way the object changes often, and each time its pods need not be listed.
_PODS_SECONDS = 5.0
_SHOWN = 20
_REVISIONS = ("currentRevision", "updateRevision")


@dataclass
class _Memory:
    """Of one workload, in seconds of the clock: from when on it settles, and what its pods said when.

    It settles from when its release was first seen in place, or seen not to be healthy any more.
    """

    settles_from: float
    looked: float | None = None
    pods: Sequence[Document] = ()
    problems: Sequence[Problem] = ()
    blind: str = ""


@dataclass(frozen=True)
class RolloutSession:
    """`Session`. ``settle`` is in seconds."""

    target: Target
    facilities: Facilities
    subjects: Sequence[Subject]
    eye: Watching
    image: str | None
    settle: float
    _memories: dict[str, _Memory] = field(default_factory=dict)

    async def changed(self) -> None:
        await self.eye.changed()

    async def observe(self) -> Observation:
        workloads = await self.eye.look()
        seen = [await self._observe(workload) for workload in workloads]
        return _together([*seen, *self._missing(workloads)])

    def _missing(self, workloads: Sequence[Document]) -> list[Observation]:
        """One observation for each subject of which there is nothing."""
        found = {_title(workload) for workload in workloads}
        return [
            Observation(health=Health.PROGRESSING, reason=f"there {_is_no(subject)}")
            for subject in self.subjects
            if (str(subject) not in found if isinstance(subject, Ref) else not workloads)
        ]

    async def _observe(self, workload: Document) -> Observation:
        rollout = judge(workload, self.target.release, self.image)
        title = _title(workload)
        if not rollout.in_place or rollout.health is Health.HEALTHY:
            self._memories.pop(title, None)
            return _observation(workload, rollout, title)
        now = self.facilities.clock.monotonic()
        memory = self._memories.setdefault(title, _Memory(now))
        await self._look_at_pods(workload, memory, now)
        rollout = _with_problems(rollout, memory)
        seen = _observation(workload, rollout, title, memory.problems)
        return await self._settled(workload, rollout, seen, memory.settles_from + self.settle - now)

    async def _look_at_pods(self, workload: Document, memory: _Memory, now: float) -> None:
        if memory.looked is not None and now - memory.looked < _PODS_SECONDS:
            return
        memory.looked, memory.blind = now, ""
        try:
            memory.pods = await find_pods(self.facilities.objects, workload, self._context)
        except PromontoryError as error:
            memory.pods, memory.blind = (), error.message
        memory.problems = problems(memory.pods)

    async def _settled(self, workload: Document, rollout: Rollout, seen: Observation, remaining: float) -> Observation:
        """What the judgement comes to as long as ``remaining`` seconds are left to settle, and after that."""
        if seen.health is not Health.UNHEALTHY:
            return seen.model_copy(update={"again_within": _PODS_SECONDS})
        if remaining > 0 and not self._is_given_up(rollout):
            soon = min(remaining, _PODS_SECONDS)
            return seen.model_copy(update={"health": Health.PROGRESSING, "again_within": soon})
        reason = seen.reason
        if workload["kind"] == "Job":
            pods = self._memories[_title(workload)].pods
            said = await last_words(self.facilities.objects, pods, self._context)
            reason = f"{reason}; {said}" if said else reason
        return seen.model_copy(update={"reason": reason, "final": True})

    def _is_given_up(self, rollout: Rollout) -> bool:
        """Whether the controller itself says that this release will not come about."""
        since = self.target.since
        return rollout.given_up is not None and since is not None and rollout.given_up >= since

    @property
    def _context(self) -> str | None:
        return self.subjects[0].context


def _with_problems(rollout: Rollout, memory: _Memory) -> Rollout:
    """A workload that waits for pods which will not come is unhealthy, whatever its numbers say."""
    why = told(memory.problems)
    if memory.blind:
        why = f"its pods cannot be looked at: {memory.blind}"
    health = Health.UNHEALTHY if any(problem.grave for problem in memory.problems) else rollout.health
    return replace(rollout, health=health, reason=f"{rollout.reason}; {why}" if why else rollout.reason)


def _observation(workload: Document, rollout: Rollout, title: str, found: Sequence[Problem] = ()) -> Observation:
    status = workload.get("status") or {}
    evidence: dict[str, Any] = {
        "workload": title,
        "images": images((workload.get("spec") or {}).get("template") or {}),
        "generation": workload["metadata"].get("generation"),
        **{key: value for key, value in status.items() if isinstance(value, int) or key in _REVISIONS},
    }
    if found:
        evidence["pods"] = {problem.pod: problem.text for problem in found[:_SHOWN]}
    return Observation(
        health=rollout.health,
        reason=f"{title}: {rollout.reason}",
        proven=rollout.in_place,
        since=rollout.since if rollout.health is Health.HEALTHY else None,
        evidence=evidence,
    )


def _together(seen: Sequence[Observation]) -> Observation:
    """The worst of them; what is healthy needs no words where something else is not."""
    health = worst(*(each.health for each in seen))
    told = [each for each in seen if each.health is health or each.health is not Health.HEALTHY]
    told.sort(key=lambda each: -each.health.severity)
    more = f"; and {len(told) - _SHOWN} more" if len(told) > _SHOWN else ""
    dues = [each.again_within for each in seen if each.again_within is not None]
    times = [each.since for each in seen if each.since]
    return Observation(
        health=health,
        reason="; ".join(each.reason for each in told[:_SHOWN]) + more,
        proven=all(each.proven for each in seen),
        final=any(each.final for each in seen),
        since=max(times) if times and health is Health.HEALTHY else None,
        again_within=min(dues, default=None),
        evidence=_evidence([each.evidence for each in seen if each.evidence]),
    )


def _evidence(found: Sequence[Mapping[str, object]]) -> Mapping[str, object]:
    return found[0] if len(found) == 1 else {"workloads": list(found[:_SHOWN])} if found else {}


def _is_no(subject: Subject) -> str:
    return f"is no {subject}" if isinstance(subject, Ref) else f"are no {subject}"


def _title(workload: Document) -> str:
    metadata = workload["metadata"]
    return f"{workload['kind']} {metadata['namespace']}/{metadata['name']}"
