"""Whatever an API answers, an Application is judged or refused; and nothing that was damaged gets healthy by it."""

from __future__ import annotations

import asyncio
import copy
from typing import Any

from hypothesis import given
from hypothesis import strategies as some

from promontory.checks.argocd.application import NotAnApplication, read_application
from promontory.checks.argocd.judging import Judgement, judge
from promontory.checks.argocd.lint import remarks
from promontory.checks.argocd.memory import Memory
from promontory.checks.argocd.revision import Revisions, Wanted
from promontory.health import Health
from tests.checks.argocd_objects import EARLIER, OURS, KnownHistory, application, health, resource, source, synced

WHOLE = application(
    {"sources": None, "sourceHydrator": None},
    conditions=[{"type": "OrphanedResourceWarning", "message": "1"}],
    resources=[resource("web", "Healthy")],
    sync=synced(comparedTo={"source": source(), "destination": {"namespace": "web"}}),
)
ODD = some.recursive(
    some.none()
    | some.booleans()
    | some.integers()
    | some.text(max_size=4)
    | some.sampled_from([OURS, "Synced", "--all"]),
    lambda inner: some.lists(inner, max_size=2) | some.dictionaries(some.text(max_size=3), inner, max_size=2),
    max_leaves=4,
)


def places(document: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    children = document.items() if isinstance(document, dict) else enumerate(document)
    found = [((*path, key), child) for key, child in children]
    deeper = [place for at, child in found if isinstance(child, dict | list) for place in places(child, at)]
    return [*(at for at, _ in found), *deeper]


def judged(document: Any) -> Judgement | None:
    """None where it is refused."""
    try:
        read = read_application(document)
    except NotAnApplication:
        return None
    proof = asyncio.run(Revisions(Wanted(OURS), KnownHistory()).prove(read))
    memory = Memory(None)
    memory.own_sync(read, 0.0)
    return memory.settled(judge(read, proof), read, 0.0, 30.0)[0]


@given(place=some.sampled_from(places(WHOLE)), odd=ODD)
def test_any_value_at_any_place_is_judged_or_refused(place: tuple[Any, ...], odd: Any) -> None:
    document = copy.deepcopy(WHOLE)
    *way, last = place
    node = document
    for step in way:
        node = node[step]
    node[last] = odd

    found = judged(document)

    assert found is None or found.reason
    remarks([document], "Application", KnownHistory(), sync=False, revision=False)


@given(
    revision=some.sampled_from([EARLIER, "", "main", OURS.upper(), OURS[:12]]),
    status=some.sampled_from(["Healthy", "Degraded", "Progressing", ""]),
    sync=some.sampled_from(["Synced", "OutOfSync", ""]),
)
def test_nothing_but_our_revision_is_ever_healthy(revision: str, status: str, sync: str) -> None:
    found = judged(application(sync=synced(revision, sync), health=health(status)))

    assert found
    assert (found.health is Health.HEALTHY, found.proven) == (False, False)
