"""Run git: one place for its environment, its timeout and what becomes of its process.

GitPython starts the processes. Its own ``kill_after_timeout`` is not used: it starts a thread for every call and
looks for children with ``pgrep``. A session of its own, killed as a whole, costs nothing and leaves nothing behind.
"""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path

# GitPython looks for git when it is imported; without git, our own message is to be the one that is read.
os.environ.setdefault("GIT_PYTHON_REFRESH", "quiet")

from git import Git
from git.exc import GitCommandNotFound

from promontory.errors import RepositoryError, TransientError

OLDEST_GIT = (2, 38)

# Whatever else begins with GIT_ belongs to the caller's own repository (GIT_DIR in a hook, GIT_INDEX_FILE, …).
_KEPT = (
    "GIT_ASKPASS",
    "GIT_CONFIG_COUNT",
    "GIT_CONFIG_GLOBAL",
    "GIT_CONFIG_KEY_",
    "GIT_CONFIG_NOSYSTEM",
    "GIT_CONFIG_SYSTEM",
    "GIT_CONFIG_VALUE_",
    "GIT_EXEC_PATH",
    "GIT_HTTP_",
    "GIT_PROXY_SSL_",
    "GIT_PYTHON_",
    "GIT_SSH",
    "GIT_SSL_",
)

# What a user's configuration must not change, or what would start work or hooks in a mirror.
_CONFIGURATION = (
    ("core.hooksPath", os.devnull),
    ("core.quotePath", "false"),
    ("core.fsync", "none"),  # a mirror is a cache: after a power cut it is fetched anew
    ("color.ui", "false"),
    ("gc.auto", "0"),
    ("maintenance.auto", "false"),
    ("fetch.recurseSubmodules", "false"),
    ("fetch.writeCommitGraph", "false"),
    ("fastimport.unpackLimit", "1"),  # keep the pack: exploding it would start one more process
    ("i18n.logOutputEncoding", "UTF-8"),
    ("log.showSignature", "false"),
    ("push.followTags", "false"),
    ("push.gpgSign", "false"),
    ("push.recurseSubmodules", "no"),
    ("submodule.recurse", "false"),
)


@dataclass(frozen=True)
class Outcome:
    """What git answered."""

    status: int
    stdout: bytes
    stderr: str


@dataclass(frozen=True)
class Command:
    """How to run git for one repository. ``variables`` and ``configuration`` may hold secrets, arguments never.

    ``git_dir`` None means: wherever ``directory`` says.
    """

    directory: Path
    git_dir: Path | None = None
    timeout: float = 60
    variables: Mapping[str, str] = field(default_factory=dict, repr=False)
    configuration: tuple[tuple[str, str], ...] = field(default=(), repr=False)

    def run(self, *arguments: str, stdin: bytes | None = None, timeout: float | None = None) -> Outcome:
        """The outcome, whatever the exit status was. Raises `TransientError` when it takes too long."""
        seconds = timeout or self.timeout
        process = self.start(*arguments, stdin=subprocess.DEVNULL if stdin is None else subprocess.PIPE)
        try:
            stdout, stderr = process.communicate(stdin, timeout=seconds)
        except subprocess.TimeoutExpired:
            raise TransientError(
                f"git {_subcommand(arguments)} took longer than {seconds:g} s and was stopped",
                "check the network and the server, or raise PROMONTORY_GIT_TIMEOUT",
            ) from None
        finally:
            kill(process)
        return Outcome(process.returncode, stdout, stderr.decode(errors="replace").strip())

    def start(self, *arguments: str, stdin: int = subprocess.PIPE) -> Git.AutoInterrupt:
        """A running git; its streams are pipes. The caller ends it with `kill`."""
        require_git()
        environment = self.environment()
        return Git(self.directory).execute(
            [*_scrubbing(environment), _executable(), *arguments],
            istream=stdin,
            as_process=True,
            env=environment,
            start_new_session=True,  # no terminal to prompt on, and one group to kill
        )

    def extended(self, variables: Mapping[str, str], configuration: tuple[tuple[str, str], ...]) -> Command:
        """The same with more variables and more configuration."""
        return replace(
            self, variables={**self.variables, **variables}, configuration=(*self.configuration, *configuration)
        )

    def environment(self) -> dict[str, str]:
        """What git sees in addition to the caller's environment."""
        variables = {
            "GIT_TERMINAL_PROMPT": "0",
            "GIT_ASKPASS": os.environ.get("GIT_ASKPASS", ""),
            "GIT_ALLOW_PROTOCOL": "file:http:https:ssh",
            "GIT_OPTIONAL_LOCKS": "0",
            **self.variables,
            **_configured((*_CONFIGURATION, *self.configuration)),
        }
        if self.git_dir is not None:
            variables["GIT_DIR"] = str(self.git_dir)
        return variables


def kill(process: Git.AutoInterrupt) -> None:
    """End a process and all it started; nothing happens when it has ended."""
    popen = process.proc
    if popen is None or popen.poll() is not None:
        return
    with suppress(ProcessLookupError):
        os.killpg(popen.pid, signal.SIGKILL)
    popen.communicate()


@lru_cache(maxsize=1)
def require_git() -> None:
    """Raises `RepositoryError` when git is missing or older than we need."""
    try:
        version = Git().version_info
    except (GitCommandNotFound, PermissionError):
        raise RepositoryError("git is not installed, or not on PATH", "install git 2.38 or newer") from None
    if version[:2] < OLDEST_GIT:
        found = ".".join(str(part) for part in version)
        raise RepositoryError(
            f"git {found} is too old", "install git 2.38 or newer (it brings merge-tree --write-tree)"
        )


def _executable() -> str:
    return str(Git.GIT_PYTHON_GIT_EXECUTABLE or "git")


def _scrubbing(own: Mapping[str, str]) -> list[str]:
    # GitPython adds to the environment and cannot take from it; env(1) can. Usually there is nothing to take.
    given = (name for name in os.environ if name.startswith("GIT_") and name not in own)
    foreign = [name for name in given if not name.startswith(_KEPT)]
    return ["env", *(argument for name in sorted(foreign) for argument in ("-u", name))] if foreign else []


def _configured(pairs: tuple[tuple[str, str], ...]) -> dict[str, str]:
    """Configuration as variables, after the caller's own: an argument could be read by everyone on the machine."""
    given = os.environ.get("GIT_CONFIG_COUNT", "0")
    first = int(given) if given.isdecimal() else 0
    variables = {"GIT_CONFIG_COUNT": str(first + len(pairs))}
    for number, (key, value) in enumerate(pairs, first):
        variables |= {f"GIT_CONFIG_KEY_{number}": key, f"GIT_CONFIG_VALUE_{number}": value}
    return variables


def _subcommand(arguments: tuple[str, ...]) -> str:
    return next((argument for argument in arguments if not argument.startswith("-")), "")
