"""The token for a forge, and where it may be sent.

promontory.yaml names the forge, and more people can change that file than may know the token. So the token goes to
the server that the repository is on, or to one that the installation itself names.
"""

from __future__ import annotations

from urllib.parse import urlsplit

from pydantic import SecretStr

from promontory.errors import AuthenticationFailed
from promontory.forges.address import Address, repository_host
from promontory.settings import Settings


def token_for(address: Address, repository_url: str, settings: Settings) -> SecretStr:
    """Raises `AuthenticationFailed` where there is none, or none for this server."""
    parts = urlsplit(address.url)
    host, own = parts.hostname or "", repository_host(repository_url)
    if parts.scheme != "https" and host not in ("localhost", "127.0.0.1"):
        raise AuthenticationFailed(
            f"{host} would get the token over plain http", "give the forge's https address: `forge: {url: https://…}`"
        )
    if settings.forge_token is not None and host in (own, (settings.forge_host or "").lower()):
        return checked(settings.forge_token)
    # Who pushes over https has a token of this very forge already; most need no second one. It is for its own
    # server only, as in Git.
    if settings.forge_token is None and settings.git_password is not None and host == own:
        return checked(settings.git_password)
    if settings.forge_token is None:
        raise AuthenticationFailed(f"there is no token for {host}", "set PROMONTORY_FORGE_TOKEN")
    raise AuthenticationFailed(
        f"the token is not sent to {host}: the repository is on {own or 'no server'}",
        f"check `forge: {{url: …}}` in promontory.yaml; where it is right, set PROMONTORY_FORGE_HOST={host}",
    )


def checked(token: SecretStr) -> SecretStr:
    """Raises `AuthenticationFailed` for what can be no token, before it breaks a header."""
    text = token.get_secret_value()
    if not text.isascii() or not text.isprintable() or " " in text:
        raise AuthenticationFailed(
            "the forge's token has a blank, a line break or another character in it that no token has",
            "check PROMONTORY_FORGE_TOKEN",
        )
    return token
