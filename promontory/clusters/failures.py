"""What a failed call of a Kubernetes API means, in words that say what to do."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import Any

from promontory.errors import (
    ClusterError,
    ObjectConflict,
    ObjectNotFound,
    ObjectRejected,
    PromontoryError,
    TransientError,
)
from promontory.escaping.plain import words

_WORDS = 300


class Forbidden(ClusterError):
    """The account may not do it: a watch goes on by other means."""


def refused(status: int, body: bytes, headers: Any, tried: str, what: str, permission: str) -> PromontoryError:
    """For an answer that is not a good one.

    ``what`` names the objects, ``tried`` what was to be done with them, ``permission`` is the command that tells
    whether the account may.
    """
    said = _said(body)
    if at_the_door := _at_the_door(status, said, headers):
        return at_the_door
    if status == 403:
        remedy = f"allow it, by a role that is bound to the account, so that `{permission}` says yes"
        return Forbidden(f"the account may not {tried}{said}", remedy)
    if status == 404:
        return ObjectNotFound(f"the cluster has no {what}{said}", "check its name, its namespace and context:")
    if status == 409:
        return ObjectConflict(f"somebody else has changed, or made, the {what} meanwhile{said}")
    refuses = f"the Kubernetes API refuses to {tried} (HTTP {status}){said}"
    return ObjectRejected(refuses) if status == 422 else ClusterError(refuses)


def _at_the_door(status: int, said: str, headers: Any) -> PromontoryError | None:
    """What has nothing to do with what was asked for: a busy server, credentials that are not accepted."""
    if status in (408, 429) or status >= 500:
        return TransientError(f"the Kubernetes API answered HTTP {status}{said}", retry_after=_seconds(headers))
    if status == 401:
        remedy = "check the user of the kubeconfig's context, or the service account's token"
        return ClusterError(f"the Kubernetes API does not accept the credentials{said}", remedy)
    return None


def unreachable(error: Exception, timeout: float) -> TransientError:
    """For an answer that did not come."""
    late = "Timeout" in type(error).__name__ or "timed out" in str(error)
    # The client has errors without an answer, too: a certificate that is not trusted, for instance.
    reason = words(str(getattr(error, "reason", None) or ""), _WORDS)
    told = f"{type(error).__name__}{f': {reason}' if reason else ''}"
    why = f"did not answer within {timeout:g} s" if late else f"cannot be reached ({told})"
    return TransientError(f"the Kubernetes API {why}")


def _said(body: object) -> str:
    """The API's own words (a ``Status``), in one line."""
    with suppress(ValueError, TypeError, RecursionError):
        status = json.loads(body) if isinstance(body, str | bytes) else None
        if isinstance(status, dict) and isinstance(status.get("message"), str):
            said = words(status["message"], _WORDS)
            return f": {said}" if said else ""
    return ""


def _seconds(headers: Any) -> float | None:
    with suppress(ValueError, TypeError, AttributeError):
        return float(headers.get("Retry-After"))
    return None
