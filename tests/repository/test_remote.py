"""What may be an address, what of it is shown, and that one repository has one mirror."""

from __future__ import annotations

from pathlib import Path

import pytest

from promontory.errors import UsageError
from promontory.repository.remote import parse_remote


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://alice:s3cret@example.com/a/b.git", "https://example.com/a/b.git"),
        ("https://s3cret@example.com:8443/a/b", "https://example.com:8443/a/b"),
        ("ssh://git:s3cret@example.com:2222/a/b.git", "ssh://git@example.com:2222/a/b.git"),
        ("git@example.com:a/b.git", "git@example.com:a/b.git"),
        ("/srv/git/b.git", "/srv/git/b.git"),
        ("file:///srv/git/a%20b.git", "file:///srv/git/a%20b.git"),
    ],
)
def test_shown_address_holds_no_secret(url: str, shown: str) -> None:
    remote = parse_remote(url)

    assert remote.url == shown
    assert "s3cret" not in repr(remote).replace("username='s3cret'", "")


def test_credentials_are_taken_out_and_decoded() -> None:
    remote = parse_remote("https://al%40ice:p%3Aw@Example.com:443/a")

    assert (remote.username, remote.password, remote.origin) == ("al@ice", "p:w", "https://example.com")


@pytest.mark.parametrize(
    "url",
    [
        "",
        "-oProxyCommand=touch x",
        "--upload-pack=touch",
        "ext::sh -c touch%20x",
        "fd::17",
        "git://example.com/a",
        "ftp://example.com/a",
        "ssh://-oProxyCommand=x/a",
        "ssh://-l@example.com/a",
        "-host:path",
        "user@host:-path",
        "https:///nohost",
        "https://example.com:port/a",
        "file://host/a",
        "https://example.com/a\nb",
    ],
)
def test_dangerous_or_unreadable_address_is_refused(url: str) -> None:
    with pytest.raises(UsageError):
        parse_remote(url)


@pytest.mark.parametrize(
    "spellings",
    [
        ["https://example.com/a/b", "https://u:p@EXAMPLE.com:443/a/b.git/", "https://example.com/a/b.git"],
        ["git@example.com:a/b.git", "ssh://git@example.com/a/b", "ssh://git@example.com:22/a/b.git"],
        ["/srv/b", "file:///srv/b", "/srv/../srv/b"],
    ],
)
def test_spellings_of_one_repository_share_a_mirror(spellings: list[str]) -> None:
    assert len({parse_remote(url).directory_name for url in spellings}) == 1


def test_mirror_name_is_readable_and_safe() -> None:
    name = parse_remote("https://example.com/acme/Ga më$ops.git").directory_name

    assert name.startswith("Ga-m--ops-")
    assert name.endswith(".git")


def test_relative_path_counts_from_where_it_was_written(tmp_path: Path) -> None:
    assert parse_remote("../b.git", tmp_path / "a").identity == f"file://{tmp_path.resolve()}/b.git"
