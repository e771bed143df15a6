from __future__ import annotations

import os
from pathlib import Path

import pytest

from promontory.errors import ConfigurationError
from promontory.settings import Settings, read_settings, variables


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> pytest.MonkeyPatch:
    """One without any of our variables."""
    for name in list(os.environ):
        if name.upper().startswith("PROMONTORY_"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    return monkeypatch


def test_everything_has_a_default(tmp_path: Path) -> None:
    settings = read_settings()

    assert settings.repository is None
    assert settings.cache_dir == tmp_path / ".cache" / "promontory"
    assert settings.ledger_branch == "promontory/ledger"
    assert settings.git_timeout == 60


def test_the_cache_is_where_the_platform_says(environment: pytest.MonkeyPatch, tmp_path: Path) -> None:
    environment.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    assert read_settings().cache_dir == tmp_path / "cache" / "promontory"

    environment.setenv("XDG_CACHE_HOME", "relative")
    assert read_settings().cache_dir == tmp_path / ".cache" / "promontory"


def test_variables_are_read(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("PROMONTORY_REPOSITORY", "https://git.example/gitops.git")
    environment.setenv("PROMONTORY_GIT_TIMEOUT", "2.5")
    environment.setenv("PROMONTORY_SIGNING_FORMAT", "gpg")
    environment.setenv("PROMONTORY_BRANCH", "")

    settings = read_settings()

    assert settings.repository == "https://git.example/gitops.git"
    assert (settings.git_timeout, settings.signing_format, settings.branch) == (2.5, "gpg", None)


def test_a_wrong_variable_is_named(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("PROMONTORY_GIT_TIMEOUT", "soon")
    environment.setenv("PROMONTORY_SIGNING_FORMAT", "x509")

    with pytest.raises(ConfigurationError) as wrong:
        read_settings()

    assert str(wrong.value).splitlines() == [
        "environment: PROMONTORY_GIT_TIMEOUT: must be a valid number, unable to parse string as a number",
        "environment: PROMONTORY_SIGNING_FORMAT: must be 'ssh' or 'gpg'",
    ]


def test_tokens_are_json(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("PROMONTORY_TOKENS", '{"argocd.acme.example": "t0ken"}')

    assert read_settings().tokens["argocd.acme.example"].get_secret_value() == "t0ken"


@pytest.mark.parametrize("wrong", ["t0ken", "{'a': 't0ken'}", '["t0ken"]', '{"a": ["t0ken"]}', "[" * 100_000])
def test_tokens_that_cannot_be_read_are_refused_without_repeating_them(
    environment: pytest.MonkeyPatch, wrong: str
) -> None:
    environment.setenv("PROMONTORY_TOKENS", wrong)

    with pytest.raises(ConfigurationError, match=r"environment: PROMONTORY_TOKENS: (must be|is not JSON)") as refused:
        read_settings()

    assert "t0ken" not in str(refused.value)


def test_an_address_with_a_password_is_refused_without_repeating_it(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("PROMONTORY_REPOSITORY", "https://bot:s3cret@git.example/gitops.git")

    with pytest.raises(ConfigurationError, match="PROMONTORY_REPOSITORY: credentials in a URL") as wrong:
        read_settings()

    assert "s3cret" not in str(wrong.value)


def test_secrets_are_not_shown(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("PROMONTORY_GIT_PASSWORD", "s3cret")
    environment.setenv("PROMONTORY_REGISTRY_PASSWORD", "s3cret")

    settings = read_settings()

    assert "s3cret" not in f"{settings!r} {settings} {settings.model_dump_json()}"
    assert settings.git_password is not None
    assert settings.git_password.get_secret_value() == "s3cret"


def test_every_variable_is_in_the_table_with_a_description() -> None:
    table = variables()

    assert len(table) == len(Settings.model_fields)
    assert all(variable.name.startswith("PROMONTORY_") and variable.description for variable in table)
    assert ("PROMONTORY_LEDGER_BRANCH", "promontory/ledger") in [variable[:2] for variable in table]


def test_tokens_that_are_no_json_are_told_and_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PROMONTORY_TOKENS", "s3cret-token")

    with pytest.raises(ConfigurationError, match="PROMONTORY_TOKENS: is not JSON") as caught:
        read_settings()

    assert "s3cret" not in str(caught.value)
    assert caught.value.exit_code == 2
