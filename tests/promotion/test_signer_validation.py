"""What `promontory validate` says of signers: before anybody has to sign, and before a key expires."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

from promontory.errors import Problem
from promontory.promotion.signer_validation import signer_problems, signer_warnings
from tests.promotion.conftest import MakeWorld
from tests.promotion.signed import FILE, SignedWorld, pipeline
from tests.promotion.world import World, configure
from tests.signatures.keys import ALICE, BOB, Gpg, Key, gpg_home, needs_gpg, needs_ssh_keygen

RING = ".promontory/keyring.asc"


@pytest.fixture
def signed(make_world: MakeWorld, alice_key: Key, bob_key: Key) -> SignedWorld:
    return SignedWorld(make_world(pipeline=pipeline()), {ALICE: alice_key, BOB: bob_key})


def found(world: World, text: str = "") -> tuple[list[str], list[str]]:
    """Problems and warnings, each with where it stands in the file."""
    if text:
        world.config = configure(pipeline=text)
    workspace = world.workspace()
    return [_told(it) for it in signer_problems(workspace)], [_told(it) for it in signer_warnings(workspace)]


def _told(problem: Problem) -> str:
    assert problem.line
    assert problem.remedy
    return f"{problem.where}: {problem.message}"


@needs_ssh_keygen
def test_keys_of_everybody_are_fine(signed: SignedWorld) -> None:
    signed.listed(ALICE, BOB)

    assert found(signed.world) == ([], [])


def test_signed_without_signers_is_a_problem(signed: SignedWorld) -> None:
    without = pipeline().partition("\n")[2]

    (problem,), _ = found(signed.world, without)

    assert "environments.production.approval.signed: it wants signed approvals, and nothing says whose" in problem


@needs_ssh_keygen
def test_a_file_without_keys_is_a_problem(signed: SignedWorld) -> None:
    for content, told in ((None, "is not there"), (b"", "lists no key"), (b"x\n", "lists no key")):
        if content is not None:
            signed.write(FILE, content)

        problems, _ = found(signed.world)

        assert any(told in problem for problem in problems)
        assert any("1 signed approvals are required, and 0 of the approvers" in problem for problem in problems)


@needs_ssh_keygen
def test_lines_that_cannot_be_read_and_people_without_keys_are_warned_of(signed: SignedWorld) -> None:
    signed.list_signers("rubbish", f"{ALICE} {signed.keys[ALICE].public}")

    problems, warnings = found(signed.world)

    assert problems == []
    assert [it for it in warnings if "line 1: there is no key in it" in it]
    assert [it for it in warnings if "bob@acme.example has no key that counts, and cannot approve" in it]


@needs_ssh_keygen
def test_keys_that_expire_are_warned_of(signed: SignedWorld) -> None:
    bob = f"{BOB} {signed.keys[BOB].public}"
    for day, told in (
        ("20250320", "the key expires 2025-03-20 00:00 UTC"),
        ("20250101", "the key has expired 2025-01-01 00:00 UTC"),
        ("20260101", ""),
    ):
        signed.list_signers(f'{ALICE} valid-before="{day}" {signed.keys[ALICE].public}', bob)

        problems, warnings = found(signed.world)

        assert problems == []
        assert [told in it for it in warnings[:1]] == ([True] if told else [])
        assert any("alice@acme.example has no key" in it for it in warnings) == ("has expired" in told)


@needs_ssh_keygen
def test_an_address_that_is_not_listed_is_a_problem(signed: SignedWorld) -> None:
    signed.listed(ALICE, BOB)

    problems, _ = found(signed.world, pipeline(more=', repository: ["https://git.acme.example/acme/gitops"]'))

    assert ["which signers.repository does not list" in it for it in problems] == [True]


@needs_ssh_keygen
def test_people_are_found_under_any_of_their_names(signed: SignedWorld) -> None:
    signed.list_signers(f"al {signed.keys[ALICE].public}", f"*@acme.example,!alice* {signed.keys[BOB].public}")

    assert found(signed.world, f"people: {{{ALICE}: [al]}}\n{pipeline()}") == ([], [])


@needs_gpg
def test_a_keyring_is_looked_at_by_gpg(make_world: MakeWorld, alice_key: Key) -> None:
    signed = SignedWorld(make_world(pipeline=pipeline().replace(f"ssh: {FILE}", f"gpg: {RING}")), {ALICE: alice_key})
    with gpg_home() as home:
        made(home)
        signed.write(RING, home.export())

    problems, warnings = found(signed.world)

    assert problems == []
    assert ["bob@acme.example has no key" in it for it in warnings] == [False, True]
    assert "the key expires 2025-03-20" in warnings[0]


def made(home: Gpg) -> None:
    """A key that is there already at the time of the test's clock."""
    home.run("--quick-gen-key", ALICE, "ed25519", "sign", "20250320T000000", at=datetime(2025, 1, 1, tzinfo=UTC))


def test_a_keyring_that_nobody_can_look_at_here_is_warned_of(make_world: MakeWorld) -> None:
    signed = SignedWorld(make_world(pipeline=pipeline().replace(f"ssh: {FILE}", f"gpg: {RING}")), {})
    signed.write(RING, b"-----BEGIN PGP PUBLIC KEY BLOCK-----\n")
    (Path(os.environ["HOME"]) / ".gitconfig").write_text("[gpg]\nprogram = no-such-gpg\n")

    problems, (warning,) = found(signed.world)

    assert problems == []
    assert "cannot be looked at: 'no-such-gpg' is not installed here" in warning
