"""Who may write the ledger's branch, by hand and with git alone, cannot say yes for somebody else."""

from __future__ import annotations

from datetime import timedelta

import pytest

from promontory.entry import Entry
from promontory.errors import NotAllowed
from promontory.ledger import path_of
from promontory.ledger.chain import render
from promontory.model import Plan
from promontory.promotion.approving import approval_state, request_approval
from promontory.promotion.delivery import deliver, plan_hop
from promontory.promotion.values import Hop
from tests.promotion.signed import SignedWorld
from tests.promotion.world import LEDGER, Hops, World
from tests.signatures.keys import ALICE, needs_ssh_keygen

pytestmark = needs_ssh_keygen


@pytest.fixture
def hops(signed: SignedWorld) -> Hops:
    return Hops(signed.world.workspace())


def write_by_hand(world: World, *entries: Entry) -> None:
    """Without any Promontory, and without the chain."""
    world.commit({path_of(entry): render(entry) for entry in entries}, LEDGER)


def changed(hops: Hops, signed: SignedWorld, hop: Hop) -> Plan:
    """Somebody changes the same place, so that another plan is asked about; nobody has approved that."""
    signed.world.edit("apps/web-app/production/kustomization.yaml", "namespace: web-app", "namespace: evil")
    hops.workspace.repository.sync()
    plan, gates = plan_hop(hops.workspace, hop)
    request_approval(hops.workspace, hop, plan, gates, ())
    return plan


def test_a_yes_to_one_plan_is_none_to_another_that_says_it_came_in_the_same_moment(
    signed: SignedWorld, hops: Hops
) -> None:
    """Its name sorts before that of the genuine one, which is good."""
    hop, _ = signed.ask(hops)
    signed.say(ALICE, hop)
    plan = changed(hops, signed, hop)
    *_, stored = [entry for entry in signed.world.entries("production") if entry.kind == "approved"]
    forged = (stored.model_copy(update={"digest": plan.digest, "release": f"v{number}"}) for number in range(1000))
    write_by_hand(signed.world, next(each for each in forged if path_of(each) < path_of(stored)))
    hops.workspace.repository.sync()

    state = approval_state(hops.workspace, hop, plan)

    assert (state.status, state.by) == ("waiting", ())
    with pytest.raises(NotAllowed):
        deliver(hops.workspace, hop, plan)


def test_a_signature_that_is_written_otherwise_is_no_second_one(signed: SignedWorld, hops: Hops) -> None:
    """Or an approval would never expire."""
    hop, plan = signed.ask(hops)
    signed.world.clock.move(timedelta(hours=1))
    given = signed.say(ALICE, hop)
    assert given.signature
    signed.world.clock.move(timedelta(hours=22))
    begin, *lines, end = given.signature.text.splitlines()
    joined = "".join(lines)
    text = "\n".join([begin, *(joined[start : start + 40] for start in range(0, len(joined), 40)), end, ""])
    signed.forge(hop, text=text)
    signed.world.clock.move(timedelta(hours=3))
    hops.workspace.repository.sync()

    assert approval_state(hops.workspace, hop, plan).status == "expired"
