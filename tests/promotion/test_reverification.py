"""The whole history looked at again: what was pushed on whose signature, by the rule that was in force."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from promontory.promotion.approving import answer, request_approval
from promontory.promotion.delivery import deliver, plan_hop
from promontory.promotion.reverification import Finding, reverify
from promontory.promotion.workspace import Actor, Workspace
from promontory.signatures import verify
from tests.promotion.conftest import MakeWorld
from tests.promotion.signed import FILE, SignedWorld, pipeline
from tests.promotion.world import Hops, configure
from tests.signatures.keys import ALICE, BOB, Key, needs_ssh_keygen

pytestmark = needs_ssh_keygen
APPLICATION = """\
applications:
  web-app:
    strategy: {kind: directory, path: "apps/web-app/{environment}", image: acme/web-app}
"""


@pytest.fixture
def signed(make_world: MakeWorld, alice_key: Key, bob_key: Key) -> SignedWorld:
    """Its configuration is in the repository, so that the ledger can name the commit of it."""
    made = SignedWorld(make_world(pipeline=pipeline()), {ALICE: alice_key, BOB: bob_key})
    made.listed(ALICE, BOB)
    return made


def configured(signed: SignedWorld, text: str) -> Workspace:
    """A run that has read ``text`` from the protected branch."""
    commit = signed.write("promontory.yaml", (APPLICATION + text.replace("{kind: fake}", "")).encode())
    workspace = signed.world.workspace("ci")
    return replace(workspace, config=configure(pipeline=text), config_commit=commit)


def promoted(signed: SignedWorld, text: str, *people: str, run: str = "run-1", release: str = "v1.1.0") -> Hops:
    hops = Hops(configured(signed, text), run)
    hop, plan = signed.ask(hops, release)
    for who in people:
        signed.say(who, hop)
    hops.workspace.repository.sync()
    deliver(hops.workspace, hop, plan)
    return hops


def look(signed: SignedWorld, change: Mapping[str, object] | None = None, kind: str = "") -> tuple[Finding, ...]:
    """What is found, also where something was changed in the entry of a kind."""
    workspace = signed.world.workspace()
    entries = [
        entry.model_copy(update=dict(change or {})) if entry.kind == kind else entry
        for entry in workspace.ledger.entries("web-app", "production")
    ]
    return reverify(workspace, entries)


def test_an_honest_history_has_nothing_to_be_found(signed: SignedWorld) -> None:
    promoted(signed, pipeline(required=2), ALICE, BOB)

    assert look(signed) == ()


def test_who_is_taken_out_later_has_approved_all_the_same(signed: SignedWorld) -> None:
    promoted(signed, pipeline(), ALICE)

    signed.listed(BOB)

    assert look(signed) == ()


def test_a_file_of_signers_may_move(signed: SignedWorld) -> None:
    promoted(signed, pipeline(), ALICE)
    moved = pipeline().replace(FILE, "keys/signers")
    signed.write("promontory.yaml", (APPLICATION + moved.replace("{kind: fake}", "")).encode())
    signed.world.config = configure(pipeline=moved)

    assert look(signed) == ()


def test_a_push_without_enough_signatures_is_found(signed: SignedWorld) -> None:
    hops = promoted(signed, pipeline().replace(", signed: true", ""), ALICE)
    strict = signed.write("promontory.yaml", (APPLICATION + pipeline(required=2).replace("{kind: fake}", "")).encode())

    (found,) = look(signed, {"config": strict}, "pushed")

    assert found.entry.kind == "pushed"
    assert "pushed without the signed approvals it wanted: 1 more signed approval" in found.problem
    assert look(signed) == ()
    assert hops.workspace.config_commit != strict


def test_a_push_by_a_configuration_of_one_s_own_is_found(signed: SignedWorld) -> None:
    workspace = configured(signed, pipeline())
    lax = replace(workspace, config=configure(pipeline=pipeline().replace(", signed: true", "")), config_commit=None)
    hops = Hops(lax)
    hop, plan = signed.ask(hops)
    answer(replace(lax, actor=Actor(ALICE)), hop.promotion, "approved", "", "command line")
    deliver(lax, hop, plan)

    (found,) = look(signed)

    assert "only a signature counts" in found.problem


FORGERIES: list[tuple[dict[str, object], str, str]] = [
    ({"signature": None}, "approved", "pushed without the signed approvals it wanted"),
    ({"by": BOB}, "approved", "it was made by alice@acme.example"),
    ({"release": "v6.6.6"}, "requested", "another request of the same promotion"),
    ({"config": "0" * 40}, "pushed", "has never been on main"),
    ({"config": None}, "pushed", ""),
    ({"config": "HEAD\nx"}, "pushed", "has never been on main"),
]


def test_what_was_changed_in_the_ledger_is_found(signed: SignedWorld) -> None:
    promoted(signed, pipeline(), ALICE)

    for change, kind, problem in FORGERIES:
        found = look(signed, change, kind)
        assert bool(found) == bool(problem)
        assert not found or problem in found[0].problem


def test_a_signature_that_names_no_commit_is_found(signed: SignedWorld) -> None:
    promoted(signed, pipeline(), ALICE)
    workspace = signed.world.workspace()
    entries = [
        entry.model_copy(update={"signature": entry.signature.model_copy(update={"signers": "main\n"})})
        if entry.signature
        else entry
        for entry in workspace.ledger.entries("web-app", "production")
    ]

    assert [found.entry.kind for found in reverify(workspace, entries)] == ["approved", "pushed"]


def test_one_signature_is_enough_where_the_glass_was_broken_and_only_there(signed: SignedWorld) -> None:
    text = pipeline(required=2).replace("verify:", f"break_glass: [{ALICE}]\n    verify:")
    workspace = configured(signed, text)
    signed.world.config = workspace.config
    hops = Hops(workspace)
    hop, _ = signed.ask(hops)
    signed.say(ALICE, hop)
    emergency = hop.model_copy(update={"break_glass": "the shop is down"})
    workspace.repository.sync()
    plan, gates = plan_hop(workspace, emergency)
    state = request_approval(workspace, emergency, plan, gates, ())

    assert "was to another request, with the glass unbroken" in state.reason
    signed.say(ALICE, emergency)
    workspace.repository.sync()
    deliver(workspace, emergency, plan)

    assert look(signed) == ()
    assert "glass" in look(signed, {"break_glass": ""}, "requested")[0].problem


def test_without_ssh_keygen_nothing_is_certain(
    signed: SignedWorld, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    promoted(signed, pipeline(), ALICE)
    (tmp_path / "git").symlink_to(shutil.which("git") or "")
    monkeypatch.setenv("PATH", str(tmp_path))
    verify.cache_clear()

    found = look(signed)

    assert [(finding.entry.kind, finding.certain) for finding in found] == [("approved", False), ("pushed", False)]
    assert "'ssh-keygen' is not installed here" in found[0].problem
