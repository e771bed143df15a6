"""Bearer tokens, each for one server.

promontory.yaml says which servers are asked, and more people can change that file than may know a token. So it is the
installation that says which server a token may go to (`Settings.tokens`), by its name, or by name and port.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from pydantic import SecretStr

LOOPBACK = ("localhost", "127.0.0.1", "::1")


@dataclass(frozen=True)
class HostTokens:
    """By host, as in a URL: ``argocd.acme.example`` or ``argocd.acme.example:8443``, which goes first."""

    by_host: Mapping[str, SecretStr] = field(default_factory=dict, repr=False)

    def for_url(self, url: str) -> str | None:
        """The token for the URL's server; None where there is none, or where it would travel in the clear."""
        parts = urlsplit(url)
        host = parts.hostname or ""
        if parts.scheme != "https" and host not in LOOPBACK:
            return None
        known = {name.lower(): token for name, token in self.by_host.items()}
        token = known.get(f"{host}:{parts.port}") or known.get(host)
        return token.get_secret_value() if token else None
