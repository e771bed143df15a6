"""Signatures of SSH keys, made and verified by ssh-keygen itself: each reason why one does not count."""

from __future__ import annotations

import os
import subprocess
from base64 import b64decode, b64encode
from contextlib import suppress
from datetime import UTC, datetime
from hashlib import sha256, sha512
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from promontory.errors import UsageError
from promontory.signatures import NAMESPACE, Proof, Refusal, Statement, read_armor, verify
from tests.signatures.keys import ALICE, BOB, NOW, STATEMENT, Key, claim, listing, needs_ssh_keygen, requested

pytestmark = needs_ssh_keygen
SCRAPS = [
    b"alice@acme.example KEY",
    b'* valid-before="x" KEY',
    b'"a cert-authority,namespaces="" KEY',
    b"* cert-authority KEY",
]


def refused(text: str, signers: bytes, *names: str, at: datetime = NOW, statement: str = STATEMENT) -> Refusal:
    found = verify(claim(text, signers, *names, at=at, statement=statement))
    assert isinstance(found, Refusal)
    return found


def test_a_listed_key_proves_who_it_is(alice_key: Key) -> None:
    text = alice_key.sign()

    found = verify(claim(text, listing((ALICE, "", alice_key)), ALICE))

    assert found == Proof(ALICE, read_armor(text).fingerprint)


def test_a_file_may_have_comments_and_lines_that_are_none(alice_key: Key) -> None:
    signers = b"# who may\n\nrubbish\n" + listing((f"someone,{ALICE}", f'namespaces="git,{NAMESPACE}"', alice_key))

    assert isinstance(verify(claim(alice_key.sign(), signers)), Proof)


@pytest.mark.parametrize(
    "other",
    [
        {"digest": "sha256:" + "e" * 64},
        {"repository": "git.acme.example/mallory/gitops"},
        {"environment": "staging"},
        {"promotion": "ba9876543210"},
        {"release": "v6.6.6"},
        {"by": "mallory"},
    ],
)
def test_a_signature_of_another_statement_does_not_count(alice_key: Key, other: dict[str, object]) -> None:
    replayed = alice_key.sign(Statement.of([requested(**other)], "approved").text)

    assert "not one of this statement" in refused(replayed, listing((ALICE, "", alice_key))).message


def test_a_yes_cannot_be_made_of_a_no(alice_key: Key) -> None:
    no = alice_key.sign(Statement.of([requested()], "rejected").text)

    assert "made for another decision" in refused(no, listing((ALICE, "", alice_key))).message


def test_a_signature_for_git_is_none_for_approvals(alice_key: Key) -> None:
    found = refused(alice_key.sign(namespace="git"), listing((ALICE, "", alice_key)))

    assert (found.message, found.remedy) == (
        "the signature was made for 'git', not for approvals",
        f"sign with -n {NAMESPACE}",
    )


def test_for_a_key_that_is_not_listed_the_line_is_told(alice_key: Key, bob_key: Key) -> None:
    found = refused(bob_key.sign(), listing((ALICE, "", alice_key)), BOB)

    assert "of bob@acme.example is not listed in .promontory/signers" in found.message
    line = found.remedy.partition("branch: ")[2]
    assert line == f'bob@acme.example namespaces="{NAMESPACE}" {bob_key.public}'
    assert isinstance(verify(claim(bob_key.sign(), f"{line}\n".encode(), BOB)), Proof)


def test_somebody_else_s_key_does_not_count(alice_key: Key, bob_key: Key) -> None:
    found = refused(bob_key.sign(), listing((ALICE, "", alice_key), (BOB, "", bob_key)), ALICE)

    assert "for bob@acme.example, not for alice@acme.example" in found.message


@pytest.mark.parametrize(
    ("options", "at", "why"),
    [
        ('valid-before="20260601"', datetime(2026, 6, 1, 0, 0, 1, tzinfo=UTC), "has expired"),
        ('valid-before="20260601"', datetime(2026, 5, 31, 23, 59, tzinfo=UTC), ""),
        ('valid-after="202606011300"', datetime(2026, 6, 1, 12, 59, tzinfo=UTC), "is not valid yet"),
        ('valid-after="202606011300Z"', datetime(2026, 6, 1, 12, 59, tzinfo=UTC), "is not valid yet"),
        ('valid-after="202606011300Z"', datetime(2026, 6, 1, 13, 1, tzinfo=UTC), ""),
        ('namespaces="git,file"', NOW, "is listed for git, file only"),
    ],
)
def test_a_key_counts_when_and_for_what_the_file_says(
    alice_key: Key, monkeypatch: pytest.MonkeyPatch, options: str, at: datetime, why: str
) -> None:
    monkeypatch.setenv("TZ", "America/New_York")

    found = verify(claim(alice_key.sign(), listing((ALICE, options, alice_key)), at=at))

    if why:
        assert isinstance(found, Refusal)
        assert why in found.message
    else:
        assert isinstance(found, Proof)


