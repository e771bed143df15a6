"""Our own windows' schedules: five fields, read by cronsim as Debian's cron reads them.

Only reading is cronsim's. It walks the calendar minute by minute, and on the days when clocks are set it does as
Debian's cron does, which is not what windows do: it lets `30 * * * *` run in both passes of a repeated hour.
"""

from __future__ import annotations

from datetime import UTC, datetime
from functools import lru_cache

from promontory.windows.recurrence import Recurrence

_FIELDS = 5
LONGEST = 1000


@lru_cache(maxsize=4096)
def read_schedule(text: str) -> Recurrence:
    """Raises ValueError for what is no schedule, and for one that never fires, e.g. on 30 February."""
    from cronsim import CronSim, CronSimError

    if len(text) > LONGEST:
        raise ValueError(f"is longer than {LONGEST} characters")
    if len(text.split()) != _FIELDS:
        raise ValueError(f"{text!r} is no schedule: write five fields, minute hour day month weekday, e.g. 0 2 * * 1-5")
    try:
        read = CronSim(text, datetime(2000, 1, 1, tzinfo=UTC))
    except CronSimError as error:
        raise ValueError(f"{text!r} is no schedule, or never fires: {str(error).lower()}") from None
    every_day, every_weekday = set(range(1, 32)) <= set(read.days), set(range(7)) <= read.weekdays
    all_days = every_day and every_weekday if read.day_and else every_day or every_weekday
    recurrence = Recurrence(
        minutes=tuple(hour * 60 + minute for hour in sorted(read.hours) for minute in sorted(read.minutes)),
        months=frozenset(read.months),
        matches=read.match_day,
        daily=all_days and len(read.months) == 12,
    )
    if not recurrence.ever:
        raise ValueError(f"{text!r} never fires: there is no such day")
    return recurrence


@lru_cache(maxsize=4096)
def explain_schedule(text: str) -> str:
    """In words: ``At 02:00 on Monday through Friday``."""
    from cronsim import CronSim

    return CronSim(text, datetime(2000, 1, 1, tzinfo=UTC)).explain()
