"""Sign an answer, or take in a signature that was made elsewhere; what is signed is shown first."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from promontory.cli.printing import say
from promontory.cli.signing_key import signing_key
from promontory.errors import PlanChanged, PromontoryError, UsageError

if TYPE_CHECKING:
    from promontory.entry import Entry
    from promontory.model import Plan
    from promontory.promotion.workspace import Workspace
    from promontory.signatures import Decision

Command = TypeVar("Command", bound=Callable[..., Any])
_MOST_BYTES = 64 * 1024


@dataclass(frozen=True)
class Signing:
    """How an answer is to be proven, as the options say it."""

    sign: bool = False
    key: str | None = None
    signature: str | None = None
    statement: bool = False

    def __post_init__(self) -> None:
        if self.sign + self.statement + (self.signature is not None) > 1:
            raise UsageError("--sign, --signature and --statement exclude each other", "give one of them")
        if self.key and not self.sign:
            raise UsageError("--key names the key to sign with", "add --sign")

    @property
    def proven(self) -> bool:
        return self.sign or self.statement or self.signature is not None


def signing_options(command: Command) -> Command:
    """``--sign``, ``--key``, ``--signature``, ``--statement``, as one `Signing`."""

    @click.option("--sign", is_flag=True, help="Sign the answer with your SSH or GPG key.")
    @click.option(
        "--key", metavar="FILE", help="The SSH key (or GPG key id) to sign with (default: Git's signing key)."
    )
    @click.option("--signature", metavar="FILE", help="A signature of the statement, made elsewhere; - reads stdin.")
    @click.option("--statement", is_flag=True, help="Only print what is to be signed elsewhere.")
    @wraps(command)
    def with_signing(
        *arguments: Any, sign: bool, key: str | None, signature: str | None, statement: bool, **named: Any
    ) -> Any:
        return command(*arguments, signing=Signing(sign, key, signature, statement), **named)

    return with_signing  # type: ignore[return-value]


def statement_for(workspace: Workspace, request: Entry, decision: Decision) -> str:
    from promontory.promotion.requests import asked_together
    from promontory.promotion.signing import statement_of

    return statement_of(workspace, asked_together(workspace, request), decision)


def plan_to_sign(workspace: Workspace, request: Entry) -> Plan:
    """What would really be pushed, planned anew here: the diff that the ledger has could say anything."""
    from promontory.promotion.requests import asked_together
    from promontory.promotion.signing import drawn_again

    try:
        plan = drawn_again(workspace, asked_together(workspace, request))
    except PromontoryError as error:
        raise UsageError(
            f"what would be pushed cannot be planned here, and is not signed unseen: {error.message}",
            error.remedy or "look at promontory plan",
        ) from None
    if plan.digest != request.digest:
        raise PlanChanged(
            f"what would be pushed is not what the request {request.promotion} is about: somebody has changed it since",
            "nothing was signed; the run that waits plans, and asks, anew",
        )
    return plan


def signature_for(statement: str, signing: Signing) -> str:
    """The armored signature of ``statement``, made here or brought."""
    if signing.signature is not None:
        return _read(signing.signature)
    from promontory.signatures import sign

    key = signing_key(signing.key)
    say(f"signing this with {key}", error=True)
    return sign(statement, key)


def _read(file: str) -> str:
    try:
        data = sys.stdin.buffer.read(_MOST_BYTES + 1) if file == "-" else _head(Path(file))
    except OSError as error:
        raise UsageError(f"{file} cannot be read: {error.strerror}", "give the file of the signature") from None
    return data.decode(errors="replace")


def _head(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(_MOST_BYTES + 1)
