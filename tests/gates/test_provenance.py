"""What the ledger must show of the environments before, and what is said of what it does not show."""

from __future__ import annotations

from datetime import timedelta
from functools import partial

import pytest

from promontory.entry import Entry
from promontory.gates.contract import Passage, Provenance, Upstream
from promontory.gates.provenance import provenance
from promontory.health import CheckResult, Health, Verdict
from promontory.model import GateState, Place
from promontory.record import Record
from tests.gates.entries import NOW
from tests.gates.entries import entry as entry_of

SOAK = timedelta(hours=2)


entry = partial(entry_of, environment="staging")


def verdict(health: Health = Health.HEALTHY, release: str = "v1", minute: int = 0, **fields: object) -> Entry:
    judged = Verdict(health=health, checks=(CheckResult(check="http", health=health),))
    return entry("verdict", release, minute, verdict=judged, **fields)


def before(*entries: Entry, has_checks: bool = True, soak: timedelta = timedelta(), owner: str = "") -> Upstream:
    return Upstream(Record(entries), has_checks, soak, timedelta(minutes=5), owner)


def ask(asked: Provenance = "verified", minute: int = 0, release: str = "v1", **upstream: Upstream) -> GateState:
    place = Place("web-app", "production", tuple(upstream))
    return provenance(Passage(place, release, NOW + timedelta(minutes=minute), Record(), upstream, asked))


def test_a_release_must_be_verified_in_every_environment_before() -> None:
    verified = before(verdict())

    neither = ask(staging=before(), canary=before())
    assert neither.reason == "v1 is not verified in staging and canary yet"
    assert neither.remedy == "promontory promote web-app v1 --to staging"
    assert ask(staging=verified, canary=before()).reason == "v1 is not verified in canary yet"
    both = ask(staging=verified, canary=verified)
    assert both.open
    assert both.reason == "verified in staging 2025-03-01 12:00 UTC; verified in canary 2025-03-01 12:00 UTC"


def test_the_last_verdict_counts() -> None:
    bad = Health.UNHEALTHY

    worse = ask(staging=before(entry("pushed"), verdict(), verdict(bad, minute=1, reason="answers 500")))
    assert worse.reason == "v1 was found ill in staging 2025-03-01 12:01 UTC: answers 500"
    assert not worse.waits
    assert ask(staging=before(verdict(bad), verdict(minute=1))).open


def test_what_was_taken_back_or_is_held_there_goes_nowhere() -> None:
    came = (entry("pushed"), verdict())
    held = before(*came, entry("held", minute=1, reason="it {leaks}"))
    reverted = before(*came, entry("reverted", minute=1, reason="it leaks"))

    strict: tuple[Provenance, ...] = ("verified", "deployed")
    for asked in strict:
        state = ask(asked, staging=held)
        assert state.reason == "v1 is held in staging since 2025-03-01 12:01 UTC by alice: it {leaks}"
        assert state.remedy == "promontory hold lift web-app staging v1"
        assert ask(asked, staging=reverted).reason == "v1 was taken back from staging 2025-03-01 12:01 UTC: it leaks"


def test_where_nothing_can_be_verified_it_is_enough_to_have_been_there_and_that_is_said() -> None:
    been = before(entry("pushed"), has_checks=False)
    never = before(entry("pushed", "v2"), has_checks=False)
    held = before(entry("pushed"), entry("held", minute=1), has_checks=False)
    gone = before(entry("pushed"), entry("reverted", minute=1), entry("lifted", minute=2), has_checks=False)

    assert ask(staging=been).open
    assert ask(staging=been).reason == "came to staging 2025-03-01 12:00 UTC, where nothing is checked"
    assert ask(staging=never).reason == "v1 has not been in staging yet"
    assert not ask(staging=been, canary=before(entry("pushed"))).open, "canary has checks"
    assert not ask(staging=held).open
    assert not ask(staging=gone).open


def test_deployed_asks_that_it_was_there_whatever_the_checks_said() -> None:
    for came in (before(entry("pushed")), before(entry("found")), before(entry("pushed"), entry("pushed", "v2"))):
        assert ask("deployed", staging=came).open
        assert not ask("verified", staging=came).open
    assert ask("deployed", staging=before()).reason == "v1 has not been in staging yet"
    assert ask("deployed", staging=before(entry("found", "v2"))).reason == "v1 has not been in staging yet"


def test_none_asks_nothing() -> None:
    assert ask("none", staging=before()).open
    assert ask("none", staging=before()).reason == "not asked for (provenance: none)"


