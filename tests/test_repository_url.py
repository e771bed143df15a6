"""Two addresses of one repository are the same, however it is reached."""

from __future__ import annotations

import pytest

from promontory.repository_url import same_repository


@pytest.mark.parametrize(
    "url",
    [
        "https://git.acme.example/team/gitops",
        "https://GIT.acme.example/team/gitops.git",
        "https://git.acme.example:8443/team/gitops/",
        "https://user@git.acme.example/team/gitops.git/",
        "ssh://git@git.acme.example:2222/team/gitops.git",
        "git@git.acme.example:team/gitops.git",
        "git.acme.example:team/gitops",
    ],
)
def test_the_same(url: str) -> None:
    assert same_repository(url, "https://git.acme.example/team/gitops.git")


@pytest.mark.parametrize(
    "url", ["https://git.acme.example/team/other", "https://git.other.example/team/gitops", "/srv/git/team/gitops", ""]
)
def test_another(url: str) -> None:
    assert not same_repository(url, "https://git.acme.example/team/gitops.git")
