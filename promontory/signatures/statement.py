"""What a signature is of: who asks for what, in text that people can read and that has exactly one form.

It is JSON with its keys in one order and nothing but ASCII in it, so that no letter can look like another one. What it
does not name, a signature does not cover; so it names everything by which one request differs from another:

- the decision, so that a yes cannot be made out of a no;
- the repository, as the request called it, so that a copy of the ledger elsewhere takes no signature with it;
- whether the glass is to be broken, and why: one yes does then what takes several otherwise;
- environment, promotion, and each application with its release and the time of its request;
- the plan's digest, which covers what would be written where.

It does not name the answer's time: whoever signs on another machine gets the same text tomorrow.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Literal, Self

from pydantic import ValidationError

from promontory.change import Moment, Value
from promontory.entry import Entry

NAMESPACE = "approval@promontory"
MOST_BYTES = 64 * 1024
Decision = Literal["approved", "rejected"]


class Part(Value):
    """One application of a request."""

    application: str
    previous: str | None
    release: str
    requested: Moment


class Statement(Value):
    """Version 1. ``requested_by`` is who asked, by the name that the ledger has.

    ``break_glass`` is the reason for which closed gates are to be passed; None where they are not.
    """

    statement: Literal["promontory approval"] = "promontory approval"
    version: Literal[1] = 1
    decision: Decision
    repository: str
    environment: str
    promotion: str
    digest: str
    requested_by: str
    break_glass: str | None
    applications: tuple[Part, ...]

    @classmethod
    def of(cls, requests: Sequence[Entry], decision: Decision) -> Self:
        """Of the ``requested`` entries of all applications that move together, in any order."""
        first, *_ = ordered = sorted(requests, key=lambda entry: entry.application)
        return cls(
            decision=decision,
            repository=first.repository or "",
            environment=first.environment,
            promotion=first.promotion,
            digest=first.digest or "",
            requested_by=first.by,
            break_glass=first.break_glass or None,
            applications=tuple(_part(entry) for entry in ordered),
        )

    @property
    def text(self) -> str:
        """The one form that is signed."""
        content = {
            **self.model_dump(exclude={"applications"}),
            "applications": [_written(it) for it in self.applications],
        }
        return json.dumps(content, indent=2) + "\n"


def read_statement(text: str) -> Statement | None:
    """The statement that ``text`` is; None where it is none of a version known here, or not written as it should be."""
    if len(text) > MOST_BYTES:
        return None
    try:
        statement = Statement.model_validate_json(text)
        return statement if statement.text == text else None
    except (ValidationError, ValueError, RecursionError):
        return None


def difference(statement: Statement, request: Entry) -> str:
    """What says that ``statement`` is not about ``request``, in words; empty where it is."""
    pairs = (
        ("repository", statement.repository, request.repository),
        ("environment", statement.environment, request.environment),
        ("promotion", statement.promotion, request.promotion),
        ("change", statement.digest, request.digest),
    )
    for what, signed, asked in pairs:
        if signed != asked:
            return f"it is for another {what} ({signed}, and not {asked})"
    if statement.break_glass != (request.break_glass or None):
        return "it is for a request with the glass unbroken" if request.break_glass else "it is for breaking the glass"
    part = next((part for part in statement.applications if part.application == request.application), None)
    if part is None or len(statement.applications) != request.members:
        return "it is for other applications"
    if part != _part(request) or statement.requested_by != request.by:
        return "it is for another request of the same promotion"
    return ""


def _part(entry: Entry) -> Part:
    return Part(
        application=entry.application,
        previous=entry.previous,
        release=entry.release,
        requested=entry.at.astimezone(UTC),
    )


def _written(part: Part) -> dict[str, object]:
    return {**part.model_dump(exclude={"requested"}), "requested": _time(part.requested)}


def _time(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
