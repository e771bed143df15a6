"""What comes in and what goes out: values between the server and what answers."""

from __future__ import annotations

import json
from collections.abc import Generator, Mapping
from dataclasses import dataclass, field
from typing import Any

from promontory.sandbox.kubernetes.paths import Target
from promontory.sandbox.kubernetes.statuses import Refusal

_VERBS = {"POST": "create", "PUT": "update", "PATCH": "patch", "DELETE": "delete"}
_TRUE = frozenset({"1", "true", "True"})


@dataclass(frozen=True)
class Request:
    """``target`` is None where the path names no object."""

    method: str
    path: str
    target: Target | None
    query: Mapping[str, str] = field(default_factory=dict)
    body: bytes = field(default=b"", repr=False)
    content_type: str = ""
    token: str = field(default="", repr=False)

    @property
    def verb(self) -> str:
        """As RBAC names it: get, list, watch, create, update, patch or delete."""
        if self.method != "GET":
            return _VERBS.get(self.method, self.method.lower())
        if self.target is None or self.target.name:
            return "get"
        return "watch" if self.flag("watch") else "list"

    def flag(self, name: str) -> bool:
        return self.query.get(name) in _TRUE

    def number(self, name: str) -> int | None:
        """Raises `Refusal` where it is something else."""
        text = self.query.get(name)
        try:
            return int(text) if text else None
        except ValueError:
            raise Refusal(400, f'{name}: "{text}" is not a number') from None

    def document(self) -> Any:
        """The body. Raises `Refusal` where it is not JSON."""
        try:
            return json.loads(self.body)
        except ValueError:
            raise Refusal(400, "the object provided is unrecognized: the body is not JSON") from None


@dataclass(frozen=True)
class Answer:
    """``body``: a document, or a text."""

    body: Mapping[str, Any] | str
    status: int = 200
    retry_after: float | None = None


@dataclass(frozen=True)
class Stream:
    """Parts that are sent as they come; an empty one only asks whether somebody still listens."""

    parts: Generator[bytes]
    content_type: str


class Cut(Exception):
    """The connection breaks off here. Raised instead of an answer, or by the parts of a stream."""
