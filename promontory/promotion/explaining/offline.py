"""Clusters that are not asked: what wants to know something of one is told so, and closed where it is a gate."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import NoReturn

from promontory.change import FieldMove, LiveField
from promontory.errors import ClusterError
from promontory.live_objects import Document, Ref, Resource, Selection, Subject, Watching


def _unasked() -> NoReturn:
    raise ClusterError("no cluster is asked", "leave out --offline")


@dataclass(frozen=True)
class NobodyAsked:
    """`Objects` and `Clusters`."""

    def watching(self, subjects: Sequence[Subject]) -> AbstractAsyncContextManager[Watching]:  # noqa: ARG002
        _unasked()

    async def get(self, ref: Ref) -> Document:  # noqa: ARG002
        _unasked()

    async def select(self, selection: Selection) -> tuple[Document, ...]:  # noqa: ARG002
        _unasked()

    async def patch(self, ref: Ref, patch: Document | Sequence[Document]) -> Document:  # noqa: ARG002
        _unasked()

    async def create(self, resource: Resource, document: Document, context: str | None = None) -> Document:  # noqa: ARG002
        _unasked()

    async def delete(self, ref: Ref) -> None:  # noqa: ARG002
        _unasked()

    def log(self, pod: Ref, container: str | None = None, *, tail: int | None = None) -> AsyncIterator[str]:  # noqa: ARG002
        _unasked()

    def read(self, field: LiveField) -> str:  # noqa: ARG002
        _unasked()

    def makers(self, field: LiveField) -> tuple[str, ...]:  # noqa: ARG002
        _unasked()

    def move(self, move: FieldMove) -> None:  # noqa: ARG002
        _unasked()
