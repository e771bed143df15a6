"""How a release behaves once it runs: well, unless the sandbox is told otherwise."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from promontory.options import parse_duration

EVERYWHERE = "*"
NOT_AT_ALL = timedelta(0)


@dataclass(frozen=True)
class Behaviour:
    """``broken``: every answer is a 500. ``slow``: how long every answer takes."""

    release: str
    environment: str = EVERYWHERE
    broken: bool = False
    slow: timedelta = NOT_AT_ALL

    def applies_to(self, release: str, environment: str) -> bool:
        return self.release == release and self.environment in (EVERYWHERE, environment)


def parse_broken(text: str) -> Behaviour:
    """``v1.4.0@staging``, or ``v1.4.0`` for every environment."""
    release, environment = _split(text)
    return Behaviour(release, environment, broken=True)


def parse_slow(text: str) -> Behaviour:
    """``v1.5.0@dev=3s``, or ``v1.5.0=3s`` for every environment; anything else is a ValueError."""
    where, equals, duration = text.rpartition("=")
    if not equals:
        raise ValueError(f"{text!r} does not say how slow: write v1.5.0@dev=3s")
    release, environment = _split(where)
    return Behaviour(release, environment, slow=parse_duration(duration))


def _split(text: str) -> tuple[str, str]:
    # From the right, and not into a digest: a pinned release (v1@sha256:…) has an @ of its own.
    release, at, environment = text.rpartition("@")
    if not at or environment.startswith("sha256:"):
        release, environment = text, EVERYWHERE
    if not release or not environment:
        raise ValueError(f"{text!r} names no release: write v1.4.0@staging")
    return release, environment
