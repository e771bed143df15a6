"""What a run tells once more: what the process recorded that died right before it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from prefect import State
from prefect.client.schemas.objects import StateType

from tasks.notify_again import began_before_death

NOON = datetime(2026, 11, 27, 12, 0, tzinfo=UTC)
_TYPES = {"P": StateType.PENDING, "R": StateType.RUNNING, "X": StateType.CRASHED, "S": StateType.SCHEDULED}


@pytest.mark.parametrize(
    ("course", "began"),
    [
        ("SPR", None),
        ("SPRXSPR", 2),
        ("SPRSPR", None),  # it gave itself up to wait
        ("SPRSPRXSPR", 5),
        ("SPRXSPRXSPR", 6),
        ("SPRXSPRSPR", None),
        ("SPXSPR", None),  # it died before it ran
        ("", None),
    ],
)
def test_it_is_the_process_before_if_that_died(course: str, began: int | None) -> None:
    states = [State(type=_TYPES[mark], timestamp=NOON + timedelta(minutes=n)) for n, mark in enumerate(course)]

    assert began_before_death(states[::-1]) == (None if began is None else NOON + timedelta(minutes=began))