def test_what_is_being_verified_opens_by_itself() -> None:
    under_way = before(entry("pushed"), owner="team web")

    state = ask(minute=4, staging=under_way)

    assert state.reason == "v1 is not verified in staging yet, where it is since 2025-03-01 12:00 UTC"
    assert (state.open, state.waits, state.opens, state.owner) == (False, True, None, "team web")


def test_a_verification_that_nobody_can_be_at_any_more_is_not_waited_for() -> None:
    state = ask(minute=60, staging=before(entry("pushed")))

    assert not state.waits
    assert state.reason.endswith("and nobody has looked since")


def test_what_was_replaced_before_it_was_verified_is_not_waited_for() -> None:
    state = ask(staging=before(entry("pushed"), entry("pushed", "v2", 1)))

    assert not state.waits
    assert state.reason == "v1 made room in staging before it was verified there"


def soaking(minute: int = 0, lasts: timedelta = SOAK, **fields: object) -> Entry:
    since = NOW + timedelta(minutes=minute)
    return entry("soaking", "v1", minute, **{"since": since, "until": since + lasts, **fields})


def test_a_soak_says_when_it_is_done() -> None:
    state = ask(minute=30, staging=before(entry("pushed"), soaking(), soak=SOAK))

    assert state.reason == "v1 soaks in staging since 2025-03-01 12:00 UTC, until 2025-03-01 14:00 UTC"
    assert (state.waits, state.opens) == (True, NOW + SOAK)
    assert not ask(minute=180, staging=before(entry("pushed"), soaking(), soak=SOAK)).waits


def test_a_soak_that_was_done_lets_it_go_on() -> None:
    state = ask(staging=before(entry("pushed"), soaking(), verdict(minute=120), soak=SOAK))

    assert state.open
    assert state.reason == "verified in staging 2025-03-01 14:00 UTC after 2h"


@pytest.mark.parametrize(
    ("entries", "why"),
    [
        ([verdict(minute=120)], "without the 2h that it has to soak there"),
        ([soaking(lasts=SOAK / 2), verdict(minute=60)], "after 1h, not after the 2h that it has to soak there"),
        # begun anew after an hour, and judged too early for that
        ([soaking(), soaking(60), verdict(minute=120)], "after 1h, not after the 2h that it has to soak there"),
        # the soak of another promotion of the same release is not this one's
        ([soaking(promotion="cd34"), verdict(minute=120)], "without the 2h that it has to soak there"),
    ],
)
def test_a_verdict_without_the_soak_that_is_asked_for_is_not_enough(entries: list[Entry], why: str) -> None:
    state = ask(staging=before(entry("pushed"), *entries, soak=SOAK))

    assert state.reason == f"v1 was verified in staging {why}"
    assert state.remedy == "promontory promote web-app v1 --to staging"
    assert not state.waits


def test_a_soak_that_was_made_up_for_counts_and_so_does_one_that_began_before_it_was_looked_at() -> None:
    short = (entry("pushed"), soaking(lasts=SOAK / 2), verdict(minute=60))
    flapped = soaking(60, since=NOW + timedelta(minutes=40), until=NOW + timedelta(minutes=40) + SOAK)

    assert ask(staging=before(*short, soaking(90), verdict(minute=210), soak=SOAK)).open
    assert ask(staging=before(entry("pushed"), soaking(), flapped, verdict(minute=160), soak=SOAK)).open


def test_a_good_verdict_with_the_soak_is_not_lost_by_a_later_look_without_one() -> None:
    done = (entry("pushed"), soaking(), verdict(minute=120))
    back = (entry("pushed", "v2", 130), entry("reverted", "v2", 140, previous="v1", promotion="ef56"))

    again = verdict(minute=150, promotion="ef56")

    assert ask(staging=before(*done, *back, again, soak=SOAK)).open


def test_what_does_not_come_by_itself_is_told_to_its_owner_first() -> None:
    waits = before(entry("pushed"), soaking(), soak=SOAK, owner="team web")
    absent = before(owner="team canary")

    both = ask(staging=waits, canary=absent)
    assert (both.waits, both.opens, both.owner) == (False, None, "team canary")
    assert both.remedy == "promontory promote web-app v1 --to canary"
    later = before(entry("pushed"), soaking(lasts=SOAK * 2), soak=SOAK * 2)
    assert ask(staging=waits, canary=later).opens == NOW + SOAK * 2
    assert ask(staging=waits, canary=before(entry("pushed"))).opens is None, "a verification's end is not known"


def test_a_digest_says_that_it_is_the_same() -> None:
    pinned = f"v1@sha256:{'a' * 64}"

    assert ask(release=pinned, staging=before(verdict(release=pinned))).reason.endswith(", as its digest pins it")
