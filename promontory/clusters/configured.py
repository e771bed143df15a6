"""Only those fields of live objects that promontory.yaml names, whoever asks for others.

What the ledger says is to become of a field is done by whoever finds it undone. Who may write to the ledger is not to
have any object of any cluster patched, or be told what stands in it, with the rights of a worker.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from promontory.change import FieldMove, LiveField
from promontory.clusters.contract import Clusters
from promontory.errors import ForeignField

_REMEDY = (
    "promontory audit verify says whether the ledger is as it was written; if live: was changed since, do it by hand"
)


@dataclass(frozen=True)
class ConfiguredFields:
    """`Clusters`, for ``fields``. Raises `ForeignField` for any other."""

    clusters: Clusters
    fields: Collection[LiveField]

    def read(self, field: LiveField) -> str:
        return self.clusters.read(self._named(field))

    def makers(self, field: LiveField) -> tuple[str, ...]:
        return self.clusters.makers(self._named(field))

    def move(self, move: FieldMove) -> None:
        self._named(move)
        self.clusters.move(move)

    def _named(self, field: LiveField) -> LiveField:
        place = (field.context, field.namespace, field.name, field.path)
        if place not in {(it.context, it.namespace, it.name, it.path) for it in self.fields}:
            raise ForeignField(f"promontory.yaml does not name {field}, which the ledger does", _REMEDY)
        return field
