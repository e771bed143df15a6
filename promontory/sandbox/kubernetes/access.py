"""Who may do what: one bearer token, and rules that forbid."""

from __future__ import annotations

from dataclasses import dataclass

from promontory.live_objects import Resource
from promontory.sandbox.kubernetes.paths import Collection, Target
from promontory.sandbox.kubernetes.requests import Request
from promontory.sandbox.kubernetes.statuses import Refusal

CLUSTER_WIDE = ""
"""The namespace of lists and watches over all namespaces."""


@dataclass(frozen=True)
class Rule:
    """``None`` stands for any. A namespace of `CLUSTER_WIDE` is only what asks for all namespaces at once."""

    verbs: frozenset[str]
    resource: Resource | None = None
    namespace: str | None = None

    def forbids(self, verb: str, target: Target) -> bool:
        return (
            (not self.verbs or verb in self.verbs)
            and (self.resource is None or Collection.of(self.resource) == target.collection)
            and (self.namespace is None or self.namespace == target.namespace)
        )


class Access:
    """``token``: what clients must bring; None lets everybody in."""

    def __init__(self, token: str | None) -> None:
        self.token = token
        self.rules: tuple[Rule, ...] = ()

    def check(self, request: Request) -> None:
        """Raises `Refusal`: 401 or 403."""
        if self.token is not None and request.token != self.token:
            raise Refusal(401, "Unauthorized")
        target = request.target
        if target and any(rule.forbids(request.verb, target) for rule in self.rules):
            raise Refusal(403, _forbidden(request.verb, target))


def _forbidden(verb: str, target: Target) -> str:
    name, group = target.collection.plural, target.collection.group
    resource = f"{name}/{target.subresource}" if target.subresource else name
    where = f'in the namespace "{target.namespace}"' if target.namespace else "at the cluster scope"
    what = str(target) if target.name else str(target.collection)
    return f'{what} is forbidden: User "robot" cannot {verb} resource "{resource}" in API group "{group}" {where}'
