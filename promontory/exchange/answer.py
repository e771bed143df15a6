"""What one HTTP look brings back. How to look is `http_client`'s job, which is slow to import."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit, urlunsplit


class Refused(Exception):
    """The other side answers, but with something that is not followed; says what."""


@dataclass(frozen=True)
class Answer:
    """``cut``: there was more body than is read. ``seconds`` run from the request to the end of the body."""

    url: str
    status: int
    headers: Mapping[str, str]
    body: bytes
    cut: bool
    seconds: float

    @property
    def content_type(self) -> str:
        declared = self.headers.get("content-type", "").partition(";")[0].strip()
        return declared if declared.isprintable() else ""


def shown_url(url: str) -> str:
    """The URL without what may be secret in it: user, query and fragment."""
    parts = urlsplit(url)
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", ""))


def retry_after(answer: Answer, limit: timedelta) -> float | None:
    """Seconds, from ``Retry-After`` in either of its forms (RFC 9110, 10.2.3), between 0 and ``limit``."""
    text = answer.headers.get("retry-after", "").strip()
    try:
        seconds = float(text) if text.isdecimal() else _until(text)
    except (ValueError, OverflowError):
        return None
    return round(min(max(seconds, 0.0), limit.total_seconds()), 3)


def _until(date: str) -> float:
    moment = parsedate_to_datetime(date)
    return ((moment if moment.tzinfo else moment.replace(tzinfo=UTC)) - datetime.now(UTC)).total_seconds()
