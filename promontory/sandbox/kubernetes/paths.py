"""What a path of the API names: a collection of objects, one object, or a part of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple
from urllib.parse import unquote

from promontory.live_objects import Ref, Resource

# Parts of a Namespace object, which would otherwise look like collections inside of the namespace.
_OF_A_NAMESPACE = frozenset({"status", "finalize"})


class Collection(NamedTuple):
    """``group`` is empty for the core group."""

    group: str
    version: str
    plural: str

    @classmethod
    def of(cls, resource: Resource) -> Collection:
        return cls(resource.group, resource.version, resource.plural)

    @property
    def api_version(self) -> str:
        return f"{self.group}/{self.version}" if self.group else self.version

    def __str__(self) -> str:
        """As messages of the API name it."""
        return f"{self.plural}.{self.group}" if self.group else self.plural


@dataclass(frozen=True)
class Target:
    """Without ``name`` it is the collection; without ``namespace`` all of them, or an object that has none."""

    collection: Collection
    namespace: str = ""
    name: str = ""
    subresource: str = ""

    @classmethod
    def of(cls, ref: Ref) -> Target:
        return cls(Collection.of(ref.resource), ref.namespace, ref.name)

    @property
    def key(self) -> tuple[str, str]:
        return self.namespace, self.name

    def __str__(self) -> str:
        return f'{self.collection} "{self.name}"'


def parse_path(path: str) -> Target | None:
    """None where no object can be: discovery, health, or nothing at all."""
    match [unquote(part) for part in path.strip("/").split("/")]:
        case ["api", version, *rest]:
            return _target("", version, rest)
        case ["apis", group, version, *rest]:
            return _target(group, version, rest)
    return None


def _target(group: str, version: str, rest: list[str]) -> Target | None:
    namespace = ""
    if len(rest) >= 3 and rest[0] == "namespaces" and rest[2] not in _OF_A_NAMESPACE:
        namespace, rest = rest[1], rest[2:]
    if not 1 <= len(rest) <= 3 or not all(rest):
        return None
    plural, name, subresource = (*rest, "", "")[:3]
    return Target(Collection(group, version, plural), namespace, name, subresource)
