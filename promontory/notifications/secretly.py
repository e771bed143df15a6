"""Asking servers whose very address is a secret: the clients underneath would write it into their logs."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_LOGGERS = ("httpx", "urllib3.connectionpool")
_SECRETLY: ContextVar[bool] = ContextVar("secretly", default=False)


class _Quiet(logging.Filter):
    def filter(self, record: logging.LogRecord) -> bool:  # noqa: ARG002 — the method of the base
        return not _SECRETLY.get()


_QUIET = _Quiet()


@contextmanager
def secretly() -> Iterator[None]:
    """What is asked in here, in this thread or task, no client's log knows of."""
    for name in _LOGGERS:
        logging.getLogger(name).addFilter(_QUIET)
    token = _SECRETLY.set(True)
    try:
        yield
    finally:
        _SECRETLY.reset(token)
