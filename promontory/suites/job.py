"""The ``job`` suite: a Kubernetes Job, made from a template, followed with its logs, and deleted afterwards."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import timedelta
from math import ceil
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field

from promontory.errors import ObjectConflict, ObjectNotFound, TransientError, UsageError
from promontory.live_objects import JOB, POD, Document, Ref, Selection, Watching
from promontory.options import Duration, Template, check_template
from promontory.suites.contract import Attempt, Facilities, Outcome, Suite
from promontory.suites.following import Patience, begin, clean_up
from promontory.suites.job_manifest import KEY, make, parse
from promontory.suites.job_state import JobState, state_of
from promontory.suites.pod_logs import PodLogs

logger = logging.getLogger("promontory.suites")

_INTERVAL = 10.0
# A registry that is slow or asks us to come again looks as if the image were not there.
_PULL_SECONDS = 60.0


def _check_path(template: str | dict[str, Any]) -> str | dict[str, Any]:
    if isinstance(template, str) and (template.startswith("/") or ".." in template.split("/") or not template.strip()):
        raise ValueError(f"{template!r} is no file of the repository")
    if not template:
        raise ValueError("the Job is empty")
    return template


Name = Annotated[str, Field(min_length=1, max_length=253), AfterValidator(check_template)]


class JobSuite(Suite):
    """Passes when the Job completes."""

    kind: Literal["job"]
    template: Annotated[Template | dict[str, Any], AfterValidator(_check_path)] = Field(
        description="The Job: a file in the GitOps repository, or the Job itself. Placeholders in it are filled in."
    )
    namespace: Name | None = Field(
        default=None, description="Where it runs. Left out: the template's namespace, or default."
    )
    context: Name | None = Field(
        default=None,
        description="The kubeconfig's context. Left out: the current one, or inside of a cluster that cluster.",
    )
    start_within: Duration = Field(
        default=timedelta(minutes=5), description="How long its pod may take to start, e.g. until there is a node."
    )
    keep: Literal["never", "on-failure", "always"] = Field(
        default="never", description="Whether the Job stays afterwards, to be looked at; a day at the most."
    )

    @property
    def label(self) -> str:
        if isinstance(self.template, str):
            return f"job {self.template}"
        metadata = self.template.get("metadata")
        name = metadata.get("name") or metadata.get("generateName") if isinstance(metadata, dict) else None
        return f"job {name or 'of promontory.yaml'}"

    async def run(self, attempt: Attempt, facilities: Facilities) -> Outcome:
        seconds = ceil(self.timeout.total_seconds())
        namespace = attempt.target.fill(self.namespace) if self.namespace else None
        document = make(await self._template(attempt, facilities), attempt, namespace, seconds)
        context = attempt.target.fill(self.context) if self.context else None
        job = await begin(self._created(document, context, facilities), facilities.objects.delete, self.label)
        outcome: Outcome | None = None
        try:
            outcome = await self._followed(job, attempt, facilities)
        finally:
            if self.keep == "never" or (self.keep == "on-failure" and (outcome is None or outcome.passed)):
                await clean_up(facilities.objects.delete(job), str(job))
            else:
                logger.info("%s: %s stays for a day", attempt.name, job)
        return outcome

    async def _template(self, attempt: Attempt, facilities: Facilities) -> Document:
        if not isinstance(self.template, str):
            return self.template
        path = attempt.target.fill(self.template)
        content = await facilities.code.read(path)
        if content is None:
            raise UsageError(f"there is no file {path}", "correct template: or add the file")
        return parse(content, path)

    async def _created(self, document: Document, context: str | None, facilities: Facilities) -> Ref:
        metadata = document["metadata"]
        ref = Ref(JOB, metadata["namespace"], metadata["name"], context)
        try:
            await facilities.objects.create(JOB, document, context)
        except ObjectConflict as conflict:
            await self._take_up(ref, metadata["annotations"][KEY], conflict, facilities)
        return ref

    async def _take_up(self, ref: Ref, key: str, conflict: ObjectConflict, facilities: Facilities) -> None:
        """A Job of this very attempt is there: a process before this one made it."""
        try:
            there = (await facilities.objects.get(ref))["metadata"]
        except ObjectNotFound:
            raise TransientError(f"{ref} has gone just now") from None
        if "deletionTimestamp" in there:
            raise TransientError(f"{ref} of before is being deleted")
        if (there.get("annotations") or {}).get(KEY) != key:
            raise conflict
        logger.info("%s was started already, and is taken up", ref)

    async def _followed(self, job: Ref, attempt: Attempt, facilities: Facilities) -> Outcome:
        logger.info("%s: %s", attempt.name, job)
        logs = PodLogs(facilities.objects, facilities.clock, attempt.name)
        patience = Patience(facilities.clock, self.timeout, min(_INTERVAL, self.start_within.total_seconds()))
        pods = Selection(POD, job.namespace, f"job-name={job.name}", job.context)
        try:
            async with facilities.objects.watching([job, pods]) as watching:
                eye = _Eye(watching, job, pods, logs, facilities, self.start_within)
                seen = await patience.until(eye.look, watching.changed)
            if seen and seen.ended and not eye.gone:
                await logs.drain()
        finally:
            await logs.end()
        if seen is None:
            last = f": {eye.last.reason}" if eye.last.reason else ""
            return Outcome(f"{patience.over}{last}", logs.tail)
        return Outcome(seen.reason, logs.tail)


class _Eye:
    """Looks at one Job, and remembers since when it has been kept from running."""

    def __init__(
        self,
        watching: Watching,
        job: Ref,
        pods: Selection,
        logs: PodLogs,
        facilities: Facilities,
        start: timedelta,
    ) -> None:
        self._watching, self._job, self._pods, self._logs = watching, job, pods, logs
        self._objects, self._clock, self._start_seconds = facilities.objects, facilities.clock, start.total_seconds()
        self._stuck_since: float | None = None
        self._was_there = self.gone = False
        self.last = JobState()

    async def look(self) -> JobState | None:
        """Its end, or why there is no use in waiting for it."""
        documents = await self._watching.look()
        pods: Sequence[Document] = [document for document in documents if not self._is_job(document)]
        job = next((document for document in documents if self._is_job(document)), None)
        if job is None:
            # A watch may not have seen it yet.
            self.gone = self._was_there
            return JobState(ended=True, reason="somebody has deleted the Job") if self.gone else None
        self._was_there = True
        if state_of(job, pods).ended:
            pods = await self._pods_now(pods)
        self._logs.follow(pods, self._job.context)
        self.last = state_of(job, pods)
        return self.last if self.last.ended or self._given_up() else None

    async def _pods_now(self, seen: Sequence[Document]) -> Sequence[Document]:
        """The Job's end may reach us before that of its pods, which say why and what was printed."""
        try:
            return await self._objects.select(self._pods)
        except TransientError:
            return seen

    def _is_job(self, document: Document) -> bool:
        """Lists do not say of what kind their items are, and a pod is never called as its Job is."""
        return bool(document["metadata"]["name"] == self._job.name)

    def _given_up(self) -> bool:
        if not self.last.stuck:
            self._stuck_since = None
            return False
        now = self._clock.monotonic()
        self._stuck_since = now if self._stuck_since is None else self._stuck_since
        bound = 0.0 if self.last.hopeless else _PULL_SECONDS if self.last.pulling else self._start_seconds
        return now - self._stuck_since >= bound
