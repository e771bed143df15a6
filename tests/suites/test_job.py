"""The job suite with the real Kubernetes client, against an API of the test's own that plays the Job's controller."""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from promontory.clusters import KubernetesObjects
from promontory.errors import PromontoryError
from promontory.live_objects import JOB, POD, Ref, Subject, Watching
from promontory.model import SuiteResult
from promontory.sandbox.kubernetes import KubernetesApi
from promontory.suites.contract import Facilities, Outcome
from promontory.suites.job import JobSuite
from promontory.suites.run import run_all
from tests.suites.surroundings import TARGET, FilesIn, attempt, facilities, run
from tests.suites.test_job_manifest import TEMPLATE

NAME = f"smoke-{attempt().key}"
WHERE = Ref(JOB, "tests", NAME)
Json = dict[str, Any]


def suite(**options: object) -> JobSuite:
    return JobSuite.model_validate({"kind": "job", "template": "tests/smoke.yaml", "timeout": "30s", **options})


class Controller:
    """Does with the next Job what its script says, in a thread."""

    def __init__(self, api: KubernetesApi) -> None:
        self.api = api
        self.seen: list[Json] = []
        self._thread: threading.Thread | None = None

    def then(self, script: Callable[[Ref], None]) -> None:
        self._thread = threading.Thread(target=self._work, args=(script,), daemon=True)
        self._thread.start()

    def _work(self, script: Callable[[Ref], None]) -> None:
        ref = self.wait_for_job()
        self.seen.append(dict(self.api.get(ref)))
        script(ref)

    def wait_for_job(self) -> Ref:
        give_up = time.monotonic() + 20
        while time.monotonic() < give_up:
            for request in list(self.api.requests):
                if request.verb == "create":
                    metadata = request.document()["metadata"]
                    return Ref(JOB, metadata["namespace"], metadata["name"])
            time.sleep(0.01)
        raise AssertionError("no Job was made")

    def end(self) -> None:
        if self._thread:
            self._thread.join(20)

    # --- what a script does ---

    def pod(self, job: Ref, phase: str = "Running", name: str = "", **status: Any) -> Ref:
        ref = Ref(POD, job.namespace, name or f"{job.name}-x1")
        running: Json = {"running": {}} if phase == "Running" else {}
        self.api.put(
            {
                "apiVersion": "v1",
                "kind": "Pod",
                "metadata": {"name": ref.name, "namespace": ref.namespace, "labels": {"job-name": job.name}},
                "spec": {"containers": [{"name": "smoke"}]},
                "status": {
                    "phase": phase,
                    "containerStatuses": [{"name": "smoke", "state": running}] if running else [],
                    **status,
                },
            }
        )
        return ref

    def finish(self, job: Ref, kind: str = "Complete", reason: str = "", message: str = "") -> None:
        condition = {"type": kind, "status": "True", "reason": reason, "message": message}
        self.api.change(job, lambda document: document.update(status={"conditions": [condition]}))

    def fails(self, job: Ref) -> None:
        terminated = {"name": "smoke", "state": {"terminated": {"exitCode": 2, "reason": "Error"}}}
        pod = self.pod(job, "Failed", containerStatuses=[terminated])
        self.api.log(pod, "checking", "\x1b[31mAssertionError\x1b[0m: 3 is not 4", end=True)
        self.finish(job, "Failed", "BackoffLimitExceeded", "Job has reached the specified backoff limit")

    def passes(self, job: Ref) -> None:
        pod = self.pod(job)
        self.api.log(pod, "3 checks", "all is well", end=True)
        self.finish(job)


class LateForPods(KubernetesObjects):
    """The real client, but its watch of the pods is behind."""

    @asynccontextmanager
    async def watching(self, subjects: Sequence[Subject]) -> AsyncIterator[Watching]:
        refs = [subject for subject in subjects if isinstance(subject, Ref)]
        async with super().watching(refs) as watching:
            yield watching


@pytest.fixture
def controller(kubernetes_api: KubernetesApi) -> Iterator[Controller]:
    made = Controller(kubernetes_api)
    yield made
    made.end()


@pytest.fixture
def around(tmp_path: Path, kubernetes_api: KubernetesApi) -> Facilities:
    (tmp_path / "repository" / "tests").mkdir(parents=True)
    (tmp_path / "repository" / "tests" / "smoke.yaml").write_text(TEMPLATE)
    return facilities(objects=KubernetesObjects(), code=FilesIn(tmp_path / "repository"))


def exists(api: KubernetesApi, ref: Ref = WHERE) -> bool:
    try:
        api.get(ref)
    except Exception:
        return False
    return True