def test_a_principal_may_be_a_pattern(alice_key: Key) -> None:
    signers = listing(("*@acme.example,!bob@*", "", alice_key))

    assert verify(claim(alice_key.sign(), signers, ALICE)) == Proof(ALICE, read_armor(alice_key.sign()).fingerprint)
    assert "not for bob@acme.example" in refused(alice_key.sign(), signers, BOB).message


def test_a_certificate_counts_for_the_principals_in_it(alice_key: Key, authority: Key) -> None:
    text = alice_key.sign(file=alice_key.certify(authority, ALICE))
    signers = listing(("*@acme.example", "cert-authority", authority))

    found = verify(claim(text, signers, ALICE))

    assert found == Proof(ALICE, read_armor(alice_key.sign()).fingerprint)
    assert "not a listed principal" in refused(text, signers, BOB).message
    assert "expired" in refused(text, signers, at=datetime(2031, 1, 1, tzinfo=UTC)).message


def test_a_certificate_of_an_authority_that_is_not_listed_does_not_count(alice_key: Key, authority: Key) -> None:
    text = alice_key.sign(file=alice_key.certify(authority, ALICE))

    assert "is not listed" in refused(text, listing((ALICE, "", authority))).message


def test_the_key_of_a_hardware_token_counts() -> None:
    # What such a token signs, by OpenSSH's PROTOCOL.u2f; no agent or library here can play one.
    private = Ed25519PrivateKey.generate()
    kind, application, flags = b"sk-ssh-ed25519@openssh.com", b"ssh:", b"\x01\x00\x00\x00\x07"
    public = _fields(kind, private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw), application)
    signed = b"SSHSIG" + _fields(NAMESPACE.encode(), b"", b"sha512", sha512(STATEMENT.encode()).digest())
    made = private.sign(sha256(application).digest() + flags + sha256(signed).digest())
    blob = b"SSHSIG\0\0\0\1" + _fields(public, NAMESPACE.encode(), b"", b"sha512", _fields(kind, made) + flags)
    text = _folded(blob)
    signers = f"{ALICE} {kind.decode()} {b64encode(public).decode()}\n".encode()

    assert isinstance(verify(claim(text, signers)), Proof)
    assert "not one of this statement" in refused(text, signers, statement=STATEMENT.replace("v1.3.0", "v9")).message


def _fields(*parts: bytes) -> bytes:
    return b"".join(len(part).to_bytes(4, "big") + part for part in parts)


@pytest.mark.parametrize(
    ("program", "told"),
    [
        ("#!/bin/sh\necho 'unknown option -- Y' >&2\necho 'usage: ssh-keygen [-q]' >&2\nexit 1\n", "too old"),
        ("#!/bin/sh\necho 'Invalid option \"verify-time=2026\"' >&2\nexit 255\n", "too old"),
        (None, "'ssh-keygen' is not installed"),
    ],
)
def test_an_ssh_keygen_that_cannot_verify_is_told(
    alice_key: Key, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, program: str | None, told: str
) -> None:
    text = alice_key.sign()
    if program:
        (tmp_path / "ssh-keygen").write_text(program)
        (tmp_path / "ssh-keygen").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/nowhere")

    with pytest.raises(UsageError, match=told) as caught:
        verify(claim(text, listing((ALICE, "", alice_key)), "somebody not asked about before"))

    assert caught.value.remedy


def test_an_agent_signs_for_a_key_that_is_only_public_here(alice_key: Key, tmp_path: Path) -> None:
    command = ["ssh-agent", "sh", "-c", 'ssh-add -q "$0" && ssh-keygen -q -Y sign -n "$1" -f "$2"']
    elsewhere = tmp_path / "alice.pub"
    elsewhere.write_text(alice_key.public)
    text = subprocess.run(
        [*command, str(alice_key.path), NAMESPACE, str(elsewhere)],
        input=STATEMENT,
        check=True,
        capture_output=True,
        text=True,
        env={**os.environ},
    ).stdout

    assert isinstance(verify(claim(text, listing((ALICE, "", alice_key)))), Proof)


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(lines=st.lists(st.binary(max_size=60) | st.sampled_from(SCRAPS), max_size=6))
def test_no_file_of_signers_is_too_strange(alice_key: Key, lines: list[bytes]) -> None:
    scraps = [line.replace(b"KEY", alice_key.public.encode()) for line in lines]

    found = verify(claim(alice_key.sign(), b"\n".join(scraps)))

    assert isinstance(found, Proof | Refusal)


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(place=st.integers(0, 200), byte=st.integers(0, 255))
def test_no_damage_makes_a_signature_too_strange(alice_key: Key, place: int, byte: int) -> None:
    text = alice_key.sign()
    blob = bytearray(b64decode("".join(text.splitlines()[1:-1])))
    changed = blob[place % len(blob)] != byte
    blob[place % len(blob)] = byte

    with suppress(UsageError):
        found = verify(claim(_folded(bytes(blob)), listing((ALICE, "", alice_key))))
        assert isinstance(found, Refusal) == changed


def _folded(blob: bytes) -> str:
    lines = b64encode(blob).decode()
    body = "\n".join(lines[start : start + 70] for start in range(0, len(lines), 70))
    return f"-----BEGIN SSH SIGNATURE-----\n{body}\n-----END SSH SIGNATURE-----\n"
