from __future__ import annotations

import pytest

from promontory.config import ForgeOptions
from promontory.errors import UsageError
from promontory.forges import Address, address_of

SELF_HOSTED = ForgeOptions(kind="gitlab")


@pytest.mark.parametrize(
    ("url", "kind", "forge", "repository"),
    [
        ("https://github.com/acme/gitops.git", "github", "https://github.com", "acme/gitops"),
        ("https://github.com/acme/gitops", "github", "https://github.com", "acme/gitops"),
        ("https://GitHub.com/acme/gitops/", "github", "https://github.com", "acme/gitops"),
        ("git@github.com:acme/gitops.git", "github", "https://github.com", "acme/gitops"),
        ("ssh://git@github.com/acme/gitops.git", "github", "https://github.com", "acme/gitops"),
        ("ssh://git@ssh.github.com:443/acme/gitops.git", "github", "https://github.com", "acme/gitops"),
        ("https://acme.ghe.com/platform/gitops", "github", "https://acme.ghe.com", "platform/gitops"),
        ("https://gitlab.com/acme/platform/gitops.git", "gitlab", "https://gitlab.com", "acme/platform/gitops"),
        ("git@altssh.gitlab.com:acme/gitops.git", "gitlab", "https://gitlab.com", "acme/gitops"),
        ("https://codeberg.org/acme/gitops.git", "gitea", "https://codeberg.org", "acme/gitops"),
        ("git@gitea.com:acme/gitops", "gitea", "https://gitea.com", "acme/gitops"),
    ],
)
def test_a_well_known_forge_needs_no_configuration(url: str, kind: str, forge: str, repository: str) -> None:
    assert address_of(url) == Address(kind, forge, repository)


@pytest.mark.parametrize(
    ("url", "options", "expected"),
    [
        ("https://git.acme.example/acme/gitops.git", SELF_HOSTED, ("https://git.acme.example", "acme/gitops")),
        ("https://git.acme.example:8443/acme/gitops", SELF_HOSTED, ("https://git.acme.example:8443", "acme/gitops")),
        ("ssh://git@git.acme.example:2222/acme/gitops", SELF_HOSTED, ("https://git.acme.example", "acme/gitops")),
        (
            "https://acme.example/gitlab/acme/gitops.git",
            ForgeOptions(kind="gitlab", url="https://acme.example/gitlab/"),
            ("https://acme.example/gitlab", "acme/gitops"),
        ),
        (
            "/srv/git/gitops.git",
            ForgeOptions(kind="gitlab", url="https://git.acme.example", repository="acme/gitops"),
            ("https://git.acme.example", "acme/gitops"),
        ),
        (
            "https://mirror.acme.example/x",
            ForgeOptions(kind="gitlab", url="https://gitlab.com", repository="acme/gitops"),
            ("https://gitlab.com", "acme/gitops"),
        ),
    ],
)
def test_the_configuration_says_what_the_address_does_not(
    url: str, options: ForgeOptions, expected: tuple[str, str]
) -> None:
    address = address_of(url, options)

    assert (address.url, address.repository) == expected


def test_a_password_in_the_address_of_a_checkout_is_not_shown() -> None:
    address = address_of("https://bot:s3cret@github.com/acme/gitops.git")

    assert str(address) == "acme/gitops on github.com"
    assert "s3cret" not in repr(address)


def test_an_unknown_server_is_an_error_that_says_what_to_write() -> None:
    with pytest.raises(UsageError, match=r"which kind of forge git\.acme\.example is does not follow") as unknown:
        address_of("https://git.acme.example/acme/gitops.git")

    assert "forge: {kind: …}" in unknown.value.remedy


@pytest.mark.parametrize("host", ["github.com.evil.example", "notgithub.com", "ghe.com.evil.example"])
def test_a_name_that_looks_like_a_well_known_one_is_not_it(host: str) -> None:
    with pytest.raises(UsageError, match="which kind of forge"):
        address_of(f"https://{host}/acme/gitops.git")


@pytest.mark.parametrize("url", ["/srv/git/gitops.git", "file:///srv/git/gitops.git", "../gitops"])
def test_a_path_names_no_forge(url: str) -> None:
    with pytest.raises(UsageError, match="the repository's address names no forge"):
        address_of(url, ForgeOptions(kind="github"))


@pytest.mark.parametrize(
    ("kind", "repository"),
    [("github", "gitops"), ("github", "a/b/c"), ("gitea", "a/b/c"), ("gitlab", "gitops"), ("gitlab", "a/../b")]
    + [("github", bad) for bad in ("a/b?x", "a/..", "a/b#", "a//b", "/a/b", "a/b c", "a/%2e")],
)
def test_what_cannot_be_a_repository_there_is_refused(kind: str, repository: str) -> None:
    with pytest.raises(UsageError, match="is no repository of a"):
        address_of("https://git.acme.example/x/y", ForgeOptions(kind=kind, repository=repository))
