"""What a Job and its pods say, as a table."""

from __future__ import annotations

from typing import Any

import pytest

from promontory.suites.job_state import JobState, state_of

Json = dict[str, Any]


def job(**conditions: str | tuple[str, str]) -> Json:
    made = [
        {"type": kind, "status": "True", **({} if isinstance(said, str) else {"reason": said[0], "message": said[1]})}
        for kind, said in conditions.items()
    ]
    return {"metadata": {"name": "smoke"}, "status": {"conditions": made}}


def pod(phase: str = "Pending", **state: Any) -> Json:
    return {
        "metadata": {"name": "smoke-x1"},
        "status": {"phase": phase, "containerStatuses": [{"name": "smoke", "state": state}] if state else []},
    }


def waiting(word: str, message: str = "") -> Json:
    return pod(waiting={"reason": word, "message": message})


UNSCHEDULABLE: Json = {
    "metadata": {"name": "smoke-x1"},
    "status": {
        "phase": "Pending",
        "conditions": [
            {"type": "PodScheduled", "status": "False", "reason": "Unschedulable", "message": "0/3 nodes are available"}
        ],
    },
}
FAILED = pod("Failed", terminated={"exitCode": 3, "reason": "Error"})
KILLED = pod("Failed", terminated={"exitCode": 137, "reason": "OOMKilled"})
EVICTED: Json = {"metadata": {"name": "smoke-x1"}, "status": {"phase": "Failed", "reason": "Evicted"}}


@pytest.mark.parametrize(
    ("there", "pods", "state"),
    [
        (job(), [], JobState(reason="no pod was made for it", stuck=True)),
        ({"metadata": {"name": "smoke"}}, [], JobState(reason="no pod was made for it", stuck=True)),
        (job(), [pod()], JobState(reason="its pod does not start", stuck=True)),
        (job(), [waiting("ContainerCreating")], JobState(reason="its pod does not start", stuck=True)),
        (job(), [pod("Running", running={})], JobState()),
        (job(Complete="x"), [pod("Succeeded", terminated={"exitCode": 0})], JobState(ended=True)),
        (job(Suspended="x"), [pod("Running", running={})], JobState()),
        (
            job(Failed=("BackoffLimitExceeded", "Job has reached the specified backoff limit")),
            [FAILED],
            JobState(
                ended=True,
                reason="BackoffLimitExceeded: Job has reached the specified backoff limit; "
                "pod smoke-x1: container smoke ended with exit code 3",
            ),
        ),
        (
            job(Failed=("BackoffLimitExceeded", "")),
            [KILLED],
            JobState(
                ended=True,
                reason="BackoffLimitExceeded; pod smoke-x1: container smoke ended with exit code 137 (OOMKilled)",
            ),
        ),
        (
            job(Failed=("BackoffLimitExceeded", "")),
            [EVICTED],
            JobState(ended=True, reason="BackoffLimitExceeded; pod smoke-x1: Evicted"),
        ),
        (
            job(Failed=("DeadlineExceeded", "Job was active longer than specified deadline")),
            [],
            JobState(ended=True, reason="DeadlineExceeded: Job was active longer than specified deadline"),
        ),
        (
            job(),
            [waiting("ImagePullBackOff", 'Back-off pulling image "nope"')],
            JobState(
                reason='pod smoke-x1: container smoke: ImagePullBackOff: Back-off pulling image "nope"',
                stuck=True,
                pulling=True,
            ),
        ),
        (
            job(),
            [waiting("InvalidImageName")],
            JobState(reason="pod smoke-x1: container smoke: InvalidImageName", stuck=True, hopeless=True),
        ),
        (
            job(),
            [waiting("CreateContainerConfigError", 'secret "x" not found')],
            JobState(
                reason='pod smoke-x1: container smoke: CreateContainerConfigError: secret "x" not found',
                stuck=True,
                hopeless=True,
            ),
        ),
        (
            job(),
            [UNSCHEDULABLE],
            JobState(reason="pod smoke-x1 is unschedulable: 0/3 nodes are available", stuck=True),
        ),
    ],
)
def test_table(there: Json, pods: list[Json], state: JobState) -> None:
    assert state_of(there, pods) == state


def test_an_init_container_is_looked_at_too() -> None:
    stuck = {
        "metadata": {"name": "p"},
        "status": {
            "phase": "Pending",
            "initContainerStatuses": [{"name": "wait", "state": {"waiting": {"reason": "ErrImagePull"}}}],
        },
    }

    assert state_of(job(), [stuck]).reason == "pod p: container wait: ErrImagePull"


@pytest.mark.parametrize(
    "hostile",
    [
        {"status": None},
        {"status": []},
        {"status": {"conditions": None}},
        {"status": {"conditions": [None, 7, "x"]}},
        {"status": {"conditions": [{"type": "Failed"}]}},
    ],
)
def test_a_job_of_another_form_is_one_that_has_not_ended(hostile: Json) -> None:
    assert not state_of(hostile, []).ended


def test_messages_are_one_line_and_not_endless() -> None:
    state = state_of(job(Failed=("X", "a\n\x1b[31mb" + "c" * 5000)), [])

    assert state.reason.isprintable()
    assert len(state.reason) < 400
