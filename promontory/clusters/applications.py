"""One field of an Argo CD Application, read and patched in its cluster.

Patched by a JSON patch that tests the old value first: Argo CD's controller writes to the same object all the time, so
that a compare-and-swap on the resource version would lose against writes that have nothing to do with the field.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from typing import Any

from promontory.change import FieldMove, LiveField
from promontory.clusters.api import JSON_PATCH, Call, object_path
from promontory.clusters.connection import connect
from promontory.clusters.fields import Found, locate
from promontory.errors import ClusterError, ObjectConflict, ObjectNotFound, ObjectRejected, PlanChanged, TransientError
from promontory.live_objects import APPLICATION, Ref

log = logging.getLogger("promontory.clusters")


@dataclass(frozen=True)
class KubernetesClusters:
    """`Clusters`. A call may take ``timeout`` seconds; nothing is connected to before it is asked for."""

    timeout: float = 30.0
    _clients: dict[str | None, Any] = field(default_factory=dict, repr=False)

    def read(self, field: LiveField) -> str:
        return self._found(field).value

    def makers(self, field: LiveField) -> tuple[str, ...]:
        owners = self._document(field).get("metadata", {}).get("ownerReferences") or ()
        return tuple(f"{owner.get('kind')} {owner.get('name')}" for owner in owners)

    def move(self, move: FieldMove) -> None:
        found = self._found(move)
        if not _is_due(move, found.value):
            return
        if refusal := self._patch(move, found):
            # Whoever was refused looks again, and what is there by now is the answer.
            if _is_due(move, self.read(move)):
                raise refusal
            return
        log.info("live: set %s: %s → %s", move, move.before, move.after)

    def _found(self, field: LiveField) -> Found:
        return locate(self._document(field), field.path, f"the {_ref(field)}")

    def _document(self, field: LiveField) -> Any:
        return self._json(field, "get", "GET")

    def _patch(self, move: FieldMove, found: Found) -> ClusterError | TransientError | None:
        """Set the field if it still is what it was; the error where the API says that something is not as it was."""
        tests = [*found.tests, (found.pointer, move.before)]
        patch = [
            *({"op": "test", "path": pointer, "value": value} for pointer, value in tests),
            {"op": "replace", "path": found.pointer, "value": move.after},
        ]
        try:
            self._json(move, "patch", "PATCH", None, patch, JSON_PATCH)
        except ObjectRejected as refusal:
            return refusal
        except ObjectConflict:
            return TransientError(f"{move}: somebody else is writing to the object")
        return None

    def _json(self, field: LiveField, verb: str, method: str, *request: Any) -> Any:
        ref = _ref(field)
        try:
            return Call(self._client(field.context), verb, ref, self.timeout).json(method, object_path(ref), *request)
        except ObjectNotFound as error:
            remedy = "correct application:, namespace: and context: under live:; is Argo CD installed there?"
            raise ObjectNotFound(error.message, remedy) from None

    def _client(self, context: str | None) -> Any:
        if context not in self._clients:
            self._clients[context] = connect(context)
        return self._clients[context]


def _ref(field: LiveField) -> Ref:
    return Ref(APPLICATION, field.namespace, field.name, field.context)


def _is_due(move: FieldMove, value: str) -> bool:
    """Whether there is anything to do. Raises `PlanChanged` where somebody else has set the field."""
    if value == move.after:
        return False
    if value == move.before:
        return True
    raise PlanChanged(
        f"somebody else set {move} to {value!r}: it was {move.before!r}, and was to become {move.after!r}",
        "find out who, and promote again: what is there now is planned from then",
    )
