from __future__ import annotations

import pytest

from promontory.forges.answer import Answer, retry_after

DATE = {"date": "Tue, 24 Nov 2026 10:00:00 GMT"}
NOW = 1795514400
SPENT = {"x-ratelimit-remaining": "0"}


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"retry-after": "7"}, 7),
        ({"retry-after": " 7 "}, 7),
        ({"retry-after": "Tue, 24 Nov 2026 10:00:42 GMT"}, 42),
        ({"retry-after": "Tue, 24 Nov 2026 09:00:00 GMT"}, 0),
        ({"retry-after": "soon"}, None),
        ({"retry-after": "-5"}, None),
        ({"retry-after": "9" * 400}, 3600),
        ({"x-ratelimit-reset": str(NOW + 30), **SPENT}, 30),
        ({"ratelimit-reset": str(NOW + 30), "ratelimit-remaining": "0"}, 30),
        ({"x-ratelimit-reset": str(NOW + 30), "x-ratelimit-remaining": "12"}, None),
        ({"retry-after": "5", "x-ratelimit-reset": str(NOW + 30), **SPENT}, 5),
        ({"x-ratelimit-reset": str(NOW - 30), **SPENT}, 0),
        ({"x-ratelimit-reset": "never", **SPENT}, None),
    ],
)
def test_the_wait_is_what_the_forge_asks_for_by_its_own_clock(headers: dict[str, str], seconds: float | None) -> None:
    assert retry_after(Answer(429, {**DATE, **headers}, b"")) == seconds


def test_a_broken_date_does_not_break_the_wait() -> None:
    headers = {"date": "yesterday", "x-ratelimit-reset": "1", **SPENT}

    assert retry_after(Answer(429, headers, b"")) == 0
