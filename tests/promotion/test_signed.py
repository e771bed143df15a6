"""Where an approval is `signed`, from the request to the push: only signatures count, and only those that hold."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import timedelta

import pytest

from promontory.entry import Signature
from promontory.errors import NotAllowed, UsageError
from promontory.people import People
from promontory.promotion.approving import answer, approval_state, request_approval
from promontory.promotion.delivery import deliver, plan_hop
from promontory.promotion.proving import Prover, key_of, proofs_in
from promontory.promotion.requests import asked_together, find_request
from promontory.promotion.reverification import reverify
from promontory.promotion.signers import SignersFiles
from promontory.promotion.signing import drawn_again, statement_of
from promontory.promotion.survey import survey
from promontory.promotion.values import Hop
from promontory.signatures import NAMESPACE
from tests.promotion.conftest import MakeWorld
from tests.promotion.signed import FILE, SignedWorld, pipeline
from tests.promotion.world import Hops
from tests.signatures.keys import ALICE, BOB, Key, needs_ssh_keygen

pytestmark = needs_ssh_keygen


@pytest.fixture
def hops(signed: SignedWorld) -> Hops:
    return Hops(signed.world.workspace())


def why_not(hops: Hops, hop: Hop) -> str:
    """Why the push is refused, of what the ledger holds now."""
    hops.workspace.repository.sync()
    plan = hops.plan(hop)
    with pytest.raises(NotAllowed) as caught:
        deliver(hops.workspace, hop, plan)
    return caught.value.message


def test_a_signature_lets_it_through_and_is_kept(signed: SignedWorld, hops: Hops) -> None:
    hop, plan = signed.ask(hops)

    entry = signed.say(f"Alice <{ALICE}>", hop, signed.keys[ALICE])
    state = approval_state(hops.workspace, hop, plan)
    deliver(hops.workspace, hop, plan)

    assert (state.status, state.by) == ("granted", (f"Alice <{ALICE}>",))
    assert entry.proof == "command line, signed"
    assert entry.signature
    assert entry.signature.principal == ALICE
    assert entry.signature.signers == signed.world.git("rev-parse", "main~1").strip()
    assert signed.world.read("production").count("v1.1.0") == 1


def test_a_name_alone_does_not_count(signed: SignedWorld, hops: Hops) -> None:
    hop, _ = signed.ask(hops)

    with pytest.raises(NotAllowed, match="only a signature counts") as refused:
        answer(signed.world.workspace(ALICE), hop.promotion, "approved", "", "prefect form")

    assert refused.value.remedy == f"sign it: promontory approve {hop.promotion} --sign"
    assert "approved" not in signed.world.kinds("production")


def test_a_no_needs_no_signature(signed: SignedWorld, hops: Hops) -> None:
    hop, plan = signed.ask(hops)

    answer(signed.world.workspace(ALICE), hop.promotion, "rejected", "not today", "prefect form")

    assert approval_state(hops.workspace, hop, plan).status == "rejected"


def test_a_key_that_is_listed_only_where_the_change_is_does_not_count(signed: SignedWorld, hops: Hops) -> None:
    mallory = signed.keys[BOB]
    signed.listed(ALICE)
    signed.write(FILE, f"{BOB} {mallory.public}\n".encode(), branch="feature")
    hop, _ = signed.ask(hops)

    with pytest.raises(NotAllowed, match="is not listed in") as caught:
        signed.say(BOB, hop)

    assert f'{BOB} namespaces="{NAMESPACE}" {mallory.public}' in caught.value.remedy


def test_who_is_taken_out_of_the_file_before_the_push_has_not_approved(signed: SignedWorld, hops: Hops) -> None:
    hop, _ = signed.ask(hops)
    signed.say(ALICE, hop)

    signed.listed(BOB)

    assert "is not listed in" in why_not(hops, hop)


def test_who_was_not_listed_at_the_time_of_the_answer_has_not_approved(signed: SignedWorld, hops: Hops) -> None:
    signed.listed(ALICE, options='namespaces="git"')
    before = signed.world.git("rev-parse", "main").strip()
    signed.listed(ALICE)
    hop, _ = signed.ask(hops)
    signed.say(ALICE, hop)

    assert "is listed for git only" in forged(signed, hops, hop, signers=before)


def forged(signed: SignedWorld, hops: Hops, hop: Hop, **changed: object) -> str:
    """What becomes of the only approval, which somebody has changed in the ledger."""
    signed.forge(hop, **changed)
    workspace = signed.world.workspace()
    *_, last = [entry for entry in workspace.record(hop.place).entries if entry.kind == "approved"]
    return proofs_in(workspace).fault(last)


FORGERIES: list[tuple[dict[str, object], str]] = [
    ({}, "^$"),
    ({"by": BOB}, "it was made by alice@acme.example"),
    ({"by": BOB, "principal": BOB}, "is listed in .* for alice@acme.example, not for bob"),
    ({"kind": "rejected"}, "it is for another decision"),
    ({"key": "SHA256:other"}, "it was made with another key"),
    ({"signers": "0" * 40}, "has never been on main"),
    ({"signers": "--help"}, "has never been on main"),
    ({"text": "rubbish"}, "this is no signature"),
    ({"text": "A" * 70_000}, "larger than 64 KiB"),
    ({"statement": "{}"}, "no statement that is known here"),
    ({"statement": "[" * 65_000}, "no statement that is known here"),
    ({"digest": "sha256:other"}, "nobody had asked for it"),
    ({"by": "a\0b", "principal": "a\0b"}, "could not be started: embedded null byte"),
    ({"by": "a" * 200_000, "principal": "a" * 200_000}, "could not be started: Argument list too long"),
    ({"by": "-Overify-time=2020", "principal": "-Overify-time=2020"}, "is listed in .* not for -O"),
    ({"signers": "main"}, "has never been on main"),
    ({"signers": "a\nb"}, "has never been on main"),
]


def test_an_approval_that_was_forged_in_the_ledger_does_not_count(signed: SignedWorld, hops: Hops) -> None:
    hop, _ = signed.ask(hops)
    entry = signed.say(ALICE, hop)
    proofs = proofs_in(signed.world.workspace())
    assert entry.signature

    for changed, told in FORGERIES:
        inner = {name: value for name, value in changed.items() if name in Signature.model_fields}
        outer = {name: value for name, value in changed.items() if name not in inner}
        signature = entry.signature.model_copy(update=inner)
        request = next(e for e in proofs.workspace.record(hop.place).of(hop.promotion) if e.kind == "requested")
        forged_entry = entry.model_copy(update={**outer, "signature": signature})
        assert re.search(told, proofs.prover.faults([request, forged_entry])[key_of(forged_entry)])


def test_a_signature_that_is_recorded_again_does_not_count_again(signed: SignedWorld, hops: Hops) -> None:
    hop, _ = signed.ask(hops)
    signed.say(ALICE, hop)

    assert "was recorded before" in forged(signed, hops, hop)


def test_a_signature_of_another_promotion_does_not_count(signed: SignedWorld, hops: Hops) -> None:
    first, _ = signed.ask(hops)
    used = signed.say(ALICE, first).signature
    second, _ = signed.ask(Hops(signed.world.workspace(), "run-2"), "v1.2.0")
    assert used

    told = rf"it was made for another promotion \({first.promotion}: web-app v1\.1\.0\)"
    with pytest.raises(NotAllowed, match=told):
        signed.say(ALICE, second, text=used.text)
    signed.say(ALICE, second)

    assert "it is for another promotion" in forged(signed, hops, second, statement=used.statement, text=used.text)


def test_a_signature_of_what_was_to_be_pushed_before_does_not_count(signed: SignedWorld, hops: Hops) -> None:
    hop, _ = signed.ask(hops)
    no = signed.keys[ALICE].sign(signed.statement(hop, "rejected"))
    before = signed.keys[ALICE].sign(signed.statement(hop))
    signed.world.edit("apps/web-app/production/kustomization.yaml", "# the end", "# an end")
    signed.ask(hops)

    for text, told in ((before, "what would have been pushed before that changed"), (no, "not one of this")):
        with pytest.raises(NotAllowed, match=told):
            signed.say(ALICE, hop, text=text)
    with pytest.raises(NotAllowed, match=r"for another answer to it \(rejected\)"):
        signed.say(ALICE, hop, text=signed.keys[ALICE].sign(signed.statement(hop, "rejected")))


def test_a_signature_of_another_repository_does_not_count(signed: SignedWorld, hops: Hops) -> None:
    hop, _ = signed.ask(hops)
    other = signed.statement(hop).replace("gitops", "gitops-of-mallory")

    with pytest.raises(NotAllowed, match="not one of this statement"):
        signed.say(ALICE, hop, text=signed.keys[ALICE].sign(other))


def test_a_copy_of_the_ledger_takes_no_approvals_with_it(
    signed: SignedWorld, hops: Hops, make_world: MakeWorld
) -> None:
    hop, _ = signed.ask(hops)
    signed.say(ALICE, hop)
    copy = signed.world.directory / "elsewhere"
    signed.world.git("clone", "--quiet", "--bare", str(signed.world.origin), str(copy / "gitops.git"))
    there = SignedWorld(type(signed.world)(copy, signed.world.config, signed.world.clock), signed.keys)
    same = Hops(there.world.workspace())

    assert "it was asked for in another repository" in why_not(same, hop)
    with pytest.raises(UsageError, match="the request is about the repository"):
        there.say(BOB, hop)
    there.world.close()


def test_the_same_repository_by_another_address_is_listed(make_world: MakeWorld, keys: Mapping[str, Key]) -> None:
    world = make_world(pipeline=pipeline(more=', repository: ["https://git.acme.example/gitops"]'))
    signed = SignedWorld(world, keys)
    signed.listed(ALICE)
    hops = Hops(world.workspace())
    hop, _ = signed.ask(hops)

    with pytest.raises(UsageError, match=r"which signers.repository does not list"):
        signed.say(ALICE, hop)


def test_what_cannot_be_signed_is_told_before_a_key_is_asked_for(signed: SignedWorld, hops: Hops) -> None:
    hop, _ = signed.ask(hops)
    workspace = signed.world.workspace()
    request = find_request(workspace, hop.promotion)
    old = request.model_copy(update={"repository": None})
    many = [request.model_copy(update={"application": f"web-app-{number}"}) for number in range(500)]

    with pytest.raises(UsageError, match="from before there were signatures"):
        statement_of(workspace, [old], "approved")
    with pytest.raises(UsageError, match="500 applications are too many for one signature"):
        statement_of(workspace, many, "approved")


def test_an_answer_that_came_before_its_request_does_not_count(signed: SignedWorld, hops: Hops) -> None:
    hop, _ = signed.ask(hops)
    signed.say(ALICE, hop)
    workspace = signed.world.workspace()
    request, approved = [e for e in workspace.record(hop.place).entries if e.kind in ("requested", "approved")]
    prover = Prover(SignersFiles(workspace.repository, workspace.config.signers), People(), None, lambda commit: True)

    assert prover.faults([request, approved])[key_of(approved)] == ""
    assert "nobody had asked" in prover.faults([approved, request])[key_of(approved)]


def test_an_expired_key_does_not_count_whatever_it_signed(signed: SignedWorld, hops: Hops) -> None:
    day = signed.world.clock.now().strftime("%Y%m%d")
    signed.listed(ALICE, options=f'valid-before="{day}"')
    hop, _ = signed.ask(hops)

    with pytest.raises(NotAllowed, match="has expired"):
        signed.say(ALICE, hop)


def test_a_key_that_expires_after_the_answer_counts_for_it(signed: SignedWorld, hops: Hops) -> None:
    tomorrow = (signed.world.clock.now() + timedelta(days=1)).strftime("%Y%m%d")
    signed.listed(ALICE, options=f'valid-before="{tomorrow}"')
    hop, plan = signed.ask(hops)
    signed.say(ALICE, hop)

    signed.world.clock.move(timedelta(hours=23, minutes=59))

    assert approval_state(hops.workspace, hop, plan).status == "granted"


def test_one_key_is_one_person_by_whatever_names(make_world: MakeWorld, keys: Mapping[str, Key]) -> None:
    signed = SignedWorld(make_world(pipeline=pipeline(required=2)), keys)
    signed.list_signers(f"*@acme.example {keys[ALICE].public}")
    hops = Hops(signed.world.workspace())
    hop, _ = signed.ask(hops)
    signed.say(ALICE, hop)

    with pytest.raises(NotAllowed, match=r"has signed as alice@acme\.example already"):
        signed.say(BOB, hop, keys[ALICE])


def test_two_people_sign_with_a_key_each(make_world: MakeWorld, keys: Mapping[str, Key]) -> None:
    signed = SignedWorld(make_world(pipeline=pipeline(required=2)), keys)
    signed.listed(ALICE, BOB)
    hops = Hops(signed.world.workspace())
    hop, plan = signed.ask(hops)

    signed.say(ALICE, hop)
    assert approval_state(hops.workspace, hop, plan).missing == 1
    signed.say(BOB, hop)

    assert approval_state(hops.workspace, hop, plan).by == (ALICE, BOB)


def test_one_person_counts_once(signed: SignedWorld, hops: Hops) -> None:
    hop, _ = signed.ask(hops)
    signed.say(ALICE, hop)

    with pytest.raises(NotAllowed, match=r"Alice <.*> has approved this already as alice@acme\.example"):
        signed.say(f"Alice <{ALICE}>", hop, signed.keys[ALICE])


def test_who_asked_for_it_cannot_approve_it(signed: SignedWorld) -> None:
    hop, plan = signed.ask(asking := Hops(signed.world.workspace(f"Alice <{ALICE}>")))

    with pytest.raises(NotAllowed, match="asked for this promotion"):
        signed.say(ALICE, hop)
    signed.say(BOB, hop)

    assert approval_state(asking.workspace, hop, plan).status == "granted"


def test_who_asked_for_it_may_approve_it_where_that_is_written(make_world: MakeWorld, keys: Mapping[str, Key]) -> None:
    allowed = pipeline().replace("signed: true", "signed: true, exclude_requester: false")
    signed = SignedWorld(make_world(pipeline=allowed), keys)
    signed.listed(ALICE)
    hop, _ = signed.ask(Hops(signed.world.workspace(ALICE)))

    assert signed.say(ALICE, hop).signature


def test_a_signature_is_verified_where_none_is_wanted(make_world: MakeWorld, keys: Mapping[str, Key]) -> None:
    signed = SignedWorld(make_world(pipeline=pipeline().replace(", signed: true", "")), keys)
    signed.listed(ALICE)
    hop, _ = signed.ask(Hops(signed.world.workspace()))

    with pytest.raises(NotAllowed, match="is not listed"):
        signed.say(BOB, hop)
    assert signed.say(ALICE, hop).signature


def test_without_a_file_of_signers_nobody_can_sign(make_world: MakeWorld, keys: Mapping[str, Key]) -> None:
    signed = SignedWorld(make_world(pipeline=pipeline()), keys)
    hop, _ = signed.ask(Hops(signed.world.workspace()))

    with pytest.raises(UsageError, match="is not there"):
        signed.say(ALICE, hop)
    signed.write(FILE, b"x" * (1024 * 1024 + 1))
    with pytest.raises(UsageError, match="is larger than 1 MiB"):
        signed.say(ALICE, hop)
    signed.write(FILE, b"\xff\x00 rubbish \n")
    with pytest.raises(NotAllowed, match="is not listed"):
        signed.say(ALICE, hop)


def test_a_train_is_signed_once_for_all_that_move(make_world: MakeWorld, keys: Mapping[str, Key]) -> None:
    signed = SignedWorld(make_world(pipeline=pipeline(), applications=("web-app", "api")), keys)
    signed.listed(ALICE)
    workspace = signed.world.workspace()
    waves = survey(workspace, "web-app", "v1.1.0", "production", "run-1", {"api": "v2.0.0"})
    hop = waves[-1][-1]
    plan, gates = plan_hop(workspace, hop)
    request_approval(workspace, hop, plan, gates, ())
    together = asked_together(workspace, find_request(workspace, hop.promotion))

    signed.say(ALICE, hop, text=keys[ALICE].sign(statement_of(signed.world.workspace(), together, "approved")))
    workspace.repository.sync()
    assert drawn_again(workspace, together).digest == plan.digest
    deliver(workspace, hop, plan)

    assert signed.world.release("production", "api") == "v2.0.0"
    entries = [*signed.world.entries("production"), *signed.world.entries("production", "api")]
    assert len({entry.signature.text for entry in entries if entry.signature}) == 1
    assert reverify(workspace, entries) == ()
