"""What a forge answered, and how long it wants us to wait."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

LONGEST_WAIT = 3600.0
# What GitHub asks for where a secondary limit names no time.
USUAL_WAIT = 60.0


@dataclass(frozen=True)
class Answer:
    """``headers`` have lower-case names."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def spent(self) -> bool:
        """Whether it says that the hour's requests are used up. GitHub's headers have an ``X-``, GitLab's have not."""
        return "0" in (self.headers.get("x-ratelimit-remaining"), self.headers.get("ratelimit-remaining"))


def retry_after(answer: Answer) -> float | None:
    """Seconds to wait: from ``Retry-After``, else until the limit is reset; None where it says neither."""
    asked = _number(answer.headers.get("retry-after", ""))
    if asked is None and (date := _date(answer.headers.get("retry-after", ""))):
        asked = (date - _now(answer)).total_seconds()
    if asked is None and answer.spent:
        reset = _number(answer.headers.get("x-ratelimit-reset") or answer.headers.get("ratelimit-reset", ""))
        asked = None if reset is None else reset - _now(answer).timestamp()
    return None if asked is None else min(max(asked, 0.0), LONGEST_WAIT)


def _number(text: str) -> float | None:
    text = text.strip()
    return float(text[:12]) if text.isdecimal() and text.isascii() else None


def _now(answer: Answer) -> datetime:
    """By the forge's own clock, which is what its times are of."""
    return _date(answer.headers.get("date", "")) or datetime.now(UTC)


def _date(text: str) -> datetime | None:
    try:
        date = parsedate_to_datetime(text)
    except (ValueError, IndexError):
        return None
    return date if date.tzinfo else date.replace(tzinfo=UTC)
