"""One field of an Argo CD Application, read and patched in the cluster with the `kubernetes` client.

Patched by a JSON patch that tests the old value first: Argo CD's controller writes to the same object all the time, so
that a compare-and-swap on the resource version would lose against writes that have nothing to do with the field.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from promontory.change import FieldMove, LiveField
from promontory.clusters.connection import connect
from promontory.clusters.failures import failure, unreachable
from promontory.clusters.fields import Found, locate
from promontory.errors import PlanChanged, TransientError

log = logging.getLogger("promontory.clusters")

_KIND = {"group": "argoproj.io", "version": "v1alpha1", "plural": "applications"}
_JSON_PATCH = "application/json-patch+json"
_CONFLICT, _TEST_FAILED = 409, 422


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
        document = self._document(field)
        return locate(document, field.path, f"the Application {field.namespace}/{field.name}")

    def _document(self, field: LiveField) -> Any:
        return self._call(field, "get", lambda api, where: api.get_namespaced_custom_object(**where))

    def _patch(self, move: FieldMove, found: Found) -> Exception | None:
        """Set the field if it still is what it was; the error where the API says that something is not as it was."""
        tests = [*found.tests, (found.pointer, move.before)]
        patch = [
            *({"op": "test", "path": pointer, "value": value} for pointer, value in tests),
            {"op": "replace", "path": found.pointer, "value": move.after},
        ]

        def call(api: Any, where: dict[str, Any]) -> None:
            api.patch_namespaced_custom_object(**where, body=patch, _content_type=_JSON_PATCH)

        try:
            self._call(move, "patch", call)
        except _Refused as refused:
            return refused.error
        return None

    def _call(self, field: LiveField, verb: str, call: Callable[[Any, dict[str, Any]], Any]) -> Any:
        from kubernetes.client import ApiException, CustomObjectsApi
        from urllib3.exceptions import HTTPError

        where = {**_KIND, "namespace": field.namespace, "name": field.name, "_request_timeout": self.timeout}
        try:
            return call(CustomObjectsApi(self._client(field.context)), where)
        except ApiException as error:
            if verb == "patch" and error.status == _CONFLICT:
                message = f"{field}: somebody else is writing to the object"
                raise _Refused(TransientError(message)) from None
            if verb == "patch" and error.status == _TEST_FAILED:
                raise _Refused(failure(error, field, verb)) from None
            raise failure(error, field, verb) from None
        except HTTPError as error:
            raise unreachable(error, self.timeout) from None

    def _client(self, context: str | None) -> Any:
        if context not in self._clients:
            self._clients[context] = connect(context)
        return self._clients[context]


class _Refused(Exception):
    """The patch did not apply; ``error`` is what to say if the field is what it was all the same."""

    def __init__(self, error: Exception) -> None:
        super().__init__(str(error))
        self.error = error


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
