"""Words on stderr, as real servers say them, and what they mean for a promotion."""

from __future__ import annotations

import pytest

from promontory.errors import (
    AuthenticationFailed,
    CorruptMirror,
    LostRace,
    PromontoryError,
    PushRefused,
    RepositoryNotFound,
    TransientError,
)
from promontory.repository.failures import clean, push_failure, read_failure

URL = "https://example.com/a.git"
UNREAD = "\nfatal: Could not read from remote repository."
DECLINED = "!\tabc:refs/heads/main\t[remote rejected] (pre-receive hook declined)"
HTTP = "fatal: unable to access 'x': The requested URL returned error: "
REJECTED = "!\tabc:refs/heads/main\t[remote rejected] "


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        ("!\tabc:refs/heads/main\t[rejected] (stale info)", LostRace),
        ("!\tabc:refs/heads/main\t[rejected] (fetch first)", LostRace),
        ("!\tabc:refs/heads/main\t[rejected] (non-fast-forward)", LostRace),
        (REJECTED + "(cannot lock ref 'refs/heads/main': is at 12 but expected 34)", LostRace),
        (REJECTED + "(cannot lock ref 'refs/heads/main': Unable to create 'main.lock': File exists.)", TransientError),
        (REJECTED + "(failed to update ref)", TransientError),
        ("remote: error: GH006: Protected branch update failed.\n" + DECLINED, PushRefused),
        ("remote: You are not allowed to push code to protected branches.\n" + DECLINED, PushRefused),
        ("remote: Permission to a/b.git denied to bob.\n" + HTTP + "403", PushRefused),
        ("ERROR: Permission to a/b.git denied to deploy key" + UNREAD, PushRefused),
        ("remote: Write access to repository not granted.\n" + HTTP + "403", PushRefused),
        ("error: remote unpack failed: unable to create\n" + REJECTED + "(unpacker error)", PushRefused),
        ("fatal: Authentication failed for 'https://example.com/a.git/'", AuthenticationFailed),
        ("git@x: Permission denied (publickey)." + UNREAD, AuthenticationFailed),
        (HTTP + "502", TransientError),
        ("fatal: unable to access 'x': Could not resolve host: x", TransientError),
        ("error: RPC failed; curl 92 HTTP/2 stream 5 was not closed cleanly", TransientError),
        ("fatal: the remote end hung up unexpectedly", TransientError),
    ],
)
def test_answer_to_a_push(answer: str, error: type[PromontoryError]) -> None:
    assert type(push_failure(answer, URL)) is error


@pytest.mark.parametrize(
    ("stderr", "error"),
    [
        ("fatal: repository 'https://x/' not found", RepositoryNotFound),
        ("fatal: '/x' does not appear to be a git repository" + UNREAD, RepositoryNotFound),
        ("remote: The project you were looking for could not be found", RepositoryNotFound),
        (HTTP + "404", RepositoryNotFound),
        ("Host key verification failed." + UNREAD, AuthenticationFailed),
        ("fatal: could not read Username for 'https://x': terminal prompts disabled", AuthenticationFailed),
        ("fatal: unable to access 'x': SSL certificate problem: self-signed", AuthenticationFailed),
        ("ssh: connect to host x port 22: Connection refused" + UNREAD, TransientError),
        ("fatal: unable to access 'x': Failed to connect to x port 443: Couldn't connect", TransientError),
        (HTTP + "429", TransientError),
        ("error: cannot lock ref 'x': Unable to create '/c/x.lock': File exists.", TransientError),
        ("fatal: bad object HEAD", CorruptMirror),
        ("error: file ./objects/pack/pack-1.pack is far too short to be a packfile", CorruptMirror),
        ("fatal: loose object 12 (stored in ./objects/12/34) is corrupt", CorruptMirror),
        ("fatal: not a git repository: '/cache/x.git'", CorruptMirror),
        ("fatal: bad config line 1 in file config", CorruptMirror),
    ],
)
def test_answer_to_a_read(stderr: str, error: type[PromontoryError]) -> None:
    assert isinstance(read_failure(stderr, URL), error)


def test_words_are_shown_without_secrets_and_control_characters() -> None:
    shown = clean("remote: \x1b[31mno\x1b[0m https://u:hunter2@x/y\nhint: try\nhunter3 \x07", ["hunter3"])

    assert shown == "remote: no https://x/y\n***"
