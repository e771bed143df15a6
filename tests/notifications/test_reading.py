"""Which entries of the ledger are told, and as what."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest

from promontory.entry import KINDS, Entry
from promontory.event import Word
from promontory.health import CheckResult, Health, Verdict
from promontory.model import GateState, PathChange, Plan, SuiteResult
from promontory.notifications.reading import Asked, events_of
from tests.notifications.events import NOON

DIFF = """\
diff --git a/a.yaml b/a.yaml
--- a/a.yaml
+++ b/a.yaml
@@ -1,3 +1,3 @@
 kept
--- looks like a head
+++ looks like a head
+new
-old
diff --git a/b.yaml b/b.yaml
--- a/b.yaml
+++ b/b.yaml
@@ -1 +1 @@
-one
+two
"""


@dataclass
class Known:
    past: Sequence[Entry] = ()
    verified: bool = True
    granted: bool = False
    signed: bool = False
    warning: str = ""
    link: str = "https://prefect.acme.example/runs/1"

    def history(self, entry: Entry) -> Sequence[Entry]:
        return [*(each for each in self.past if each.place == entry.place), entry]

    def is_verified(self, environment: str) -> bool:
        return self.verified

    def is_granted(self, entry: Entry) -> bool:
        return self.granted

    def asked(self, entry: Entry) -> Asked:
        return Asked(("alice", "bob"), NOON + timedelta(hours=24), self.signed, self.warning)

    def owner(self, entry: Entry) -> str:
        return "team-web"


def entry(kind: str, **fields: Any) -> Entry:
    usual = {
        "version": 1,
        "kind": kind,
        "promotion": "0733db647238",
        "application": "web-app",
        "environment": "production",
        "release": "v1.3.0",
        "at": NOON,
        "by": "ci",
    }
    return Entry.model_validate({**usual, **fields})


def plan(application: str = "web-app", diff: str = DIFF, paths: Sequence[str] = ("a.yaml", "b.yaml")) -> Plan:
    return Plan(
        application=application,
        environment="production",
        release="v1.3.0",
        previous="v1.2.3",
        ref="main",
        base="0" * 40,
        paths=tuple(PathChange(path=path, before="1" * 40, after="2" * 40) for path in paths),
        diff=diff,
    )


def verdict(health: Health) -> Verdict:
    return Verdict(health=health, checks=(CheckResult(check="http", health=health, reason="503"),))


SHUT = GateState(gate="window", open=False, reason="closed until 02:00", remedy="promontory windows", waits=True)
FAILED = SuiteResult(name="smoke", passed=False, reason="exit code 1")
TOLERATED = SuiteResult(name="lint", passed=False, reason="exit code 1", tolerated=True)

CASES: list[tuple[Entry, Known, Word | None]] = [
    (entry("requested"), Known(), "approval-wanted"),
    (entry("reminded"), Known(), "reminded"),
    (entry("approved", proof="command line"), Known(), "approved"),
    (entry("approved", proof="command line"), Known(granted=True), "granted"),
    (entry("rejected", proof="prefect form"), Known(), "rejected"),
    (entry("rejected", reason="nobody answered before 12:00"), Known(), "expired"),
    (entry("pushed"), Known(verified=False), "deployed"),
    (entry("pushed"), Known(), None),
    (entry("verdict", verdict=verdict(Health.HEALTHY)), Known([entry("pushed")]), "promoted"),
    (entry("verdict", verdict=verdict(Health.UNHEALTHY)), Known([entry("pushed")]), "failed"),
    (entry("verdict", verdict=verdict(Health.HEALTHY)), Known([entry("pushed"), entry("reverted")]), None),
    (entry("verdict", verdict=verdict(Health.UNHEALTHY)), Known([entry("pushed"), entry("reverted")]), None),
    (entry("tested", suites=[FAILED]), Known(), "tests-failed"),
    (entry("tested", suites=[TOLERATED]), Known(), None),
    (entry("held"), Known(), "held"),
    (entry("held"), Known([entry("pushed")]), None),
    (entry("lifted"), Known([entry("pushed"), entry("held")]), "lifted"),
    (entry("superseded"), Known(), "superseded"),
    (entry("bypassed", gates=[SHUT]), Known(), "break-glass"),
    (entry("waiting", gates=[SHUT]), Known(), "window-waiting"),
]


@pytest.mark.parametrize(("recorded", "known", "word"), CASES, ids=lambda case: getattr(case, "kind", None))
def test_an_entry_is_told_as(recorded: Entry, known: Known, word: Word | None) -> None:
    assert [event.word for event in events_of([recorded], known)] == ([word] if word else [])


@pytest.mark.parametrize("kind", sorted({*KINDS} - {case[0].kind for case in CASES}))
def test_nobody_is_told_of(kind: str) -> None:
    assert events_of([entry(kind)], Known()) == ()


def test_several_that_move_together_are_one_event() -> None:
    names = [f"app-{number}" for number in range(1000)]
    recorded = [entry(kind, application=name, members=1000) for kind in ("planned", "requested") for name in names]

    (event,) = events_of(recorded, Known())

    assert event.application == "app-0"
    assert event.also == tuple(names[1:])


def test_the_changes_of_all_are_added_up() -> None:
    plans = [entry("planned", application=name, plan=plan(name)) for name in ("web-app", "api")]

    (event,) = events_of([*plans, *(entry("requested", application=name) for name in ("web-app", "api"))], Known())

    assert (event.diff.files, event.diff.added, event.diff.removed) == (2, 6, 6)


def test_what_was_planned_before_is_looked_up() -> None:
    past = [entry("planned", plan=plan(), previous="v1.2.3"), entry("pushed")]

    (event,) = events_of([entry("verdict", verdict=verdict(Health.UNHEALTHY), reason="http: 503")], Known(past))

    assert str(event.diff) == "2 files, +3 -3 lines: a.yaml, b.yaml"
    assert (event.previous, event.reason) == ("v1.2.3", "http: 503")


def test_a_request_says_who_asks_for_what_and_what_to_type() -> None:
    (event,) = events_of([entry("requested", digest="sha256:1", run="run-1", reason="the plan has changed")], Known())

    assert event.commands[0] == "promontory approve 0733db647238"
    assert (event.by, event.digest, event.run, event.owner) == ("ci", "sha256:1", "run-1", "team-web")
    assert (event.reason, event.link) == ("the plan has changed", "https://prefect.acme.example/runs/1")


def test_who_waits_is_told_for_what_and_until_when() -> None:
    until = NOON + timedelta(hours=14)

    (event,) = events_of([entry("waiting", gates=[SHUT, SHUT.model_copy(update={"open": True})], until=until)], Known())

    assert (event.reason, event.remedy, event.until) == ("closed until 02:00", "promontory windows", until)


def test_failed_tests_are_named() -> None:
    (event,) = events_of([entry("tested", suites=[FAILED, TOLERATED])], Known())

    assert event.reason == "smoke: exit code 1"


def test_a_release_that_a_newer_one_has_overtaken_is_not_told_as_rejected_besides() -> None:
    recorded = [entry("superseded", reason="v1.4.0 has overtaken it"), entry("rejected", proof="system")]

    assert [event.word for event in events_of(recorded, Known())] == ["superseded"]


def test_a_command_is_none_of_whoever_wrote_the_ledger() -> None:
    (event,) = events_of([entry("held", release="v1; rm -rf /")], Known())

    assert event.commands == ("promontory hold lift web-app production 'v1; rm -rf /'",)


def test_the_same_event_has_the_same_id() -> None:
    once, again = (events_of([entry("reminded", at=NOON + timedelta(microseconds=n))], Known())[0] for n in (0, 1))
    later = events_of([entry("reminded", at=NOON + timedelta(hours=1))], Known())[0]

    assert once.id == again.id != later.id


@pytest.mark.parametrize("kind", ["requested", "reminded", "approved"])
def test_who_is_asked_hears_who_may_answer_until_when_and_what_to_type(kind: str) -> None:
    (told,) = events_of([entry(kind, proof="command line")], Known(signed=True))

    assert (told.approvers, told.until) == (("alice", "bob"), NOON + timedelta(hours=24))
    assert told.commands[0] == "promontory approve 0733db647238 --sign"


def test_who_is_to_break_the_glass_is_warned_of_it() -> None:
    (told,) = events_of([entry("requested")], Known(warning="the glass is to be broken: orders are lost"))

    assert told.reason == "the glass is to be broken: orders are lost"


def test_what_nobody_is_asked_about_has_no_approvers() -> None:
    (told,) = events_of([entry("lifted")], Known([entry("pushed"), entry("held")]))

    assert (told.approvers, told.until) == ((), None)
