"""What may be called a release, and what must never get further than the door."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from promontory.errors import InvalidRelease
from promontory.release import check_release, shown, split_release

DIGEST = "sha256:" + "0123456789abcdef" * 4


@pytest.mark.parametrize(
    "release",
    [
        "v1.3.0",
        "1.10",
        "1e3",
        "latest",
        "v1.0.0-rc.1",
        "v1.0.0+build.5",
        "_x",
        "2024-01-05",
        "a" * 128,
        DIGEST,
        f"v1@{DIGEST}",
    ],
)
def test_a_version_and_a_digest_are_releases(release: str) -> None:
    assert check_release(release) == release


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "empty"),
        ("-rf", "begins with '-'"),
        ("--upload-pack=x", "begins with '-'"),
        ("v1..2", r"contains '\.\.'"),
        ("../x", r"contains '\.\.'"),
        ("v1 2", "white space"),
        (" v1", "white space"),
        ("v1\n", "white space"),
        ("v1\u00a0", "white space"),
        ("v1\x1b[31m", "control characters"),
        ("v1\x00", "control characters"),
        ("v1:2", "contains ':'"),
        ("v1/2", "only letters"),
        (".hidden", "only letters"),
        ("vé", "only letters"),
        ("v\u0661", "only letters"),
        ("${IFS}", "only letters"),
        ("a" * 129, "at most 128"),
        ("sha256:abc", "64 lower-case hex digits"),
        (DIGEST.upper().replace("SHA256", "sha256"), "64 lower-case hex digits"),
        (DIGEST + "\n", "64 lower-case hex digits"),
        ("sha512:" + "0" * 128, "contains ':'"),
        ("@", "'@'"),
        (f"@{DIGEST}", "begins with '@'"),
        ("v1@", "'@'"),
        ("v1@latest", "64 lower-case hex digits"),
        (f"v1@{DIGEST}@{DIGEST}", "64 lower-case hex digits"),
    ],
)
def test_anything_else_is_refused_with_the_reason(text: str, problem: str) -> None:
    with pytest.raises(InvalidRelease, match=problem) as caught:
        check_release(text)

    assert "v1.3.0" in caught.value.remedy
    assert "\n" not in caught.value.message
    assert caught.value.message.isprintable()


def test_a_release_splits_into_tag_and_digest() -> None:
    assert split_release("v1") == ("v1", "")
    assert split_release(DIGEST) == ("", DIGEST)
    assert split_release(f"v1@{DIGEST}") == ("v1", DIGEST)


@given(st.text(st.sampled_from("v1.-_+@: \n/sha256\x00é"), max_size=12) | st.text(max_size=12))
def test_what_is_accepted_is_harmless_everywhere(text: str) -> None:
    try:
        check_release(text)
    except InvalidRelease:
        return
    assert text.isascii()
    assert not set(text) & set(" \t\n\r\x00\"'`$/\\;&|<>(){}[]*?#")
    assert not text.startswith("-")
    assert ".." not in text
    assert not text.endswith("@")


def test_a_commit_is_shown_abbreviated_and_everything_else_as_it_is() -> None:
    commit, digest = "0123456789abcdef" * 2 + "01234567", f"sha256:{'a' * 64}"

    assert [shown(name) for name in (commit, digest, "v1.3.0", "", None)] == ["0123456789ab", digest, "v1.3.0", "", ""]
