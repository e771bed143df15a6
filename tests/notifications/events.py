"""Events and routes to test with."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from promontory.config import Route
from promontory.event import DiffSummary, Event
from promontory.notifications import CHANNELS
from promontory.notifications.composing import compose
from promontory.notifications.contract import Message

NOON = datetime(2026, 11, 27, 12, 0, tzinfo=UTC)
HOSTILE = "<!channel> <@U123|you> @everyone @here [see](https://evil.example) <script>alert(1)</script> & *bold* `code`"


def event(**fields: Any) -> Event:
    usual = {
        "word": "approval-wanted",
        "application": "web-app",
        "environment": "production",
        "release": "v1.3.0",
        "previous": "v1.2.3",
        "promotion": "0733db647238",
        "at": NOON,
        "by": "ci",
        "diff": DiffSummary(files=1, added=1, removed=1, paths=("apps/web-app/kustomization.yaml",)),
        "commands": ("promontory approve 0733db647238",),
        "link": "https://prefect.acme.example/runs/flow-run/1",
    }
    return Event.model_validate({**usual, **fields})


def channel(kind: str, **options: str) -> Any:
    return CHANNELS[kind].model_validate({"kind": kind, **options})


def route(**fields: Any) -> Route:
    return Route(**{"name": "ops", "to": channel("apprise", url_from="PROMONTORY_NOTIFY_OPS"), **fields})


def message(route_: Route | None = None, **fields: Any) -> Message:
    return compose(event(**fields), route_ or route())
