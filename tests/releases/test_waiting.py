from __future__ import annotations

from datetime import UTC, datetime

import pytest

from promontory.releases.waiting import LONGEST, retry_after


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("7", 7),
        ("0", 0),
        ("Mon, 23 Nov 2026 10:00:30 GMT", 30),
        ("Mon, 23 Nov 2026 09:00:00 GMT", 0),
        ("99999999999999999999", LONGEST),
        ("soon", None),
        ("", None),
        ("-5", None),
    ],
)
def test_retry_after_is_seconds_or_a_date(text: str, seconds: float | None) -> None:
    assert retry_after({"Retry-After": text}, datetime(2026, 11, 23, 10, tzinfo=UTC)) == seconds
