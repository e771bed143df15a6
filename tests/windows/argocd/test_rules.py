"""Argo CD's own rules, one row each: what it reads, what it takes for active, and what it decides."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from promontory.windows.argocd import Destination, predict, read_sync_windows
from promontory.windows.argocd.cron import read_schedule
from promontory.windows.argocd.durations import read_duration
from promontory.windows.argocd.globs import fits
from promontory.windows.argocd.predicting import is_active as is_active_at
from promontory.windows.argocd.sync_window import SyncWindow
from promontory.windows.zones import micros

APPLICATION = Destination("web-app-prod", "web", "prod-eu", "https://10.0.0.1:6443")
ALL = {"applications": ["*"]}
NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)  # a Tuesday
# Seen from noon.
ACTIVE, INACTIVE = "0 11 * * *", "0 15 * * *"


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def windows(*written: dict[str, Any]) -> tuple[SyncWindow, ...]:
    return read_sync_windows({"syncWindows": [{"duration": "2h", **ALL, **each} for each in written]})


def window(schedule: str, duration: str = "1h", zone: str = "") -> SyncWindow:
    return SyncWindow(0, "allow", schedule, duration, zone)


def is_active(window: SyncWindow, moment: datetime) -> bool:
    return is_active_at(window, micros(moment))


def hours_of(schedule: str, day: str) -> list[int]:
    """The hours of a day in which a window of an hour is active at half past."""
    first = at(day)
    return [hour for hour in range(24) if is_active(window(schedule), first + timedelta(hours=hour, minutes=30))]


# --- cron ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rule", "schedule", "hours"),
    [
        ("a question mark is a star", "0 9 ? * ?", [9]),
        ("names, whatever their case", "0 9 * NOV tUe", [9]),
        ("day of the week, from 0", "0 9 * * 2", [9]),
        ("lists and ranges", "0 3,9-11,20 * * *", [3, 9, 10, 11, 20]),
        ("a range with a step", "0 8-20/6 * * *", [8, 14, 20]),
        ("N/s is from N to the maximum", "0 17/3 * * *", [17, 20, 23]),
        ("a step on a star", "0 */8 * * *", [0, 8, 16]),
        ("day and weekday restricted: either (the day is wrong)", "0 9 25 * 2", [9]),
        ("day and weekday restricted: either (the weekday is wrong)", "0 9 24 * 5", [9]),
        ("one starred: both (the weekday is wrong)", "0 9 * * 5", []),
        ("one starred: both (the day is wrong)", "0 9 25 * *", []),
        ("a star in a list is one", "0 9 25 * *,1", []),
        ("*/2 does not count as starred: either", "0 9 */2 * 2", [9]),
        ("*/1 does", "0 9 */1 * 5", []),
        ("what stands behind a star's hyphen does not matter", "0 *-5 * * *", list(range(24))),
        ("empty items are passed over", "0 ,9, * * *", [9]),
        ("a plus is a sign", "+0 +9 * * *", [9]),
        ("leading zeros", "00 09 * * *", [9]),
        ("30 February never comes: always active", "0 9 30 2 *", list(range(24))),
        ("nor does a lone comma: always active", ", 9 * * *", list(range(24))),
    ],
)
def test_cron_is_read_as_argo_cd_does(rule: str, schedule: str, hours: list[int]) -> None:
    assert hours_of(schedule, "2026-11-24") == hours, rule


@pytest.mark.parametrize(
    ("schedule", "problem"),
    [
        ("0 9 * * 7", "end of range (7) above maximum (6): 7"),
        ("0 9 * * 5-7", "above maximum"),
        ("60 9 * * *", "above maximum"),
        ("0 9 0 * *", "beginning of range (0) below minimum (1): 0"),
        ("0 17-9 * * *", "beginning of range (17) beyond end of range (9): 17-9"),
        ("0 9 * * fri-mon", "beyond end of range"),
        ("0 1-2-3 * * *", "too many hyphens: 1-2-3"),
        ("0 */2/3 * * *", "too many slashes: */2/3"),
        ("0 */0 * * *", "step of range should be a positive number: */0"),
        ("0 -1 * * *", "failed to parse int from "),
        ("0 mon * * *", "failed to parse int from mon"),
        ("0 9 L * *", "failed to parse int from L"),
        ("0 ٣ * * *", "failed to parse int from ٣"),
        ("0 99999999999999999999 * * *", "failed to parse int"),
        ("@daily", "descriptors such as @daily are not accepted"),
        ("@every 1h", "descriptors"),
        ("TZ=Europe/Berlin 0 9 * * *", "time zone of its own"),
        ("0 9 * *", "expected exactly 5 fields, found 4"),
        ("0 0 9 * * *", "expected exactly 5 fields, found 6"),
        ("", "expected exactly 5 fields, found 0"),
    ],
)
def test_cron_that_argo_cd_does_not_read_is_refused(schedule: str, problem: str) -> None:
    with pytest.raises(ValueError, match=re.escape(problem)):
        read_schedule(schedule)


# --- durations -------------------------------------------------------------------------------------

SECOND, HOUR = 10**9, 3600 * 10**9


@pytest.mark.parametrize(
    ("text", "nanoseconds"),
    [
        ("1h30m", 90 * 60 * SECOND),
        ("90s", 90 * SECOND),
        ("1.5h", 90 * 60 * SECOND),
        ("1.h", HOUR),
        (".5h", HOUR // 2),
        ("+2h", 2 * HOUR),
        ("-2h", -2 * HOUR),
        ("0", 0),
        ("-0", 0),
        ("0s", 0),
        ("1us", 1000),
        ("1µs", 1000),
        ("1μs", 1000),
        ("1ms1ns", 1_000_001),
        ("0.3ns", 0),
        ("1h1h", 2 * HOUR),
        ("2562047h47m16.854775807s", 2**63 - 1),
        ("-2562047h47m16.854775808s", -(2**63)),
    ],
)
def test_durations_are_those_of_go(text: str, nanoseconds: int) -> None:
    assert read_duration(text) == nanoseconds


@pytest.mark.parametrize(
    "text",
    ["", "1d", "1", "1.5", "h", ".h", "1h ", " 1h", "1 h", "--1h", "+-1h", "1H", "1h30", "one hour", "1e3s", "٣h",
     "2562047h47m16.854775808s", "9" * 400 + "h"],
)  # fmt: skip
def test_durations_that_go_does_not_read_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match="duration"):
        read_duration(text)


@pytest.mark.parametrize("duration", ["0", "0s", "-1h"])
def test_a_duration_of_nothing_or_less_is_never_active(duration: str) -> None:
    minutes = (NOON + timedelta(minutes=minute) for minute in range(-90, 90))

    assert not any(is_active(window("* * * * *", duration), minute) for minute in minutes)


# --- when a window is active -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("time", "active"),
    [
        ("2026-11-24 02:00:00", False),
        ("2026-11-24 02:00:00.000001", True),
        ("2026-11-24 02:59:59.999999", True),
        ("2026-11-24 03:00:00", False),
    ],
)
def test_it_is_active_strictly_between_start_and_end(time: str, active: bool) -> None:
    assert is_active(window("0 2 * * *"), at(time)) is active


@pytest.mark.parametrize(
    ("rule", "zone", "time", "active"),
    [
        ("in winter Berlin is an hour ahead", "Europe/Berlin", "2026-11-24 01:30", True),
        ("in summer two", "Europe/Berlin", "2026-07-24 00:30", True),
        # The clock goes from 2:00 to 3:00 at 1:00 UTC, and what is shown then is 3:30: there is no 2:30.
        ("a window in the hour that does not exist never comes", "Europe/Berlin", "2026-03-29 01:30", False),
        ("an hour that repeats itself opens it twice: first", "Europe/Berlin", "2026-10-25 00:30", True),
        ("and again", "Europe/Berlin", "2026-10-25 01:30", True),
        ("an unknown zone is UTC", "Berlin", "2026-11-24 02:30", True),
        ("so is none", "", "2026-11-24 02:30", True),
        ("names are those of files: no way out of their folder", "../UTC", "2026-11-24 02:30", True),
    ],
)
def test_the_clock_is_as_far_ahead_as_it_is_at_present(rule: str, zone: str, time: str, active: bool) -> None:
    assert is_active(window("0 2 * * *", zone=zone), at(time)) is active, rule


def test_the_present_offset_cuts_a_window_over_a_change_of_the_clock() -> None:
    """It began at 1:30 for two hours; an hour later the clock shows 3:30, and it is over an hour early."""
    night = window("30 1 * * *", "2h", "Europe/Berlin")

    assert is_active(night, at("2026-03-29 00:45"))
    assert not is_active(night, at("2026-03-29 01:30"))


def test_an_unknown_zone_is_warned_of() -> None:
    seen = predict(windows({"kind": "deny", "schedule": ACTIVE, "timeZone": "Berlin"}), APPLICATION, NOON)

    assert not seen.allowed
    assert "there is no time zone 'Berlin', so Argo CD takes it for UTC" in seen.warnings[0]


# --- which windows concern an Application ----------------------------------------------------------


@pytest.mark.parametrize(
    ("glob", "name", "matches"),
    [
        ("*", "", True),
        ("*", "https://a/b", True),
        ("web-*", "web-app", True),
        ("web-*", "my-web-app", False),
        ("https://*", "https://10.0.0.1:6443/api", True),
        ("**", "a/b", True),
        ("web-?", "web-a", True),
        ("web-?", "web-", False),
        ("web-?", "web-/", True),
        ("web-[ab]", "web-b", True),
        ("web-[!ab]", "web-b", False),
        ("web-[a-c]", "web-b", True),
        ("web-[!a-c]", "web-b", False),
        ("web-[a-c]", "web-d", False),
        ("{web,api}-prod", "api-prod", True),
        ("{web,api}-prod", "db-prod", False),
        ("{web-{a,b},api}", "web-b", True),
        ("a,b", "a,b", True),
        ("a.c", "abc", False),
        ("\\*", "*", True),
        ("\\*", "x", False),
        ("[\\]a]", "]", True),
        ("Web", "web", False),
        ("{web,api", "api", True),
        ("[", "[", False),
        ("[a-]", "a", False),
        ("[!]", "!", False),
        ("[]", "", False),
        ("[c-a]", "b", False),
        ("[abc", "a", False),
        ("", "", True),
        ("*" * 300 + "b", "a" * 5000, False),
    ],
)
def test_globs_are_those_of_argo_cd(glob: str, name: str, matches: bool) -> None:
    assert fits(glob, name) is matches


@pytest.mark.parametrize(
    ("rule", "lists", "concerns"),
    [
        ("no list: nothing", {}, False),
        ("its name", {"applications": ["web-*"]}, True),
        ("its namespace, not the Application's own", {"namespaces": ["web"]}, True),
        ("the name of its cluster", {"clusters": ["prod-*"]}, True),
        ("the address of its cluster", {"clusters": ["https://10.*"]}, True),
        ("any of them is enough", {"applications": ["other"], "namespaces": ["other"], "clusters": ["prod-eu"]}, True),
        ("none of them", {"applications": ["other"], "namespaces": ["other"], "clusters": ["other"]}, False),
        ("andOperator: every one", {"applications": ["web-*"], "namespaces": ["other"], "andOperator": True}, False),
        ("andOperator: the first fails", {"applications": ["x"], "namespaces": ["web"], "andOperator": True}, False),
        (
            "andOperator: empty ones do not count",
            {"applications": ["web-*"], "clusters": [], "andOperator": True},
            True,
        ),
        ("andOperator: all three", {**ALL, "namespaces": ["w?b"], "clusters": ["*"], "andOperator": True}, True),
        ("andOperator, and no list at all", {"andOperator": True}, False),
        ("a glob that cannot be read", {"applications": ["["]}, False),
    ],
)
def test_a_window_concerns_an_application(rule: str, lists: dict[str, Any], concerns: bool) -> None:
    (read,) = read_sync_windows({"syncWindows": [{"kind": "deny", "schedule": ACTIVE, "duration": "2h", **lists}]})

    assert read.concerns(APPLICATION) is concerns, rule


def test_a_cluster_without_a_name_is_not_matched_by_its_missing_name() -> None:
    (read,) = windows({"applications": [], "clusters": ["*"]})

    assert read.concerns(Destination("web", server="https://x"))
    assert not read.concerns(Destination("web"))


# --- the decision ----------------------------------------------------------------------------------

DENY, STRICT = {"kind": "deny", "manualSync": True}, {"kind": "deny"}
ALLOW, LENIENT = {"kind": "allow"}, {"kind": "allow", "manualSync": True}


def on(kind: dict[str, Any]) -> dict[str, Any]:
    return {**kind, "schedule": ACTIVE}


def off(kind: dict[str, Any]) -> dict[str, Any]:
    return {**kind, "schedule": INACTIVE}


TABLE = [
    # the rule, the windows, allowed for automatic, and for manual syncs
    ("no window", [], True, True),
    ("one that concerns another", [{**on(STRICT), "applications": ["x"]}], True, True),
    ("active deny", [on(STRICT)], False, False),
    ("active deny with manualSync", [on(DENY)], False, True),
    ("two active denies, one without manualSync", [on(DENY), on(STRICT)], False, False),
    ("an inactive deny without it does not count", [on(DENY), off(STRICT)], False, True),
    ("active deny over active allow", [on(STRICT), on(ALLOW)], False, False),
    ("active deny with manualSync, inactive allow without", [on(DENY), off(ALLOW)], False, True),
    ("active allow", [on(ALLOW)], True, True),
    ("active allow, whatever its manualSync", [on(ALLOW), off(ALLOW)], True, True),
    ("only inactive allows", [off(ALLOW)], False, False),
    ("only inactive allows, all with manualSync", [off(LENIENT), off(LENIENT)], False, True),
    ("only inactive allows, one without", [off(LENIENT), off(ALLOW)], False, False),
    ("only inactive denies", [off(STRICT)], True, True),
    ("inactive deny and inactive allow", [off(STRICT), off(ALLOW)], False, False),
    ("one that cannot be parsed", [on(ALLOW), {**off(ALLOW), "duration": "1d"}], False, False),
    ("nor its schedule", [on(ALLOW), {**ALLOW, "schedule": "@daily"}], False, False),
    ("one of others that cannot be parsed", [{**STRICT, "schedule": "@daily", "applications": ["x"]}], True, True),
    ("another kind is none", [on({"kind": "Deny"})], True, True),
]


@pytest.mark.parametrize(("rule", "written", "automatic", "manual"), TABLE)
def test_argo_cd_decides(rule: str, written: list[dict[str, Any]], automatic: bool, manual: bool) -> None:
    read = windows(*written)

    assert predict(read, APPLICATION, NOON).allowed is automatic, rule
    assert predict(read, APPLICATION, NOON, manual=True).allowed is manual, rule


OVERRUN = {"syncOverrun": True}


@pytest.mark.parametrize(
    ("rule", "written", "started", "allowed"),
    [
        ("into a deny window", [{**on(STRICT), **OVERRUN}], "10:30", True),
        ("not if it began in it", [{**on(STRICT), **OVERRUN}], "11:30", False),
        ("not without syncOverrun", [on(STRICT)], "10:30", False),
        ("not if one of several has none", [{**on(STRICT), **OVERRUN}, on(STRICT)], "10:30", False),
        ("out of an allow window", [{**ALLOW, **OVERRUN, "schedule": "0 9 * * *"}], "09:30", True),
        ("not if it began outside", [{**ALLOW, **OVERRUN, "schedule": "0 9 * * *"}], "08:30", False),
        ("not without it", [{**ALLOW, "schedule": "0 9 * * *"}], "09:30", False),
        ("inactive allows are looked for as of now", [{**on(STRICT), **OVERRUN}, on(ALLOW)], "10:30", True),
        ("not if another inactive one has none", [{**ALLOW, **OVERRUN, "schedule": "0 9 * * *"}, off(ALLOW)],
         "09:30", False),
    ],
)  # fmt: skip
def test_a_sync_that_runs_may_overrun(rule: str, written: list[dict[str, Any]], started: str, allowed: bool) -> None:
    seen = predict(windows(*written), APPLICATION, NOON, started=at(f"2026-11-24 {started}"))

    assert seen.allowed is allowed, rule
    assert not predict(windows(*written), APPLICATION, NOON).allowed


# --- when that changes -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rule", "written", "manual", "changes"),
    [
        ("a deny window ends, that instant not included", [on(STRICT)], False, "2026-11-24 13:00"),
        ("an allow window begins, right after its start", [off(ALLOW)], False, "2026-11-24 15:00:00.000001"),
        ("an allow window ends", [on(ALLOW)], False, "2026-11-24 13:00"),
        ("to a manual sync a lenient deny is an opening", [off(ALLOW), {**DENY, "schedule": "0 14 * * *"}], True,
         "2026-11-24 14:00:00.000001"),
        ("windows that touch are one", [on(STRICT), {**STRICT, "schedule": "0 13 * * *"}], False, "2026-11-24 15:00"),
        ("nothing changes what never fires", [{**STRICT, "schedule": "0 0 30 2 *"}], False, None),
        ("nor what cannot be parsed", [{**STRICT, "schedule": "@daily"}], False, None),
    ],
)  # fmt: skip
def test_the_next_change_is_known(rule: str, written: list[dict[str, Any]], manual: bool, changes: str | None) -> None:
    seen = predict(windows(*written), APPLICATION, NOON, manual=manual)

    assert seen.changes == (at(changes) if changes else None), rule


def test_a_change_of_the_clock_changes_it() -> None:
    """At 1:00 UTC the clock in Berlin goes from 2:00 to 3:00, past the end of the window."""
    night = windows({"kind": "deny", "schedule": "30 1 * * *", "duration": "90m", "timeZone": "Europe/Berlin"})

    assert predict(night, APPLICATION, at("2026-03-29 00:45")).changes == at("2026-03-29 01:00")


def test_a_project_without_windows_has_none() -> None:
    assert read_sync_windows({}) == read_sync_windows({"syncWindows": None}) == ()


@pytest.mark.parametrize("spec", [{"syncWindows": "x"}, {"syncWindows": ["x"]}, {"syncWindows": [{"clusters": "x"}]}])
def test_what_is_no_list_of_windows_is_refused(spec: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="syncWindows"):
        read_sync_windows(spec)