class TestCourse:
    def test_it_is_made_followed_and_deleted(
        self, controller: Controller, around: Facilities, caplog: pytest.LogCaptureFixture
    ) -> None:
        caplog.set_level(logging.INFO, "promontory.suites")
        controller.then(controller.passes)

        outcome = run(suite(), around)

        assert outcome == Outcome(output="3 checks\nall is well\n")
        assert controller.seen[0]["metadata"]["name"] == NAME
        assert "test-staging: all is well" in caplog.messages
        assert not exists(controller.api)

    def test_a_job_can_stand_in_the_configuration_itself(self, controller: Controller, around: Facilities) -> None:
        template = {
            "apiVersion": "batch/v1",
            "kind": "Job",
            "metadata": {"generateName": "inline-"},
            "spec": {"template": {"spec": {"containers": [{"name": "smoke", "image": "x", "args": ["{release}"]}]}}},
        }
        controller.then(controller.passes)

        assert run(suite(template=template, namespace="tests"), around).passed
        made = controller.seen[0]
        assert made["metadata"]["name"].startswith("inline-0f1e")
        assert made["spec"]["template"]["spec"]["containers"][0]["args"] == ["v1.3.0"]

    def test_a_failed_one_says_why_and_keeps_what_was_printed(self, controller: Controller, around: Facilities) -> None:
        controller.then(controller.fails)

        outcome = run(suite(), around)

        assert outcome.reason == (
            "BackoffLimitExceeded: Job has reached the specified backoff limit; "
            f"pod {NAME}-x1: container smoke ended with exit code 2"
        )
        assert outcome.output == "checking\nAssertionError: 3 is not 4\n"
        assert not exists(controller.api)

    def test_its_end_may_be_seen_before_that_of_its_pods(self, controller: Controller, around: Facilities) -> None:
        controller.then(controller.fails)

        outcome = run(suite(), replace(around, objects=LateForPods()))

        assert outcome.reason.endswith("container smoke ended with exit code 2")
        assert outcome.output.startswith("checking\n")

    def test_an_image_that_can_never_come_ends_the_wait(self, controller: Controller, around: Facilities) -> None:
        waiting = {"name": "smoke", "state": {"waiting": {"reason": "InvalidImageName", "message": "bad name"}}}
        controller.then(lambda job: controller.pod(job, "Pending", containerStatuses=[waiting]) and None)

        assert run(suite(), around).reason == f"pod {NAME}-x1: container smoke: InvalidImageName: bad name"

    def test_a_pod_that_is_not_scheduled_has_its_time_and_no_more(
        self, controller: Controller, around: Facilities
    ) -> None:
        unschedulable = [{"type": "PodScheduled", "status": "False", "reason": "Unschedulable", "message": "no node"}]
        controller.then(lambda job: controller.pod(job, "Pending", conditions=unschedulable) and None)

        outcome = run(suite(start_within="500ms"), around)

        assert outcome.reason == f"pod {NAME}-x1 is unschedulable: no node"
        assert not exists(controller.api)

    def test_a_job_for_which_no_pod_is_made_is_not_waited_for_long(
        self, controller: Controller, around: Facilities
    ) -> None:
        """A quota, an admission webhook: the Job's events would say it."""
        assert run(suite(start_within="500ms"), around).reason == "no pod was made for it"

    def test_one_that_does_not_end_is_deleted_at_the_timeout(self, controller: Controller, around: Facilities) -> None:
        controller.then(lambda job: controller.pod(job) and None)

        outcome = run(suite(timeout="2s"), around)

        assert outcome.reason == "not finished within 2s"
        assert controller.seen[0]["spec"]["activeDeadlineSeconds"] == 2
        assert not exists(controller.api)

    def test_one_that_somebody_deletes_has_failed(self, controller: Controller, around: Facilities) -> None:
        def delete(job: Ref) -> None:
            controller.pod(job)
            time.sleep(1)
            controller.api.delete(job)

        controller.then(delete)

        assert run(suite(), around).reason == "somebody has deleted the Job"

    def test_it_is_deleted_when_we_are_cancelled(self, controller: Controller, around: Facilities) -> None:
        async def cancel() -> None:
            running = asyncio.create_task(run_all([suite()], TARGET, "0123456789ab", around))
            ref = await asyncio.to_thread(controller.wait_for_job)
            controller.pod(ref)
            await asyncio.sleep(0.2)
            running.cancel()
            with pytest.raises(asyncio.CancelledError):
                await running
            assert not exists(controller.api, ref)

        asyncio.run(cancel())

    def test_it_is_deleted_when_we_are_cancelled_while_it_is_being_made(
        self, controller: Controller, around: Facilities
    ) -> None:
        controller.api.slow("create", 0.5)

        async def cancel() -> None:
            running = asyncio.create_task(run_all([suite()], TARGET, "0123456789ab", around))
            await asyncio.sleep(0.2)
            running.cancel()
            with pytest.raises(asyncio.CancelledError):
                await running

        asyncio.run(cancel())

        (created,) = made(controller.api)
        assert not exists(controller.api, Ref(JOB, "tests", created.document()["metadata"]["name"]))
        assert controller.api.count("delete") == 1

    @pytest.mark.parametrize(
        ("keep", "passes", "stays"),
        [("never", False, False), ("on-failure", False, True), ("on-failure", True, False), ("always", True, True)],
    )
    def test_it_may_be_kept_to_be_looked_at(
        self, controller: Controller, around: Facilities, keep: str, passes: bool, stays: bool
    ) -> None:
        controller.then(lambda job: controller.finish(job, "Complete" if passes else "Failed", "X"))

        assert run(suite(keep=keep), around).passed is passes
        assert exists(controller.api) is stays


