"""Which key an answer is signed with: the one that is named, else ours, else the one that Git signs with."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING

from promontory.errors import UsageError

if TYPE_CHECKING:
    from promontory.signatures import SigningKey

_REMEDY = "name one with --key FILE, or git config user.signingKey (with gpg.format ssh) as for commits"


def signing_key(named: str | None) -> SigningKey:
    """``--key``, else PROMONTORY_SIGNING_KEY, else Git's ``user.signingKey`` or ``gpg.ssh.defaultKeyCommand``."""
    from promontory.repository import configured
    from promontory.settings import read_settings

    settings = read_settings()
    if named:
        return _named(named)
    if settings.signing_key:
        return _of_format(settings.signing_format, settings.signing_key)
    format_ = configured("gpg.format") or "openpgp"
    if format_ not in ("ssh", "openpgp"):
        raise UsageError(f"approvals cannot be signed with {format_}, which gpg.format says", _REMEDY)
    key = configured("user.signingKey", path=True)
    if key is None and format_ == "ssh":
        key = _from_command(configured("gpg.ssh.defaultKeyCommand"))
    if key is None:
        raise UsageError("there is no key to sign with", _REMEDY)
    return _of_format("ssh" if format_ == "ssh" else "gpg", key)


def _named(name: str) -> SigningKey:
    """A file or a public key of SSH; else it is an id of GPG, which looks like neither."""
    from promontory.signatures import literal_key

    path = Path(name).expanduser()
    if literal_key(name) or path.is_file():
        return _of_format("ssh", name)
    if "/" in name or name.endswith(".pub") or name.startswith(("~", ".")):
        raise UsageError(f"there is no key file {name}", "ls ~/.ssh/*.pub shows what there is")
    return _of_format("gpg", name)


def _of_format(format_: str, name: str) -> SigningKey:
    from promontory.repository import configured
    from promontory.signatures import SigningKey, literal_key

    if format_ == "gpg":
        program = configured("gpg.openpgp.program", path=True) or configured("gpg.program", path=True)
        return SigningKey("gpg", name, program or "gpg")
    program = configured("gpg.ssh.program", path=True)
    return SigningKey("ssh", name if literal_key(name) else str(Path(name).expanduser()), program or "ssh-keygen")


def _from_command(command: str | None) -> str | None:
    """As Git does it: the first line is the key. No shell is started."""
    from promontory.processes.environment import without_secrets
    from promontory.processes.filter import run_filter

    try:
        arguments = shlex.split(command or "")
    except ValueError:
        raise UsageError("gpg.ssh.defaultKeyCommand is not a command line", _REMEDY) from None
    if not arguments:
        return None
    ended = run_filter(arguments, b"", Path.cwd(), without_secrets())
    lines = ended.output.decode(errors="replace").splitlines()
    found = next((line.strip() for line in lines if line.startswith(("key::", "ssh-", "sk-", "ecdsa-"))), None)
    if ended.code != 0 or found is None:
        raise UsageError(f"gpg.ssh.defaultKeyCommand ({arguments[0]}) names no key", _REMEDY)
    return found
