from __future__ import annotations

from promontory.sandbox.workload import Running, Workload


def test_nothing_runs_until_the_first_release_is_up() -> None:
    workload = Workload()

    workload.apply("v1", "c1", now=0, delay=5)

    assert workload.running(4.9) is None
    assert workload.running(5) == Running("v1", "c1")


def test_the_old_release_runs_until_the_new_one_is_up() -> None:
    workload = Workload()
    workload.apply("v1", "c1", now=0, delay=0)

    assert workload.apply("v2", "c2", now=10, delay=5)

    assert workload.running(14) == Running("v1", "c1")
    assert workload.running(15) == Running("v2", "c2")


def test_another_commit_with_the_same_release_rolls_nothing_out() -> None:
    workload = Workload()
    workload.apply("v1", "c1", now=0, delay=0)

    assert not workload.apply("v1", "c2", now=1, delay=5)

    assert workload.running(1) == Running("v1", "c2")


def test_a_rollout_that_is_taken_back_never_happens() -> None:
    workload = Workload()
    workload.apply("v1", "c1", now=0, delay=0)
    workload.apply("v2", "c2", now=1, delay=5)

    workload.apply("v1", "c3", now=2, delay=5)

    assert workload.running(6.5) == Running("v1", "c1")
    assert workload.running(7) == Running("v1", "c3")
