"""Windows as they are written: what is read, what is refused with its line, and what is worth a second look."""

from __future__ import annotations

from datetime import UTC, datetime

import jsonschema
import pytest
import yaml

from promontory.config import calendar, warnings
from promontory.config.schema import schema
from promontory.errors import ConfigurationError
from promontory.model import Place
from promontory.windows import Window, decide
from tests.config.samples import APPLICATIONS, VOCABULARY, read

BASE = APPLICATIONS + "environments:\n  production:\n    verify: []\n    windows:\n      - "
PRODUCTION = Place("web-app", "production")


def window(written: str) -> Window:
    (found,) = calendar(read(BASE + written), PRODUCTION)
    return found


def refused(written: str) -> str:
    with pytest.raises(ConfigurationError) as error:
        read(BASE + written)
    return str(error.value)


@pytest.mark.parametrize(
    ("edges", "start", "end"),
    [
        ("from: 2026-12-20, to: 2027-01-04", "2026-12-19 23:00", "2027-01-03 23:00"),
        ('from: "2026-12-20 18:00", to: 2026-12-21', "2026-12-20 17:00", "2026-12-20 23:00"),
        ("from: 2026-12-20 18:00:00, to: 2026-12-20T20:00:00Z", "2026-12-20 17:00", "2026-12-20 20:00"),
        ('from: "2026-12-20T18:00-05:00", to: "2026-12-24"', "2026-12-20 23:00", "2026-12-23 23:00"),
    ],
)
def test_a_freeze_is_from_the_beginning_of_a_day_or_from_a_time(edges: str, start: str, end: str) -> None:
    freeze = window(f"{{kind: deny, {edges}, timezone: Europe/Berlin}}")
    before, first, last, after = (
        datetime.fromisoformat(text).replace(tzinfo=UTC, second=second)
        for text, second in ((start, 0), (start, 0), (end, 0), (end, 0))
    )

    assert decide([freeze], before.replace(year=2025), automatic=True).changes == first
    assert not decide([freeze], first, automatic=True).open
    assert decide([freeze], first, automatic=True).changes == last
    assert decide([freeze], after, automatic=True).open


@pytest.mark.parametrize(
    ("written", "problem"),
    [
        ('{kind: allow, schedule: "0 0 30 2 *", duration: 1h}', "6:23: environments.production.windows[0].schedule"),
        ('{kind: allow, schedule: "0 0 */8 2 MON#5", duration: 1h}', "never fires: there is no such day"),
        ('{kind: allow, schedule: "0 2 * *", duration: 1h}', "write five fields, minute hour day month weekday"),
        ('{kind: allow, schedule: "0 0 2 * * *", duration: 1h}', "write five fields, minute hour day month weekday"),
        ('{kind: allow, schedule: "@daily", duration: 1h}', "is no schedule: write five fields"),
        ('{kind: allow, schedule: "0 2 * * 1#2/3", duration: 1h}', "is no schedule, or never fires: bad day-of-week"),
        ('{kind: allow, schedule: "61 2 * * *", duration: 1h}', "bad minute"),
        ('{kind: allow, schedule: "0 2 * * *", duration: 0s}', "windows[0].duration: '0s' is not a duration"),
        (
            '{kind: allow, schedule: "0 2 * * *", duration: 1h, timezone: Berlin}',
            "windows[0].timezone: 'Berlin' is no time zone: write one of the IANA list, e.g. Europe/Berlin",
        ),
        ('{kind: allow, schedule: "0 2 * * *", duration: 1h, timezone: ../etc/passwd}', "is no time zone"),
        ('{kind: allow, schedule: "0 2 * * *", duration: 1h, timezone: Europe}', "is no time zone"),
        ("{kind: deny, from: 2027-01-04, to: 2026-12-20}", "is no time: `to` is the first moment after it"),
        ("{kind: deny, from: 2026-12-20, to: 2026-12-20}", "is no time: `to` is the first moment after it"),
        # In Berlin there is no such hour, so that both are one instant.
        (
            '{kind: deny, from: "2026-03-29 02:10", to: "2026-03-29 02:50", timezone: Europe/Berlin}',
            "is no time: `to` is the first moment after it",
        ),
        ("{kind: deny, from: Christmas, to: 2026-12-20}", '"Christmas" is neither a date nor a time: write 2026-12-20'),
        ("{kind: deny, from: 20261220, to: 2026-12-20}", '"20261220" is neither a date nor a time'),
        ("{kind: deny, from: 0001-01-01, to: 9999-12-31}", "is neither a date nor a time"),
        ("{kind: deny, from: 2026-12-20}", "give schedule and duration, or from and to: when is it active?"),
        ('{kind: deny, schedule: "0 2 * * *"}', "give schedule and duration, or from and to: when is it active?"),
        ("{kind: deny, from: 2026-12-20, to: 2026-12-24, duration: 1h}", "give schedule and duration, or from and to"),
        ("{kind: deny}", "give schedule and duration, or from and to: when is it active?"),
        ('{kind: close, schedule: "0 2 * * *", duration: 1h}', 'unknown kind "close"'),
        ('{schedule: "0 2 * * *", duration: 1h}', "missing: kind (known: allow, deny"),
        ('{kind: allow, schedule: "0 2 * * *", duration: 1h, manual: "yes"}', "manual: must be true or false"),
        ('{kind: allow, schedule: "0 2 * * *", duration: 1h, zone: UTC}', 'unknown key "zone"'),
    ],
)
def test_what_is_wrong_is_said_with_its_line_and_what_to_write(written: str, problem: str) -> None:
    assert problem in refused(written)


def test_a_freeze_of_the_whole_company_stands_at_the_top() -> None:
    text = (
        'windows:\n  - {kind: deny, from: 2026-12-20, to: 2027-01-04, environments: ["prod*"], owner: ops}\n'
        + APPLICATIONS
        + "environments:\n  dev:\n"
        + '  production: {windows: [{kind: allow, schedule: "0 2 * * *", duration: 2h, applications: ["api-*"]}]}\n'
    )
    config = read(text)

    assert [each.kind for each in calendar(config, PRODUCTION)] == ["deny"]
    assert [each.kind for each in calendar(config, Place("api-users", "production"))] == ["deny", "allow"]
    assert calendar(config, Place("web-app", "dev")) == ()
    jsonschema.validate(
        yaml.safe_load(text.replace("2026-12-20", '"2026-12-20"').replace("2027-01-04", '"2027-01-04"')),
        schema(VOCABULARY),
    )


def test_a_problem_at_the_top_is_told_with_its_line() -> None:
    with pytest.raises(ConfigurationError) as error:
        read(
            'windows:\n  - {kind: deny, schedule: "0 2 * *", duration: 1h}\n' + APPLICATIONS + "environments: {dev: {}}"
        )

    assert "2:18: windows[0].schedule: '0 2 * *' is no schedule" in str(error.value)


def test_a_window_for_nobody_is_worth_a_second_look() -> None:
    config = read(BASE + '{kind: allow, schedule: "0 2 * * *", duration: 1h, applications: [web, webapp]}')

    told = [str(warning) for warning in warnings(config) if "windows" in warning.where]

    assert len(told) == 1
    assert 'windows[0].applications[1]: "webapp" is true of none of the applications' in told[0]
