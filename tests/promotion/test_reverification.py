"""The whole history looked at again: what was pushed on whose signature, by the rule that was in force."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from promontory.change import FileEdit, FileEdits
from promontory.entry import Entry, Pushed
from promontory.model import PathChange
from promontory.promotion.approving import request_approval
from promontory.promotion.delivery import adopt, deliver, plan_hop
from promontory.promotion.planning import draw_plans, movers
from promontory.promotion.reverification import Finding, reverify
from promontory.promotion.values import Hop
from promontory.promotion.workspace import Workspace
from promontory.repository import RefUpdate
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


def in_repository(signed: SignedWorld, text: str) -> str:
    """The commit that brings ``text``, of whose checks nothing is known outside of the tests."""
    return signed.write("promontory.yaml", (APPLICATION + text.replace("{kind: fake}", "")).encode())


def push_unasked(signed: SignedWorld, workspace: Workspace, hop: Hop | None = None, **fields: object) -> Entry:
    """Somebody with a Promontory of their own pushes without asking for what promontory.yaml wants."""
    workspace.repository.sync()
    hop = hop or Hops(workspace).hop("v1.1.0", "production")
    drawn = draw_plans(workspace, movers(hop))
    pushed = Pushed(ref="main", before=drawn.plan.base, after="")
    entry = workspace.hop_entry("pushed", hop, digest=drawn.plan.digest, **{"pushed": pushed, **fields})
    return workspace.push_recorded(drawn.updates("Promote"), [entry], workspace.ledger_head())[0]


UNSIGNED = pipeline().replace(", signed: true", "")
NO_KEYS = UNSIGNED.replace(f"signers: {{ssh: {FILE}}}\n", "")


def test_a_push_without_enough_signatures_is_found(signed: SignedWorld) -> None:
    workspace = configured(signed, pipeline(required=2))
    hop, _ = signed.ask(Hops(workspace))
    signed.say(ALICE, hop)

    push_unasked(signed, workspace, hop)

    (found,) = look(signed)
    assert (found.entry.kind, found.certain) == ("pushed", True)
    assert "pushed without the signed approvals it wanted: 1 more signed approval" in found.problem


def test_a_rule_that_is_taken_out_later_hides_nothing(signed: SignedWorld) -> None:
    push_unasked(signed, configured(signed, pipeline()))

    in_repository(signed, NO_KEYS)
    signed.world.config = configure(pipeline=NO_KEYS)

    (found,) = look(signed)
    assert found.certain
    assert "pushed without the signed approvals it wanted" in found.problem


def test_a_rule_that_comes_later_accuses_nobody(signed: SignedWorld) -> None:
    push_unasked(signed, configured(signed, NO_KEYS))

    strict = in_repository(signed, pipeline())
    signed.world.config = configure(pipeline=pipeline())

    assert look(signed) == ()
    assert look(signed, {"config": strict}, "pushed") == (), "what it was pushed onto counts, not what is named"


@pytest.mark.parametrize("config", [None, "old", "gone"])
def test_what_a_push_names_is_not_what_it_is_judged_by(signed: SignedWorld, config: str | None) -> None:
    old = in_repository(signed, NO_KEYS)
    workspace = configured(signed, pipeline())

    push_unasked(signed, workspace, config={"old": old, "gone": "1" * 40}.get(config or ""))

    found = look(signed)
    assert "pushed without the signed approvals it wanted" in found[-1].problem
    assert found[-1].certain
    assert [each.problem for each in found[:-1]] == (
        ["the commit of its configuration, '111111111111', is not in this repository any more"]
        if config == "gone"
        else []
    )


def test_where_a_push_says_that_it_was_made_somewhere_else_the_branch_is_asked(signed: SignedWorld) -> None:
    old = in_repository(signed, NO_KEYS)
    entry = push_unasked(signed, configured(signed, pipeline()))
    assert entry.pushed

    (lied,) = look(signed, {"pushed": entry.pushed.model_copy(update={"before": old})}, "pushed")
    (gone,) = look(signed, {"pushed": entry.pushed.model_copy(update={"before": "1" * 40})}, "pushed")

    assert (lied.certain, gone.certain) == (False, False)
    assert "and not where the entry says" in lied.problem


def test_of_what_was_pushed_elsewhere_only_the_dates_tell_more_than_its_entry(signed: SignedWorld) -> None:
    old, workspace = in_repository(signed, NO_KEYS), configured(signed, pipeline())
    signed.world.clock.move(timedelta(days=36_500))
    push_unasked(signed, workspace)
    strict = workspace.config_commit

    def elsewhere(config: str | None) -> tuple[Finding, ...]:
        return look(signed, {"pushed": None, "config": config}, "pushed")

    assert [each.certain for each in elsewhere(strict)] == [True]
    for config, whence in (
        (old, f"it names '{old[:12]}'"),
        (None, "it was pushed with a configuration from elsewhere"),
    ):
        (found,) = elsewhere(config)
        assert not found.certain
        assert f"then, by the dates of commits; {whence}" in found.problem
    assert [each.certain for each in elsewhere("1" * 40)] == [False, False]


@pytest.mark.parametrize("broken", [b"applications: [", b"", None])
def test_a_version_that_cannot_be_read_says_nothing_and_hides_nothing(
    signed: SignedWorld, broken: bytes | None
) -> None:
    in_repository(signed, pipeline())
    workspace = signed.world.workspace()
    if broken is None:
        signed.remove("promontory.yaml")
    else:
        signed.write("promontory.yaml", broken)
    push_unasked(signed, workspace)
    in_repository(signed, pipeline())

    (found,) = look(signed)

    assert not found.certain
    assert found.problem.startswith("whether it wanted signed approvals is not known: ")


def test_before_there_was_a_file_nothing_was_wanted_of_anybody(signed: SignedWorld) -> None:
    push_unasked(signed, replace(signed.world.workspace(), config=configure(pipeline=NO_KEYS)))
    in_repository(signed, pipeline())

    assert look(signed) == ()


def test_a_signature_by_keys_that_no_file_names_any_more_is_uncertain(signed: SignedWorld) -> None:
    """The run had a file of its own, and nobody has it now."""
    hop, _ = signed.ask(Hops(signed.world.workspace()))
    signed.say(ALICE, hop)
    signed.world.config = configure(pipeline=NO_KEYS)

    (found,) = look(signed)

    assert (found.entry.kind, found.certain) == ("approved", False)
    assert "no promontory.yaml says any more whose signatures counted" in found.problem


def test_what_somebody_put_there_past_all_approvals_is_pointed_out(signed: SignedWorld) -> None:
    workspace = configured(signed, pipeline())
    signed.world.set_release("production", "v6.6.6")
    workspace.repository.sync()
    adopt(workspace, Hops(workspace).hop("v6.6.6", "production"))

    (found,) = look(signed)

    assert (found.entry.kind, found.certain) == ("found", False)
    assert found.problem == "somebody put it there past the signed approvals that were wanted"


def test_what_was_signed_is_what_was_pushed(signed: SignedWorld) -> None:
    """Under the name of a promotion that is approved one can push anything, who can push."""
    workspace = configured(signed, pipeline())
    hop, plan = signed.ask(Hops(workspace))
    signed.say(ALICE, hop)
    workspace.repository.sync()
    drawn = draw_plans(workspace, movers(hop))
    (update,) = drawn.updates("Promote")
    assert isinstance(update, RefUpdate)
    edits = FileEdits((*drawn.files("main").edits, FileEdit("evil.yaml", None, b"kind: Secret\n")))
    entry = workspace.hop_entry(
        "pushed", hop, digest=plan.digest, pushed=Pushed(ref="main", before=plan.base, after="")
    )
    (stored,) = workspace.push_recorded([replace(update, edits=edits)], [entry], workspace.ledger_head())
    assert stored.pushed

    evil = signed.world.git("rev-parse", "main:evil.yaml").strip()
    more = (*plan.paths, PathChange(path="evil.yaml", before=None, after=evil))
    forged = plan.model_copy(update={"paths": more})
    workspace.append([workspace.hop_entry("planned", hop, digest=plan.digest, plan=forged)])

    after = stored.pushed.after
    for before in (plan.base, after, None):
        (found,) = look(signed, {"pushed": Pushed(ref="main", before=before, after=after)}, "pushed")

        assert (found.entry.kind, found.certain) == ("pushed", True)
        assert found.problem == "it pushed more than what was approved: evil.yaml"


FORGERIES: list[tuple[dict[str, object], str, str]] = [
    ({"signature": None}, "approved", "pushed without the signed approvals it wanted"),
    ({"by": BOB}, "approved", "it was made by alice@acme.example"),
    ({"release": "v6.6.6"}, "requested", "another request of the same promotion"),
    ({"config": "0" * 40}, "pushed", "is not in this repository any more"),
    ({"config": None}, "pushed", ""),
    ({"config": "HEAD\nx"}, "pushed", "is not in this repository any more"),
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