class TestOnce:
    def test_a_promotion_that_was_killed_finds_its_own_job(self, controller: Controller, around: Facilities) -> None:
        first = run(suite(keep="always", timeout="1s", start_within="200ms"), around)
        assert not first.passed
        job = Ref(JOB, "tests", NAME)
        controller.passes(job)

        assert run(suite(), around).passed
        assert controller.api.count("create") == 2
        assert [request.verb for request in controller.api.requests].count("delete") == 1

    def test_a_job_of_this_name_that_is_not_ours_is_left_alone(
        self, controller: Controller, around: Facilities
    ) -> None:
        controller.api.put(
            {"apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": NAME, "namespace": "tests"}, "spec": {}}
        )

        with pytest.raises(PromontoryError, match="already exists"):
            run(suite(), around)

        assert exists(controller.api)

    def test_a_lost_answer_makes_no_second_job(self, controller: Controller, around: Facilities) -> None:
        controller.api.lose("create")
        controller.then(controller.passes)

        (result,) = asyncio.run(run_all([suite()], TARGET, "0123456789ab", around))

        assert result.passed
        assert len({request.document()["metadata"]["name"] for request in made(controller.api)}) == 1


def made(api: KubernetesApi) -> list[Any]:
    return [request for request in api.requests if request.verb == "create"]


class TestTrouble:
    def result(self, around: Facilities, **options: object) -> SuiteResult:
        (found,) = asyncio.run(run_all([suite(**options)], TARGET, "0123456789ab", around))
        return found

    def test_an_api_that_fails_now_and_then_changes_nothing(self, controller: Controller, around: Facilities) -> None:
        controller.api.fail("get", 503, times=2, resource=JOB)
        controller.api.fail("list", 500, times=1, resource=POD)
        controller.then(controller.passes)

        assert self.result(around).passed

    def test_without_the_right_to_make_jobs_it_says_what_is_missing(
        self, controller: Controller, around: Facilities
    ) -> None:
        controller.api.forbid("create", resource=JOB)

        result = self.result(around)

        assert not result.passed
        assert result.reason.startswith("could not be run: ")
        assert "create" in result.reason

    def test_without_the_right_to_read_logs_the_test_still_counts(
        self, controller: Controller, around: Facilities, caplog: pytest.LogCaptureFixture
    ) -> None:
        controller.api.fail("get", 403, times=100, resource=POD)
        controller.then(controller.passes)

        result = self.result(around)

        assert result.passed

    def test_a_template_that_is_not_there_is_an_error(self, around: Facilities) -> None:
        assert self.result(around, template="tests/{environment}.yaml").reason == (
            "could not be run: there is no file tests/staging.yaml (correct template: or add the file)"
        )

    @pytest.mark.parametrize(
        ("options", "message"),
        [
            ({"template": "/etc/passwd"}, "is no file of the repository"),
            ({"template": "../secrets.yaml"}, "is no file of the repository"),
            ({"template": {}}, "the Job is empty"),
            ({"template": "{tag}.yaml"}, "unknown placeholder {tag}"),
            ({"template": 7}, "valid string"),
            ({"keep": "forever"}, "'never', 'on-failure' or 'always'"),
            ({"start_within": "0s"}, "is not a duration"),
            ({"namespace": ""}, "at least 1 character"),
        ],
    )
    def test_bad_options_are_refused(self, options: dict[str, object], message: str) -> None:
        with pytest.raises(ValidationError, match=message):
            suite(**options)


@pytest.mark.parametrize(
    ("template", "label"),
    [
        ("tests/smoke.yaml", "job tests/smoke.yaml"),
        ({"metadata": {"name": "smoke"}}, "job smoke"),
        ({"metadata": 7}, "job of promontory.yaml"),
    ],
)
def test_people_know_it_by(template: object, label: str) -> None:
    assert suite(template=template).label == label
