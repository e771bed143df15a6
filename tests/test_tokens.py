"""A token goes to its own server only, and never in the clear."""

from __future__ import annotations

import pytest
from pydantic import SecretStr

from promontory.tokens import HostTokens

TOKENS = HostTokens(
    {"argocd.acme.example": SecretStr("a"), "argocd.acme.example:8443": SecretStr("b"), "localhost": SecretStr("c")}
)


@pytest.mark.parametrize(
    ("url", "token"),
    [
        ("https://argocd.acme.example/api/v1/applications", "a"),
        ("https://ARGOCD.acme.example", "a"),
        ("https://argocd.acme.example:8443/", "b"),
        ("https://argocd.acme.example:9000/", "a"),
        ("http://argocd.acme.example/", None),
        ("http://localhost:8080/", "c"),
        ("https://evil.example/argocd.acme.example", None),
        ("https://argocd.acme.example@evil.example/", None),
        ("https://argocd.acme.example.evil.example/", None),
        ("", None),
    ],
)
def test_each_server_gets_its_own_token(url: str, token: str | None) -> None:
    assert TOKENS.for_url(url) == token


def test_tokens_are_not_shown() -> None:
    assert "argocd" not in repr(TOKENS)
