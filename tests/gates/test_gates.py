"""What the gates answer, from the record alone; and that one that cannot answer is closed."""

from __future__ import annotations

from promontory.entry import Entry
from promontory.gates import ask
from promontory.gates.contract import Passage, Upstream
from promontory.gates.hold import hold
from promontory.model import GateState, Place
from promontory.record import Record
from tests.gates.entries import NOW, entry

PLACE = Place("web-app", "production", ("staging", "canary"))


def passage(*entries: Entry) -> Passage:
    return Passage(PLACE, "v1", NOW, Record(entries), {name: Upstream(Record()) for name in PLACE.after})


def test_a_held_release_stays_out_until_it_is_lifted() -> None:
    held, lifted = entry("held", reason="it leaks"), entry("lifted", minute=1)

    assert hold(passage()).open
    assert hold(passage(held)) == GateState(
        gate="hold",
        open=False,
        reason="v1 is held in production since 2025-03-01 12:00 UTC by alice: it leaks",
        remedy="promontory hold lift web-app production v1",
        owner="alice",
    )
    assert hold(passage(held, lifted)).open
    assert not hold(passage(held, lifted, entry("held", minute=2))).open


def test_a_hold_is_for_one_release() -> None:
    assert hold(passage(entry("held", "v2"))).open


def test_the_first_environment_has_nothing_before_it() -> None:
    first = Passage(Place("web-app", "dev"), "v1", NOW, Record(), {})

    assert all(state.open for state in ask(first))


def test_a_gate_that_cannot_answer_is_closed_with_the_reason() -> None:
    def broken(_: Passage) -> GateState:
        raise RuntimeError("no such calendar")

    assert ask(passage(), {"window": broken, "hold": hold}) == (
        GateState(gate="window", open=False, reason="cannot be evaluated: no such calendar"),
        GateState(gate="hold", open=True),
    )


def test_an_environment_that_nobody_recorded_closes_the_gate() -> None:
    unknown = Passage(PLACE, "v1", NOW, Record(), {})

    assert [state.gate for state in ask(unknown) if not state.open] == ["provenance"]
