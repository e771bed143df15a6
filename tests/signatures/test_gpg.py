"""Signatures of GPG keys, made and verified by gpg itself: each reason why one does not count."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from promontory.errors import UsageError
from promontory.signatures import Proof, Refusal, Statement, verify
from tests.signatures.keys import ALICE, BOB, CAROL, NOW, STATEMENT, Gpg, claim, gpg_home, needs_gpg, requested

pytestmark = needs_gpg


def refused(text: str, signers: bytes, *names: str, at: datetime = NOW) -> Refusal:
    found = verify(claim(text, signers, *names, at=at))
    assert isinstance(found, Refusal)
    return found


def test_a_key_of_the_keyring_proves_who_it_is(gpg: Gpg) -> None:
    found = verify(claim(gpg.sign(ALICE), gpg.export(), "Alice@acme.example"))

    assert isinstance(found, Proof)
    assert (found.principal, len(found.key)) == ("Alice@acme.example", 40)


def test_a_signature_of_something_else_does_not_count(gpg: Gpg) -> None:
    replayed = gpg.sign(ALICE, Statement.of([requested(environment="staging")], "approved").text)

    assert "not one of this statement" in refused(replayed, gpg.export()).message


def test_somebody_else_s_key_does_not_count(gpg: Gpg) -> None:
    found = refused(gpg.sign(BOB), gpg.export(), ALICE)

    assert "for bob@acme.example, not for alice@acme.example" in found.message


def test_two_signatures_are_not_one(gpg: Gpg) -> None:
    both = gpg.sign(ALICE, STATEMENT, "--local-user", BOB)

    assert "more than one" in refused(both, gpg.export()).message


def test_a_key_that_is_not_in_the_keyring_does_not_count(gpg: Gpg) -> None:
    with gpg_home() as other:
        other.make(CAROL)
        found = refused(other.sign(CAROL), gpg.export(), CAROL)

    assert "of carol@acme.example is not in .promontory/signers" in found.message
    assert "gpg --armor --export" in found.remedy


def test_a_key_counts_as_long_as_it_had_not_expired_at_the_time_of_the_answer(gpg: Gpg) -> None:
    text, signers = gpg.sign(BOB), gpg.export()

    assert isinstance(verify(claim(text, signers, BOB, at=datetime(2026, 6, 30, tzinfo=UTC))), Proof)
    assert "has expired" in refused(text, signers, BOB, at=datetime(2026, 7, 2, tzinfo=UTC)).message


def test_a_revoked_key_does_not_count() -> None:
    with gpg_home() as home:
        home.make(CAROL)
        text, before = home.sign(CAROL), home.export()
        revocation = next((home.home / "openpgp-revocs.d").iterdir())
        revocation.write_text(revocation.read_text().replace(":-----BEGIN", "-----BEGIN"))
        home.run("--import", str(revocation))
        after = home.export()

    assert isinstance(verify(claim(text, before, CAROL)), Proof)
    assert "is revoked" in refused(text, after, CAROL).message


def test_a_name_that_is_revoked_in_a_key_is_nobody_s() -> None:
    with gpg_home() as home:
        home.make(CAROL)
        home.run("--quick-add-uid", CAROL, ALICE)
        text, before = home.sign(CAROL), home.export()
        home.run("--quick-revoke-uid", CAROL, ALICE, at=NOW + timedelta(seconds=1))
        after = home.export()

    assert isinstance(verify(claim(text, before, ALICE)), Proof)
    assert "for carol@acme.example, not for alice" in refused(text, after, ALICE, at=NOW + timedelta(minutes=1)).message


def test_an_answer_cannot_be_older_than_its_signature(gpg: Gpg) -> None:
    later = gpg.sign(ALICE, at=NOW + timedelta(hours=1))

    assert "made after the answer" in refused(later, gpg.export()).message


def test_a_weak_digest_does_not_count(gpg: Gpg) -> None:
    with gpg_home() as home:
        home.run("--quick-gen-key", CAROL, "rsa2048", "sign", "never")
        options = ("--digest-algo", "SHA1", "--allow-weak-digest-algos")
        found = refused(home.sign(CAROL, STATEMENT, *options), home.export(), CAROL)

    assert "no longer safe" in found.message


@pytest.mark.parametrize("content", [b"", b"rubbish", b"-----BEGIN PGP PUBLIC KEY BLOCK-----\n\nAAAA\n-----END PGP"])
def test_a_keyring_that_cannot_be_read_lists_nobody(gpg: Gpg, content: bytes) -> None:
    assert "is not in .promontory/signers" in refused(gpg.sign(ALICE), content).message


def test_where_there_is_no_gpg_it_is_told(gpg: Gpg) -> None:
    asked = replace(claim(gpg.sign(ALICE), gpg.export()), gpg="no-such-gpg")

    with pytest.raises(UsageError, match="'no-such-gpg' is not installed"):
        verify(asked)
