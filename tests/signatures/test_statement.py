"""What is signed: one form, and everything in it by which requests differ."""

from __future__ import annotations

from base64 import b64encode

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from promontory.errors import UsageError
from promontory.signatures import Statement, difference, read_armor, read_statement
from promontory.signatures.allowed_signers import Signer, read_signers
from tests.signatures.keys import ALICE, STATEMENT, Key, listing, needs_ssh_keygen, requested


def test_people_can_read_it() -> None:
    assert (
        "{\n"
        '  "statement": "promontory approval",\n'
        '  "version": 1,\n'
        '  "decision": "approved",\n'
        '  "repository": "git.acme.example/acme/gitops",\n'
        '  "environment": "production",\n'
        '  "promotion": "0123456789ab",\n'
        f'  "digest": "sha256:{"d" * 64}",\n'
        '  "requested_by": "ci",\n'
        '  "break_glass": null,\n'
        '  "applications": [\n'
        "    {\n"
        '      "application": "web-app",\n'
        '      "previous": "v1.2.3",\n'
        '      "release": "v1.3.0",\n'
        '      "requested": "2026-06-01T12:00:00.000000Z"\n'
        "    }\n"
        "  ]\n"
        "}\n"
    ) == STATEMENT


def test_the_order_of_the_applications_makes_no_difference() -> None:
    one, other = requested(members=2), requested(application="api", members=2)

    assert Statement.of([one, other], "approved") == Statement.of([other, one], "approved")


def test_a_letter_that_looks_like_another_one_is_seen() -> None:
    assert "v1.\\u0430" in Statement.of([requested(release="v1.\u0430")], "approved").text


def test_it_is_read_back_in_its_one_form_only() -> None:
    assert read_statement(STATEMENT) == Statement.of([requested()], "approved")
    assert read_statement(STATEMENT.replace("\n", "")) is None
    assert read_statement(STATEMENT.replace('"version": 1', '"version": 2')) is None
    assert read_statement(" " * 70_000) is None


@pytest.mark.parametrize(
    ("other", "told"),
    [
        ({}, ""),
        ({"digest": "sha256:" + "e" * 64}, "another change"),
        ({"repository": "git.acme.example/mallory/gitops"}, "another repository"),
        ({"repository": None}, "another repository"),
        ({"environment": "staging"}, "another environment (production, and not staging)"),
        ({"promotion": "ba9876543210"}, "another promotion"),
        ({"application": "api"}, "other applications"),
        ({"members": 2}, "other applications"),
        ({"release": "v6.6.6"}, "another request"),
        ({"by": "mallory"}, "another request"),
        ({"break_glass": "the shop is down"}, "with the glass unbroken"),
    ],
)
def test_how_it_differs_from_a_request_is_told(other: dict[str, object], told: str) -> None:
    found = difference(Statement.of([requested()], "approved"), requested(**other))

    assert told in found
    assert bool(found) == bool(told)


@settings(max_examples=50)
@given(st.text(max_size=200) | st.text(max_size=100).map("-----BEGIN SSH SIGNATURE-----\n{}".format))
def test_no_text_is_too_strange_to_be_refused_as_a_signature(text: str) -> None:
    with pytest.raises(UsageError) as caught:
        read_armor(text)

    assert caught.value.remedy


@settings(max_examples=50)
@given(st.binary(max_size=200))
def test_no_bytes_in_an_armor_are_too_strange(blob: bytes) -> None:
    armored = f"-----BEGIN SSH SIGNATURE-----\n{b64encode(b'SSHSIG' + blob).decode()}\n-----END SSH SIGNATURE-----\n"
    with pytest.raises(UsageError):
        read_armor(armored.replace("\n\n", "\nAA==\n"))


def test_a_signature_that_is_too_large_is_refused_unread() -> None:
    with pytest.raises(UsageError, match="larger than 64 KiB"):
        read_armor("A" * 70_000)


@settings(max_examples=50)
@given(st.binary(max_size=300) | st.text(max_size=300).map(str.encode))
def test_no_file_of_signers_is_too_strange_to_be_read(content: bytes) -> None:
    signers, unreadable = read_signers(content)

    assert all(isinstance(signer, Signer) for signer in signers)
    assert all(line.message for line in unreadable)


@needs_ssh_keygen
@pytest.mark.parametrize(
    ("line", "told"),
    [
        (b"alice\n", "there is no key"),
        (b"alice ssh-ed25519 AAAA\n", "its key is damaged"),
        (b'alice colour="red" ssh-ed25519 AAAA\n', "unknown option 'colour'"),
        (b'"alice ssh-ed25519 AAAA\n', "quotation mark"),
        (b'alice valid-before="soon" ssh-ed25519 AAAA\n', "its key is damaged"),
        (b"x" * (1024 * 1024 + 1), "larger than 1024 KiB"),
    ],
)
def test_what_is_wrong_with_a_line_is_told(alice_key: Key, line: bytes, told: str) -> None:
    signers, (unreadable,) = read_signers(line)

    assert not signers
    assert told in unreadable.message


@needs_ssh_keygen
def test_a_line_is_read_as_it_is_meant(alice_key: Key) -> None:
    options = 'cert-authority,namespaces="a,b",valid-after="20260101",valid-before="202701011530Z"'
    (signer,), _ = read_signers(b"# all\n\n" + listing((f'"{ALICE},*@x"', options, alice_key)))

    assert (signer.line, signer.patterns, signer.authority, signer.namespaces) == (3, (ALICE, "*@x"), True, ("a", "b"))
    assert f"{signer.valid_after} {signer.valid_before}" == "2026-01-01 00:00:00+00:00 2027-01-01 15:30:00+00:00"
