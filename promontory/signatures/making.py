"""Make a signature, with the user's own key and program, where the user sits.

The key stays where it is: in a file, in an agent, on a token. What asks for a passphrase or a touch is the program.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Literal

from promontory.errors import UsageError
from promontory.processes.environment import without_secrets
from promontory.processes.filter import run_filter, run_on_terminal
from promontory.signatures.armor import MOST_BYTES, read_armor
from promontory.signatures.keygen import OLDEST, too_old
from promontory.signatures.statement import NAMESPACE

_LITERAL = re.compile(r"(?:key::)?((?:sk-)?(?:ssh|ecdsa)-[a-z0-9@.-]+ [A-Za-z0-9+/=]+)(?: .*)?")


@dataclass(frozen=True)
class SigningKey:
    """``name``: of SSH a file, public or private, or a public key as Git writes it (``key::…``); of GPG a key id."""

    format: Literal["ssh", "gpg"]
    name: str
    program: str

    def __str__(self) -> str:
        return f"the {self.format.upper()} key {self.name[:80]}"


def literal_key(name: str) -> str | None:
    """The public key that ``name`` is, where it is one and no file."""
    found = _LITERAL.fullmatch(name.strip())
    return found[1] if found else None


def sign(statement: str, key: SigningKey) -> str:
    """The armored signature of ``statement``. Raises `UsageError` where none was made."""
    with TemporaryDirectory(prefix="promontory-signing-") as directory:
        place = Path(directory)
        text, signature = place / "statement.json", place / "statement.json.sig"
        text.write_text(statement)
        command = _ssh(key, place, text) if key.format == "ssh" else _gpg(key, text, signature)
        environment = _environment()
        code = run_on_terminal(command, place, environment)
        if code != 0 or not signature.is_file():
            raise _failed(key, place, environment)
        with signature.open() as made:
            return read_armor(made.read(MOST_BYTES + 1)).text


def _ssh(key: SigningKey, place: Path, text: Path) -> list[str]:
    file = Path(key.name)
    if public := literal_key(key.name):
        file = place / "key.pub"
        file.write_text(f"{public}\n")
    return [key.program, "-q", "-Y", "sign", "-n", NAMESPACE, "-f", str(file.absolute()), str(text)]


def _gpg(key: SigningKey, text: Path, signature: Path) -> list[str]:
    who = ["--local-user", key.name] if key.name else []
    return [key.program, "--armor", *who, "--output", str(signature), "--detach-sign", "--", str(text)]


def _environment() -> Mapping[str, str]:
    """With the terminal that gpg's agent is to ask on, where nobody has said so."""
    terminal = {"GPG_TTY": os.ttyname(0)} if sys.stdin.isatty() and "GPG_TTY" not in os.environ else {}
    return {**without_secrets(), **terminal}


def _failed(key: SigningKey, place: Path, environment: Mapping[str, str]) -> UsageError:
    """What it said itself stands on the terminal already."""
    if key.format == "ssh" and too_old(run_filter([key.program, "-Y", "sign"], b"", place, environment)):
        return UsageError(f"{key.program} is too old to sign", OLDEST)
    return UsageError(
        f"nothing was signed with {key}",
        "is it there, or in the agent (ssh-add -L, gpg --list-secret-keys)? --key names another one",
    )
