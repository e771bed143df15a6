"""Settings of the installation, from the environment: who pushes, with which key, where the cache is.

What a team decides together stands in promontory.yaml; what differs from machine to machine, and every
secret, stands here. This is the only place that names a ``PROMONTORY_…`` variable. Every command reads them first, so
that nothing is imported for it (pydantic-settings takes a tenth of what a command has to start in).
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Annotated, Literal, NamedTuple

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, SecretStr, ValidationError
from pydantic_core import ErrorDetails, PydanticUndefined

from promontory.errors import ConfigurationError, Problem
from promontory.repository_url import RepositoryUrl

PREFIX = "PROMONTORY_"


def default_cache_dir() -> Path:
    """``$XDG_CACHE_HOME/promontory``, or ``~/.cache/promontory``; relative values of it are ignored, as XDG says."""
    base = Path(os.environ.get("XDG_CACHE_HOME", ""))
    return (base if base.is_absolute() else Path.home() / ".cache") / "promontory"


def _parsed(value: object) -> object:
    """A variable holds text; what is not JSON is an error that does not repeat it."""
    try:
        return json.loads(value) if isinstance(value, str) else value
    except (ValueError, RecursionError):
        raise ValueError('is not JSON: write {"argocd.acme.example": "TOKEN"}') from None


class Settings(BaseModel):
    """Each field is read from ``PROMONTORY_<FIELD>``; an empty variable counts as absent."""

    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True, defer_build=True)

    repository: RepositoryUrl | None = Field(
        default=None, description="The GitOps repository: a URL or a path (default: the one promontory.yaml is in)"
    )
    branch: str | None = Field(default=None, description="Its branch (default: the repository's own default branch)")
    config: str | None = Field(
        default=None, description="The configuration file (default: promontory.yaml at the repository's root)"
    )
    cache_dir: Path = Field(
        default_factory=default_cache_dir,
        description="Where mirrors of repositories are kept; may be deleted at any time "
        "(default: $XDG_CACHE_HOME/promontory or ~/.cache/promontory)",
    )
    ledger_branch: str = Field(
        default="promontory/ledger", min_length=1, description="The branch that holds the ledger"
    )
    author_name: str = Field(default="Promontory", min_length=1, description="The author of commits")
    author_email: str = Field(default="promontory@localhost", min_length=1, description="The author's address")
    committer_name: str = Field(default="Promontory", min_length=1, description="The committer of commits")
    committer_email: str = Field(default="promontory@localhost", min_length=1, description="The committer's address")
    signing_format: Literal["ssh", "gpg"] = Field(default="ssh", description="How commits are signed: ssh or gpg")
    signing_key: str | None = Field(
        default=None, description="The key to sign with: a file for ssh, a key id for gpg (default: not signed)"
    )
    git_username: str | None = Field(default=None, description="The user name for Git over https")
    git_password: SecretStr | None = Field(default=None, description="The password or token for Git over https")
    ssh_key: Path | None = Field(default=None, description="The private key file for Git over ssh")
    ssh_known_hosts: Path | None = Field(
        default=None, description="The host keys to trust over ssh (default: ~/.ssh/known_hosts)"
    )
    git_timeout: float = Field(
        default=60.0, gt=0, allow_inf_nan=False, description="Seconds that a call to Git may take"
    )
    debug: bool = Field(default=False, description="Show where an unexpected error happened")
    registry_username: str | None = Field(default=None, description="The user name for the container registry")
    registry_password: SecretStr | None = Field(
        default=None, description="The registry's password; without a user name it is sent as a bearer token"
    )
    forge_token: SecretStr | None = Field(
        default=None,
        description="The token for GitHub, GitLab or Gitea "
        "(default: PROMONTORY_GIT_PASSWORD, on the repository's own server)",
    )
    forge_host: str | None = Field(
        default=None, description="The server that the forge's token may go to, where it is not the repository's"
    )
    tokens: Annotated[dict[str, SecretStr], BeforeValidator(_parsed)] = Field(
        default={},
        description="Bearer tokens of servers that checks and suites ask (Argo CD, Prometheus, …), as JSON: "
        '{"argocd.acme.example": "…"}; each goes to its own server only',
    )
    poll_interval: float = Field(
        default=15.0,
        gt=0,
        allow_inf_nan=False,
        description="Seconds between two looks at an open pull request; they grow with its age, up to twenty times",
    )


class Variable(NamedTuple):
    """One line of the table of settings; ``default`` is empty where there is none to show."""

    name: str
    default: str
    description: str


def variables() -> tuple[Variable, ...]:
    """Every setting, for the README and the command line, in the order of `Settings`."""
    return tuple(
        Variable(_variable(name), _shown(field.default), field.description or "")
        for name, field in Settings.model_fields.items()
    )


def read_settings() -> Settings:
    """Read the environment; raises `ConfigurationError` naming every variable that is wrong, never its value."""
    given = {name: value for name in Settings.model_fields if (value := os.environ.get(_variable(name)))}
    try:
        return Settings.model_validate(given)
    except ValidationError as error:
        details = error.errors(include_url=False, include_input=False, include_context=False)
        raise ConfigurationError([_problem(detail) for detail in details]) from None


def _variable(name: str) -> str:
    return PREFIX + name.upper()


def _shown(default: object) -> str:
    return "" if default is None or default is PydanticUndefined else str(default)


def _problem(detail: ErrorDetails) -> Problem:
    message = detail["msg"].replace("Input should be", "must be").replace("Value error, ", "")
    return Problem("environment", 0, 0, _variable(str(detail["loc"][0])), message)
