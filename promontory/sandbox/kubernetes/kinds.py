"""Which kind stands behind which plural. A real API learns it from its types and from CustomResourceDefinitions."""

from __future__ import annotations

from promontory import live_objects
from promontory.live_objects import Resource
from promontory.sandbox.kubernetes.paths import Collection

_MORE = (
    Resource("", "v1", "configmaps", "ConfigMap"),
    Resource("", "v1", "events", "Event"),
    Resource("", "v1", "namespaces", "Namespace"),
    Resource("", "v1", "secrets", "Secret"),
    Resource("", "v1", "services", "Service"),
    Resource("argoproj.io", "v1alpha1", "applicationsets", "ApplicationSet"),
    Resource("argoproj.io", "v1alpha1", "appprojects", "AppProject"),
)
_OURS = tuple(value for value in vars(live_objects).values() if isinstance(value, Resource))
_KINDS = {(each.group, each.plural): each.kind for each in (*_OURS, *_MORE)}
_PLURALS = {(each.group, each.kind): each.plural for each in (*_OURS, *_MORE)}

# Without a subresource the status is a part of the object like any other; Argo CD has it that way.
_WITHOUT_STATUS = frozenset({("argoproj.io", "applications")})


def collection_of(api_version: str, kind: str) -> Collection:
    group, _, version = api_version.rpartition("/")
    return Collection(group, version, _PLURALS.get((group, kind), f"{kind.lower()}s"))


def kind_of(collection: Collection) -> str:
    """Of a plural that nobody knows it is a guess."""
    known = _KINDS.get((collection.group, collection.plural))
    return known or collection.plural.removesuffix("s").capitalize()


def has_status_subresource(collection: Collection) -> bool:
    return (collection.group, collection.plural) not in _WITHOUT_STATUS
