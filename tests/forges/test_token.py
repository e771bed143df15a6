from __future__ import annotations

import pytest
from pydantic import SecretStr

from promontory.config import ForgeOptions
from promontory.errors import AuthenticationFailed
from promontory.forges import address_of, open_forge
from promontory.forges.token import token_for
from promontory.settings import Settings

OURS = "https://git.acme.example/acme/gitops.git"
ELSEWHERE = ForgeOptions(kind="gitea", url="https://evil.example")


def token(url: str, options: ForgeOptions | None = None, **settings: str) -> str:
    known = options or ForgeOptions(kind="gitea")
    return token_for(address_of(url, known), url, Settings.model_validate(settings)).get_secret_value()


def test_the_forges_own_token_goes_to_the_repositorys_server() -> None:
    assert token(OURS, forge_token="t0ken") == "t0ken"
    assert token("git@git.acme.example:acme/gitops.git", forge_token="t0ken") == "t0ken"
    assert token("ssh://git@ssh.github.com:443/acme/gitops", ForgeOptions(), forge_token="t0ken") == "t0ken"


def test_the_password_for_git_stands_in_where_there_is_no_token() -> None:
    assert token(OURS, git_password="pass") == "pass"
    assert token(OURS, git_password="pass", forge_token="t0ken") == "t0ken"


@pytest.mark.parametrize(
    "settings", [{"forge_token": "t0ken"}, {"forge_token": "t0ken", "forge_host": "other.example"}]
)
def test_promontory_yaml_cannot_send_the_token_elsewhere(settings: dict[str, str]) -> None:
    with pytest.raises(AuthenticationFailed, match=r"the token is not sent to evil\.example") as refused:
        token(OURS, ELSEWHERE, **settings)

    assert "PROMONTORY_FORGE_HOST=evil.example" in refused.value.remedy
    assert "t0ken" not in str(refused.value)


def test_the_password_for_git_never_goes_to_another_server() -> None:
    with pytest.raises(AuthenticationFailed, match=r"there is no token for evil\.example"):
        token(OURS, ELSEWHERE, git_password="pass", forge_host="evil.example")


def test_the_installation_may_name_another_server() -> None:
    options = ForgeOptions(kind="gitea", url="https://forge.acme.example")

    assert token(OURS, options, forge_token="t0ken", forge_host="Forge.acme.example") == "t0ken"


def test_without_any_the_setting_is_named() -> None:
    with pytest.raises(AuthenticationFailed, match=r"there is no token for git\.acme\.example") as missing:
        token(OURS)

    assert missing.value.remedy == "set PROMONTORY_FORGE_TOKEN"


def test_a_token_does_not_go_over_plain_http() -> None:
    with pytest.raises(AuthenticationFailed, match="would get the token over plain http"):
        token("http://git.acme.example/acme/gitops.git", forge_token="t0ken")


@pytest.mark.parametrize("broken", ["to ken", "token\n", "tökën", "a\r\nX-Header: b"])
def test_a_token_that_cannot_be_one_is_refused_unseen(broken: str) -> None:
    with pytest.raises(AuthenticationFailed, match="another character in it that no token has") as refused:
        token(OURS, forge_token=broken)

    assert broken not in str(refused.value)


def test_opening_a_forge_asks_nothing_of_it() -> None:
    settings = Settings(forge_token=SecretStr("t0ken"))

    assert open_forge("https://github.com/acme/gitops", None, settings).label == "acme/gitops on github.com"
