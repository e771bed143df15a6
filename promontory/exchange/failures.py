"""Why there is no answer, in words that a person can act on."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator


def why(error: BaseException) -> str:
    """The cause that a person can act on; the transport wraps it several times."""
    for cause in _causes(error):
        if isinstance(cause, ConnectionRefusedError):
            return "connection refused"
        if isinstance(cause, ConnectionResetError):
            return "connection reset"
        if isinstance(cause, ssl.SSLError):
            return f"TLS failed: {getattr(cause, 'verify_message', '') or cause.reason or cause}"
        if isinstance(cause, socket.gaierror):
            return f"the host cannot be resolved: {cause.strerror}"
    return str(error) or type(error).__name__


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    if error is None:
        return
    yield error
    for inner in error.exceptions if isinstance(error, BaseExceptionGroup) else ():
        yield from _causes(inner)
    yield from _causes(error.__cause__ or error.__context__)
