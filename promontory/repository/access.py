"""How git proves who it is to the server: credentials for http(s), keys and host keys for ssh.

Nothing secret leaves through an argument: the helper is a constant, its answers are environment variables.
"""

from __future__ import annotations

import os
import shlex
from math import ceil
from pathlib import Path

from promontory.errors import UsageError
from promontory.repository.command import Command
from promontory.repository.remote import Remote
from promontory.repository.settings import GitSettings

_USERNAME = "PROMONTORY_CREDENTIAL_USERNAME"
_PASSWORD = "PROMONTORY_CREDENTIAL_PASSWORD"  # noqa: S105  # the variable's name
_HELPER = f'!f() {{ test "$1" = get && printf "username=%s\\npassword=%s\\n" "${_USERNAME}" "${_PASSWORD}"; }}; f'


def secrets_of(remote: Remote, settings: GitSettings) -> tuple[str, ...]:
    """What must never be shown, in whatever git prints."""
    configured = settings.password.get_secret_value() if settings.password else None
    return tuple(secret for secret in (remote.password, configured) if secret)


def command_for(remote: Remote, settings: GitSettings, git_dir: Path | None = None) -> Command:
    """How to run git against this remote."""
    settings.cache_dir.mkdir(parents=True, exist_ok=True)
    place = settings.cache_dir.absolute()
    variables, configuration = credentials(remote, settings)
    # The cache may lie within somebody's checkout, whose configuration is none of our business.
    variables = {**variables, **ssh_variables(settings), "GIT_CEILING_DIRECTORIES": str(place.parent)}
    return Command(place, git_dir, settings.timeout, variables, configuration)


def credentials(remote: Remote, settings: GitSettings) -> tuple[dict[str, str], tuple[tuple[str, str], ...]]:
    """Variables and configuration that make git know the user name and password, at this server only."""
    username, password = remote.username, remote.password
    if password is None and settings.password is not None:
        username, password = settings.username or username, settings.password.get_secret_value()
    if not remote.origin:
        return {}, ()
    scope = f"credential.{remote.origin}"
    if password is None:
        name = username or settings.username
        return {}, ((f"{scope}.username", name),) if name else ()
    # Hosting services take any user name beside a token; git insists on one.
    variables = {_USERNAME: username or "git", _PASSWORD: password}
    if any(not value.isprintable() for value in variables.values()):
        raise UsageError("the user name or password for Git has a line break or another control character in it")
    # The empty helper comes first so that, at this server, what was configured here wins over a stale password
    # in the user's own helper, and is not stored there. Other servers keep the user's helpers.
    return variables, ((f"{scope}.helper", ""), (f"{scope}.helper", _HELPER))


def ssh_variables(settings: GitSettings) -> dict[str, str]:
    """ssh that never asks and never trusts a host it does not know; a command of the user's own wins."""
    if "GIT_SSH_COMMAND" in os.environ or "GIT_SSH" in os.environ:
        return {}
    options = ["BatchMode=yes", "StrictHostKeyChecking=yes", f"ConnectTimeout={ceil(min(settings.timeout, 30))}"]
    if settings.known_hosts:
        options.append(f'UserKnownHostsFile="{settings.known_hosts.expanduser()}"')
    if settings.ssh_key:
        options.append("IdentitiesOnly=yes")
    command = ["ssh", *(argument for option in options for argument in ("-o", option))]
    if settings.ssh_key:
        command += ["-i", str(settings.ssh_key.expanduser())]
    return {"GIT_SSH_COMMAND": shlex.join(command), "GIT_SSH_VARIANT": "ssh"}
