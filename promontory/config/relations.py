"""What has to be right between environments: names that exist, and no circle."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from promontory.config.document import Path
from promontory.config.wording import Fault
from promontory.pipeline import cycles
from promontory.suggestion import suggest


def relation_faults(environments: Mapping[str, object]) -> Iterator[Fault]:
    """Works on the raw data, so that it has an opinion on environments that are wrong in other ways, too."""
    edges = {}
    for name, data in environments.items():
        after = data.get("after", ()) if isinstance(data, dict) else ()
        path: Path = ("environments", name, "after")
        named = [(path, after)] if isinstance(after, str) else list(_items(after, path))
        edges[name] = tuple(before for _, before in named)
        for place, before in named:
            if before not in environments:
                others = [other for other in environments if other != name]
                yield Fault(place, f'no environment "{before}"{suggest(before, others)}')
    for cycle in cycles(edges):
        message = "comes after itself" if len(cycle) == 2 else f"the environments form a circle: {' → '.join(cycle)}"
        yield Fault(("environments", cycle[0], "after"), message)


def _items(after: object, path: Path) -> Iterator[tuple[Path, str]]:
    for index, item in enumerate(after if isinstance(after, list) else ()):
        if isinstance(item, str):
            yield (*path, index), item
