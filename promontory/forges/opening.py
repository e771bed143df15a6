"""Open the GitOps repository on its forge, and others: where the code is that releases are made of, and its CI.

The others may be on the GitOps repository's own forge, whose kind and address then hold for them too, or elsewhere.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from pydantic import SecretStr

from promontory.ci_runs import CodeRepository
from promontory.config import ForgeOptions
from promontory.errors import AuthenticationFailed, UsageError
from promontory.forges.address import KNOWN, Address, address_of, repository_host
from promontory.forges.token import checked, token_for
from promontory.options import KindsByName
from promontory.settings import Settings
from promontory.tokens import HostTokens

if TYPE_CHECKING:
    from promontory.forges.contract import Forge
    from promontory.forges.gitea import Gitea
    from promontory.forges.github import GitHub
    from promontory.forges.github_runs import GitHubRuns
    from promontory.forges.gitlab import GitLab
    from promontory.forges.gitlab_pipelines import GitLabPipelines

# Most commands ask no forge anything, so each is imported when it is opened.
FORGES: Mapping[str, type[GitHub | GitLab | Gitea]] = KindsByName(
    "promontory.forges", {"gitea": "gitea:Gitea", "github": "github:GitHub", "gitlab": "gitlab:GitLab"}
)


def open_forge(repository_url: str, options: ForgeOptions | None, settings: Settings) -> Forge:
    """The repository on its forge; asks nothing of it yet.

    ``options`` is the section ``forge:`` of promontory.yaml. Raises `UsageError` where the forge is not known, and
    `AuthenticationFailed` where there is no token for it.
    """
    from promontory.forges.client import Client

    address = address_of(repository_url, options)
    kind = FORGES[address.kind]
    return kind(Client(address, kind.dialect, token_for(address, repository_url, settings)))


@dataclass(frozen=True)
class ForgesAround:
    """`Forges`, seen from the GitOps repository at ``repository_url``; ``options`` is the section ``forge:``."""

    repository_url: str
    options: ForgeOptions | None
    settings: Settings

    def workflows(self, where: CodeRepository) -> GitHubRuns:
        from promontory.forges.client import Client
        from promontory.forges.github_runs import GitHubRuns

        address = self._address(where)
        return GitHubRuns(Client(address, GitHubRuns.dialect, self._token(address)))

    def pipelines(self, where: CodeRepository) -> GitLabPipelines:
        from promontory.forges.client import Client
        from promontory.forges.gitlab_pipelines import GitLabPipelines

        address = self._address(where)
        return GitLabPipelines(Client(address, GitLabPipelines.dialect, self._token(address)))

    def reports(self, where: CodeRepository) -> GitHub | GitLab | Gitea:
        from promontory.forges.client import Client

        address = self._address(where)
        kind = FORGES[address.kind]
        return kind(Client(address, kind.dialect, self._token(address)))

    def _address(self, where: CodeRepository) -> Address:
        address = address_of(where.git_url or self.repository_url, self._described(where))
        known = KNOWN.get(urlsplit(address.url).hostname or "", address.kind)
        if address.kind not in FORGES or where.kind not in (None, known):
            wanted = where.kind or address.kind
            raise UsageError(
                f"{address.host} is a {known}, not a {wanted}",
                f"name the {wanted} that {address.repository} is on: `url: https://…`",
            )
        return address

    def _described(self, where: CodeRepository) -> ForgeOptions:
        """What is said of the GitOps repository's own forge holds for all that is on it."""
        own = self.options or ForgeOptions()
        elsewhere = where.url or where.git_url
        if elsewhere and not self._is_own(elsewhere):
            return ForgeOptions(kind=where.kind, url=where.url, repository=where.repository)
        if where.url and where.repository is None:
            raise UsageError("which repository there is not said", "write `repository: owner/name`")
        if where.git_url and where.repository is None:
            return ForgeOptions(kind=own.kind, url=own.url)
        kind = own.kind or (where.kind if where.url else None)
        return ForgeOptions(kind=kind, url=where.url or own.url, repository=where.repository or own.repository)

    def _is_own(self, url: str) -> bool:
        own = {repository_host(self.repository_url), repository_host(self.options.url or "") if self.options else ""}
        return repository_host(url) in own - {""}

    def _token(self, address: Address) -> SecretStr:
        """The forge's own token on the forge's own server; on others what the installation has for them."""
        try:
            return token_for(address, self.repository_url, self.settings)
        except AuthenticationFailed:
            text = HostTokens(self.settings.tokens).for_url(address.url)
        if text is None:
            host = urlsplit(address.url).hostname
            remedy = f'put one into PROMONTORY_TOKENS: {{"{host}": "…"}}; it is sent over https only'
            raise AuthenticationFailed(f"there is no token for {host}", remedy)
        return checked(SecretStr(text))
