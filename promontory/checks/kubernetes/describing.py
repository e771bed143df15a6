"""What workloads say of a release, for people: how far the rollout is, which pods fail, and what to look at next."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from shlex import quote

from promontory.checks.contract import Facilities
from promontory.checks.kubernetes.images import images
from promontory.checks.kubernetes.pods import Problem, find_pods, problems
from promontory.checks.kubernetes.rollout import Rollout, judge
from promontory.errors import ObjectNotFound, PromontoryError
from promontory.health import ControllerReport, Health, Trouble
from promontory.live_objects import Document, Ref, Subject
from promontory.options import Target

_MOST_PODS = 3


async def describe(
    subjects: Sequence[Subject], image: str | None, target: Target, facilities: Facilities
) -> tuple[ControllerReport, ...]:
    reports: list[ControllerReport] = []
    for subject in subjects:
        found = await _workloads(subject, facilities)
        reports += [await _described(each, image, target, facilities, subject.context) for each in found]
        reports += [] if found else [_missing(subject)]
    return tuple(reports)


async def _workloads(subject: Subject, facilities: Facilities) -> Sequence[Document]:
    if not isinstance(subject, Ref):
        return await facilities.objects.select(subject)
    with suppress(ObjectNotFound):
        return (await facilities.objects.get(subject),)
    return ()


async def _described(
    workload: Document, image: str | None, target: Target, facilities: Facilities, context: str | None
) -> ControllerReport:
    rollout = judge(workload, target.release, image)
    found: Sequence[Problem] = ()
    if rollout.health is not Health.HEALTHY:
        with suppress(PromontoryError):  # who may not see the pods is told of the workload all the same
            found = problems(await find_pods(facilities.objects, workload, context))
    metadata, status = workload["metadata"], workload.get("status") or {}
    known = {
        "images": ", ".join(images((workload.get("spec") or {}).get("template") or {})),
        "replicas": f"{status.get('readyReplicas') or 0} ready of {status.get('replicas') or 0}",
    }
    grave = any(problem.grave for problem in found)
    return ControllerReport(
        subject=f"{workload['kind']} {metadata['namespace']}/{metadata['name']}",
        health=Health.UNHEALTHY if grave else rollout.health,
        reason=rollout.reason,
        in_place=rollout.in_place,
        facts={name: value for name, value in known.items() if value},
        troubles=tuple(_troubles(workload, rollout, found, context)),
    )


def _troubles(workload: Document, rollout: Rollout, found: Sequence[Problem], context: str | None) -> Iterator[Trouble]:
    """``rollout`` says what is wrong with the whole, ``found`` with its pods."""
    metadata = workload["metadata"]
    where = f"kubectl{f' --context {quote(context)}' if context else ''} -n {quote(str(metadata['namespace']))}"
    what = quote(f"{str(workload['kind']).lower()}/{metadata['name']}")
    if (workload.get("spec") or {}).get("paused"):
        told = "its rollout is paused"
        yield Trouble(kind="suspended", message=told, remedy=f"{where} rollout resume {what}")
    if not rollout.in_place:
        yield Trouble(kind="other-image", message=rollout.reason, remedy=f"{where} get {what} -o wide")
    elif rollout.health is not Health.HEALTHY and not found:
        kind = "unhealthy" if rollout.health is Health.UNHEALTHY else "not-synced"
        yield Trouble(kind=kind, message=rollout.reason, remedy=f"{where} rollout status {what}")
    for problem in found[:_MOST_PODS]:
        told = f"pod {problem.pod}: {problem.text}"
        yield Trouble(kind="unhealthy", message=told, remedy=f"{where} describe pod {quote(problem.pod)}")


def _missing(subject: Subject) -> ControllerReport:
    told = f"the cluster has no {subject}"
    where = f"kubectl{f' --context {quote(subject.context)}' if subject.context else ''} -n {quote(subject.namespace)}"
    trouble = Trouble(kind="missing", message=told, remedy=f"{where} get {subject.resource.plural}")
    return ControllerReport(
        subject=str(subject), health=Health.UNKNOWN, reason=told, in_place=False, troubles=(trouble,)
    )
