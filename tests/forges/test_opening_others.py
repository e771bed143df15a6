"""Other repositories than the GitOps repository: where they are, and whose token goes there."""

from __future__ import annotations

import pytest
from pydantic import SecretStr

from promontory.ci_runs import CodeRepository
from promontory.config import ForgeOptions
from promontory.errors import AuthenticationFailed, UsageError
from promontory.forges import ForgesAround
from promontory.settings import Settings

SETTINGS = Settings(
    forge_token=SecretStr("own-token"),
    tokens={"github.com": SecretStr("github-token"), "bad.example": SecretStr("two words")},
)
OWN = "git@github.com:acme/gitops.git"
CORPORATE = "https://git.acme.example/platform/gitops.git"
GITLAB = ForgeOptions(kind="gitlab")


def opened(own: str, where: CodeRepository, options: ForgeOptions | None = None) -> tuple[str, str, str]:
    """Which kind, where, with which token."""
    client = ForgesAround(own, options, SETTINGS).reports(where).client
    return client.address.kind, str(client.address), client.token.get_secret_value()


@pytest.mark.parametrize(
    ("own", "options", "where", "found"),
    [
        (OWN, None, CodeRepository(), ("github", "acme/gitops on github.com", "own-token")),
        (OWN, None, CodeRepository(repository="acme/web"), ("github", "acme/web on github.com", "own-token")),
        (
            OWN,
            None,
            CodeRepository(git_url="https://github.com/acme/web.git"),
            ("github", "acme/web on github.com", "own-token"),
        ),
        (
            CORPORATE,
            GITLAB,
            CodeRepository(git_url="git@git.acme.example:web/app.git"),
            ("gitlab", "web/app on git.acme.example", "own-token"),
        ),
        (
            CORPORATE,
            GITLAB,
            CodeRepository(repository="web/app"),
            ("gitlab", "web/app on git.acme.example", "own-token"),
        ),
        (
            CORPORATE,
            GITLAB,
            CodeRepository(url="https://github.com", repository="acme/web"),
            ("github", "acme/web on github.com", "github-token"),
        ),
        (
            CORPORATE,
            GITLAB,
            CodeRepository(git_url="https://github.com/acme/web.git"),
            ("github", "acme/web on github.com", "github-token"),
        ),
        (
            CORPORATE,
            GITLAB,
            CodeRepository(url="https://git.acme.example", repository="web/app"),
            ("gitlab", "web/app on git.acme.example", "own-token"),
        ),
        (
            "/srv/gitops.git",
            None,
            CodeRepository(kind="github", url="https://github.com", repository="acme/web"),
            ("github", "acme/web on github.com", "github-token"),
        ),
    ],
)
def test_table(own: str, options: ForgeOptions | None, where: CodeRepository, found: tuple[str, str, str]) -> None:
    assert opened(own, where, options) == found


@pytest.mark.parametrize(
    ("own", "where", "message"),
    [
        (OWN, CodeRepository(kind="gitlab"), "github.com is a github, not a gitlab"),
        (OWN, CodeRepository(kind="github", url="https://gitlab.com", repository="a/b"), "gitlab.com is a gitlab"),
        (OWN, CodeRepository(url="https://git.other.example", repository="a/b"), "which kind of forge git.other"),
        ("/srv/gitops.git", CodeRepository(repository="a/b"), "the repository's address names no forge"),
        (OWN, CodeRepository(url="https://github.com"), "which repository there is not said"),
        (OWN, CodeRepository(repository="../../user"), "is no repository of a github"),
    ],
)
def test_what_cannot_be_known_is_an_error(own: str, where: CodeRepository, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        opened(own, where)


def test_an_own_kind_that_is_unknown_is_an_error_not_a_crash() -> None:
    with pytest.raises(UsageError):
        opened(CORPORATE, CodeRepository(), ForgeOptions(kind="bitbucket"))


def test_the_forges_token_goes_to_no_other_server() -> None:
    where = CodeRepository(kind="github", url="https://evil.example", repository="a/b")

    with pytest.raises(AuthenticationFailed, match=r"there is no token for evil\.example") as raised:
        opened(OWN, where)

    assert 'PROMONTORY_TOKENS: {"evil.example": "…"}' in raised.value.remedy
    assert "own-token" not in str(raised.value)


def test_no_token_goes_over_plain_http() -> None:
    where = CodeRepository(kind="github", url="http://github.com", repository="acme/web")

    with pytest.raises(AuthenticationFailed):
        opened(CORPORATE, where, GITLAB)


def test_a_token_that_would_break_a_header_is_refused() -> None:
    where = CodeRepository(kind="github", url="https://bad.example", repository="a/b")

    with pytest.raises(AuthenticationFailed, match="has a blank, a line break"):
        opened(OWN, where)


def test_each_kind_has_its_own_ci() -> None:
    around = ForgesAround(OWN, None, SETTINGS)

    assert around.workflows(CodeRepository(kind="github")).path == "repos/acme/gitops/actions"
    with pytest.raises(UsageError, match=r"github\.com is a github, not a gitlab"):
        around.pipelines(CodeRepository(kind="gitlab"))
