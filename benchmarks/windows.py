"""How many decisions about windows a second: is it open, and when does that change?

``python -m benchmarks.windows`` decides at random times of a year by a calendar of six windows in four time zones, and
compares with walking to the nearest openings of each window with the library that reads cron. Hostile calendars are
compared with the ordinary one, per window.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta
from random import Random
from statistics import median
from zoneinfo import ZoneInfo

from cronsim import CronSim

from benchmarks.tables import Row, print_table
from promontory.windows import Window, decide
from promontory.windows.argocd import Destination, SyncWindow, predict

A_SECOND, FASTER, HOSTILE = 10_000, 3, 5
_HOUR = timedelta(hours=1)
ORDINARY = (
    Window("allow", schedule="0 2 * * 1-5", duration=2 * _HOUR, timezone="Europe/Berlin"),
    Window("allow", schedule="30 14 * * 2,4", duration=_HOUR, timezone="America/New_York"),
    Window("deny", schedule="0 0 L * *", duration=24 * _HOUR, timezone="Europe/Berlin"),
    Window("deny", schedule="0 18 * * 5", duration=62 * _HOUR, timezone="Australia/Lord_Howe"),
    Window("deny", schedule="*/30 9-17 * * *", duration=timedelta(minutes=5), timezone="Asia/Kolkata", manual=True),
    Window("deny", start=date(2026, 12, 20), end=date(2027, 1, 4), timezone="Europe/Berlin"),
)
# Each window opens half a million times a year.
HOSTILE_CALENDARS = {
    "1,000 windows of a second every minute": [
        Window("deny", schedule="* * * * *", duration=timedelta(seconds=1 + number % 50), timezone="Europe/Berlin")
        for number in range(1000)
    ],
    "1,000 windows of 400 days every minute": [
        Window("allow", schedule="* * * * *", duration=timedelta(days=400, seconds=number), timezone="Europe/Berlin")
        for number in range(1000)
    ],
}
DESTINATION = Destination("web-app", "web", "prod-eu", "https://10.0.0.1:6443")
PROJECT = (
    SyncWindow(0, "allow", "0 2 * * mon-fri", "2h", "Europe/Berlin", ("web-*",)),
    SyncWindow(1, "deny", "0 18 ? * 5", "62h", "UTC", clusters=("prod-*",)),
    SyncWindow(2, "deny", "*/30 9-17 * * *", "90s", "Asia/Kolkata", namespaces=("{web,api}",), manual_sync=True),
)


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    arguments.add_argument("--decisions", type=int, default=5_000)
    arguments.add_argument("--rounds", type=int, default=5)
    chosen = arguments.parse_args()
    random = Random(1)  # noqa: S311 - any times will do
    year = [datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=random.randrange(525_600)) for _ in range(5_000)]
    print_table("Windows (microseconds a decision, median)", report(year[: chosen.decisions], chosen.rounds))


def report(moments: Sequence[datetime], rounds: int) -> list[Row]:
    ordinary = timed(lambda moment: decide(ORDINARY, moment, automatic=True), moments, rounds)
    walked = timed(walk, moments[:200], rounds)
    foretold = timed(lambda moment: predict(PROJECT, DESTINATION, moment), moments, rounds)
    rows = [
        Row(f"{len(ORDINARY)} windows of ours", ordinary, "of 10,000 a second:", 1e6 / ordinary / A_SECOND, 1),
        Row("  the same, walked with the library", walked, "÷ ours", walked / ordinary, FASTER),
        Row(f"{len(PROJECT)} windows of Argo CD's", foretold, "of 10,000 a second:", 1e6 / foretold / A_SECOND, 1),
    ]
    for name, calendar in HOSTILE_CALENDARS.items():
        taken = timed(lambda moment, its=calendar: decide(its, moment, automatic=True), moments[:20], rounds)  # type: ignore[misc]
        per_window = taken / len(calendar) / (ordinary / len(ORDINARY))
        rows.append(Row(name, taken, "per window ÷ ordinary", per_window, HOSTILE, at_most=True))
    return rows


def walk(moment: datetime) -> list[datetime]:
    """The opening before and the one after, of every window: less than a decision needs."""
    found = []
    for window in ORDINARY:
        if window.schedule:
            there = moment.astimezone(ZoneInfo(window.timezone))
            found += [next(CronSim(window.schedule, there, reverse=True)), next(CronSim(window.schedule, there))]
    return found


def timed(work: Callable[[datetime], object], moments: Sequence[datetime], rounds: int) -> float:
    """Microseconds of this process for one of them, the median of the rounds."""
    taken = []
    for _ in range(rounds):
        start = time.process_time()
        for moment in moments:
            assert work(moment) is not None
        taken.append((time.process_time() - start) / len(moments) * 1e6)
    return median(taken)


if __name__ == "__main__":
    main()
