"""A message that says it is a test, through one route."""

from __future__ import annotations

from promontory.config import Route
from promontory.event import WORDS, Event, words_of
from promontory.notifications.composing import compose
from promontory.notifications.contract import Channel, Means
from promontory.notifications.delivering import deliver_once
from promontory.promotion.workspace import Workspace


async def try_out(workspace: Workspace, route: Route, means: Means) -> str:
    """Why it was not sent; empty where it was. Tried once: somebody waits for what comes of it."""
    channel = route.to
    assert isinstance(channel, Channel)  # noqa: S101 — the vocabulary knows no other
    return await deliver_once(channel, compose(_event(workspace, route), route), means)


def _event(workspace: Workspace, route: Route) -> Event:
    """Of the first word that the route is told of."""
    wanted = words_of(route.on)
    word = next(word for word in WORDS if word in wanted)
    return Event(
        word=word,
        application="test",
        environment="test",
        release="v0.0.0",
        previous="v0.0.0",
        at=workspace.clock.now(),
        by=workspace.actor.by,
        reason=f"this is a test of the route {route.name}, nothing has happened",
    )
