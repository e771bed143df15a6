"""Entries of one promotion, for tests that judge them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from promontory.entry import Entry

START = datetime(2025, 3, 1, 12, tzinfo=UTC)
DIGEST = "sha256:" + "a" * 64
OTHER = "sha256:" + "b" * 64
HOUR = timedelta(hours=1)


def entry(kind: str, by: str = "ci", hours: float = 0, digest: str = DIGEST, reason: str = "") -> Entry:
    return Entry.model_validate(
        {
            "version": 1,
            "kind": kind,
            "promotion": "ab12",
            "application": "web-app",
            "environment": "production",
            "release": "v1.1.0",
            "at": START + timedelta(hours=hours),
            "by": by,
            "digest": digest,
            "reason": reason,
            "proof": None if kind in ("requested", "reminded") else "command line",
        }
    )


def after(hours: float) -> datetime:
    return START + timedelta(hours=hours)
