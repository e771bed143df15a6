"""A push needs the approvals that promontory.yaml of the protected branch wants now, whatever the run has read."""

from __future__ import annotations

from dataclasses import replace

import pytest

from promontory.errors import NotAllowed
from promontory.promotion.approving import answer
from promontory.promotion.delivery import deliver
from promontory.promotion.values import Hop
from tests.promotion.conftest import MakeWorld
from tests.promotion.signed import FILE, SignedWorld, pipeline
from tests.promotion.world import Hops, configure

APPLICATION = """\
applications:
  web-app:
    strategy: {kind: directory, path: "apps/web-app/{environment}", image: acme/web-app}
"""
PLAIN = pipeline().replace(", signed: true", "").replace(f"signers: {{ssh: {FILE}}}\n", "")


@pytest.fixture
def world(make_world: MakeWorld) -> SignedWorld:
    return SignedWorld(make_world(pipeline=PLAIN), {})


def write(world: SignedWorld, text: str) -> str:
    return world.write("promontory.yaml", (APPLICATION + text.replace("{kind: fake}", "")).encode())


def approved(world: SignedWorld, *, read: bool = True, **change: object) -> tuple[Hops, Hop]:
    """By a name, as the run's configuration wants it; ``read`` from the branch, or brought along."""
    commit = write(world, PLAIN)
    workspace = replace(world.world.workspace(), config_commit=commit if read else None, **change)
    hops = Hops(workspace)
    hop, _ = world.ask(hops)
    answer(world.world.workspace("alice@acme.example", cache="alice"), hop.promotion, "approved", "", "command line")
    return hops, hop


@pytest.mark.parametrize("read", [True, False])
def test_a_rule_that_wants_signatures_since_counts_for_runs_that_wait(world: SignedWorld, *, read: bool) -> None:
    hops, hop = approved(world, read=read)
    plan = hops.plan(hop)
    write(world, pipeline())
    hops.workspace.repository.sync()

    with pytest.raises(NotAllowed, match=r"promontory\.yaml of main wants other approvals of production"):
        deliver(hops.workspace, hop, plan)

    assert world.world.release("production") == "v1.0.0"


def test_so_does_one_that_asks_for_more_people(world: SignedWorld) -> None:
    hops, hop = approved(world)
    plan = hops.plan(hop)
    write(world, PLAIN.replace("required: 1", "required: 2"))
    hops.workspace.repository.sync()

    with pytest.raises(NotAllowed, match="wants other approvals"):
        deliver(hops.workspace, hop, plan)


def test_a_glass_is_not_broken_by_a_file_of_one_s_own(world: SignedWorld) -> None:
    write(world, pipeline())
    workspace = world.world.workspace()
    hop = Hops(workspace).hop("v1.1.0", "production").model_copy(update={"break_glass": "the shop is down"})

    with pytest.raises(NotAllowed, match="wants other approvals"):
        deliver(workspace, hop, Hops(workspace).plan(hop))


def test_whose_keys_count_is_not_for_a_file_of_one_s_own_to_say(world: SignedWorld) -> None:
    write(world, pipeline())
    world.world.config = configure(pipeline=pipeline().replace(FILE, "docs/mallory"))
    hops = Hops(world.world.workspace())

    with pytest.raises(NotAllowed, match="wants other approvals"):
        deliver(hops.workspace, hop := hops.hop("v1.1.0", "production"), hops.plan(hop))


def test_what_cannot_be_read_any_more_lets_nothing_through(world: SignedWorld) -> None:
    hops, hop = approved(world)
    plan = hops.plan(hop)
    world.write("promontory.yaml", b"applications: [")
    hops.workspace.repository.sync()

    with pytest.raises(NotAllowed, match="has changed since this run read it, and cannot be read"):
        deliver(hops.workspace, hop, plan)


@pytest.mark.parametrize("read", [True, False])
def test_any_other_change_of_the_file_is_no_reason_to_stop(world: SignedWorld, *, read: bool) -> None:
    hops, hop = approved(world, read=read)
    plan = hops.plan(hop)
    write(world, PLAIN.replace("verify: [{kind: fake}]", "description: shop"))
    hops.workspace.repository.sync()

    assert deliver(hops.workspace, hop, plan).kind == "pushed"


def test_who_brings_a_configuration_along_may_want_other_names(world: SignedWorld) -> None:
    hops, hop = approved(world, read=False)
    plan = hops.plan(hop)
    write(world, PLAIN.replace("required: 1", "required: 2"))
    hops.workspace.repository.sync()

    assert deliver(hops.workspace, hop, plan).kind == "pushed"
