"""Entries for tests that ask a gate about them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from promontory.entry import Entry

NOW = datetime(2025, 3, 1, 12, tzinfo=UTC)


def entry(kind: str, release: str = "v1", minute: int = 0, **fields: object) -> Entry:
    return Entry.model_validate(
        {
            "version": 1,
            "kind": kind,
            "promotion": "ab12",
            "application": "web-app",
            "environment": "production",
            "release": release,
            "at": NOW + timedelta(minutes=minute),
            "by": "alice",
            **fields,
        }
    )
