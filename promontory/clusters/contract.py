"""What the core wants of clusters."""

from __future__ import annotations

from typing import Protocol

from promontory.change import FieldMove, LiveField


class Clusters(Protocol):
    def read(self, field: LiveField) -> str:
        """What the field holds. Raises `ClusterError`, or `TransientError` where it may be read later."""

    def makers(self, field: LiveField) -> tuple[str, ...]:
        """What owns the object that the field is of: ``ApplicationSet web-app``. Raises what `read` raises."""

    def move(self, move: FieldMove) -> None:
        """Set the field to ``move.after``, once: nothing is done where it is that already.

        Raises `PlanChanged` where it is neither that nor ``move.before``, and what `read` raises. After a
        `TransientError` it is unknown whether the field was set; moving again finds out.
        """
