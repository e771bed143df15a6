"""TLS as it is written in promontory.yaml: whom to trust, and who we are. The default is what the system trusts.

The files lie on the machine that runs the check; nothing of them is ever shown.
"""

from __future__ import annotations

import ssl
from pathlib import PurePath
from typing import Annotated, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from promontory.errors import UsageError


def _check_file(path: str) -> str:
    if not PurePath(path).is_absolute() or "\0" in path:
        raise ValueError(f"{path!r} is not an absolute path: it is looked for on the machine that runs the check")
    return path


File = Annotated[str, AfterValidator(_check_file)]


class Tls(BaseModel):
    """Whom to trust, and who we are."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)

    ca: File | None = Field(
        default=None, description="A PEM file of the authorities to trust, instead of the system's."
    )
    certificate: File | None = Field(default=None, description="A PEM file with the certificate that is shown.")
    key: File | None = Field(
        default=None, description="A PEM file with its key, without a passphrase. Left out: it is in the same file."
    )
    server_name: str | None = Field(
        default=None,
        pattern=r"^[A-Za-z0-9_]([A-Za-z0-9._-]{0,251}[A-Za-z0-9])?$",
        description="The name that is asked for and must be in the server's certificate, where it is not the URL's.",
    )
    verify: bool = Field(
        default=True, description="False believes any certificate: whoever sits in between can then say anything."
    )

    @model_validator(mode="after")
    def _agrees(self) -> Self:
        if self.key and not self.certificate:
            raise ValueError("a key belongs to a certificate: name that, too")
        if self.ca and not self.verify:
            raise ValueError("verify: false trusts anybody, so that ca: would mean nothing")
        return self

    @property
    def doubts(self) -> tuple[str, ...]:
        """What is allowed, but worth a second look."""
        if self.verify:
            return ()
        return ("verify: false believes any certificate: whoever sits in between can answer for the server",)

    def context(self) -> ssl.SSLContext:
        """Made anew each time, so that a renewed certificate counts. Raises `UsageError` naming the file."""
        context = self._trusting()
        if self.certificate:
            _load(context, self.certificate, self.key)
        if not self.verify:
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
        return context

    def _trusting(self) -> ssl.SSLContext:
        if self.ca is None:
            from promontory.exchange.trust import system_trust  # brings httpx

            return system_trust()
        try:
            context = ssl.create_default_context(cafile=self.ca)
        except (OSError, ValueError) as error:
            raise UsageError(f"the authorities in {self.ca} cannot be read: {_why(error)}", _REMEDY) from None
        # Many a company's own authority lacks extensions that Python 3.13 began to insist on.
        context.verify_flags &= ~ssl.VERIFY_X509_STRICT
        return context


SYSTEM = Tls()
_REMEDY = "correct the path under tls:, or put the file there; it must hold PEM and be readable"


def _load(context: ssl.SSLContext, certificate: str, key: str | None) -> None:
    try:
        # Without a password OpenSSL would ask for it on the terminal.
        context.load_cert_chain(certificate, key, password="")
    except (OSError, ValueError) as error:
        files = certificate if key is None else f"{certificate} with {key}"
        raise UsageError(f"the certificate {files} cannot be used: {_why(error)}", _REMEDY) from None


def _why(error: OSError | ValueError) -> str:
    if isinstance(error, ssl.SSLError):
        return error.reason or "it is no PEM file, or wants a passphrase"
    return (error.strerror if isinstance(error, OSError) else None) or str(error)
