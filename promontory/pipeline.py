"""The environment DAG: which environments a promotion goes through, in which waves. Pure.

It knows names and edges only, nothing of what an environment holds. Wherever the edges leave a choice, the
order is that of promontory.yaml, so that the same file always gives the same run.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from typing import Protocol

from promontory.errors import UsageError
from promontory.suggestion import suggest

Edges = Mapping[str, tuple[str, ...]]


@dataclass(frozen=True)
class Pipeline:
    """``edges``: each environment, in the order of the file, with those directly before it."""

    edges: Edges

    @property
    def environments(self) -> tuple[str, ...]:
        return tuple(self.edges)

    def after(self, environment: str) -> tuple[str, ...]:
        """The environments directly before this one, in the order the file names them."""
        return self.edges[self._known(environment)]

    def upstream(self, environment: str) -> tuple[str, ...]:
        """Everything that a release passes on its way here, in the order of the file."""
        return self._reached(environment, self.edges)

    def downstream(self, environment: str) -> tuple[str, ...]:
        """Everything that comes after this one, near or far, in the order of the file."""
        following: dict[str, tuple[str, ...]] = dict.fromkeys(self.edges, ())
        for name, before in self.edges.items():
            for source in before:
                following[source] += (name,)
        return self._reached(environment, following)

    def waves(self, to: str | None = None) -> tuple[tuple[str, ...], ...]:
        """From the roots to ``to`` (to everything where None); the members of one wave may run side by side.

        An environment stands in the first wave in which everything before it is done.
        """
        wanted = set(self.edges) if to is None else {to, *self.upstream(to)}
        sorter = TopologicalSorter({name: self.edges[name] for name in self.edges if name in wanted})
        sorter.prepare()
        waves: list[tuple[str, ...]] = []
        while sorter.is_active():
            ready = sorter.get_ready()
            sorter.done(*ready)
            waves.append(self._ordered(ready))
        return tuple(waves)

    def hops(self, to: str | None = None) -> tuple[str, ...]:
        """`waves`, one environment after the other."""
        return tuple(name for wave in self.waves(to) for name in wave)

    def without(self, left_out: Container[str]) -> Pipeline:
        """The same pipeline with some environments taken out; the edges go through where they stood."""
        bridged: dict[str, tuple[str, ...]] = {}
        for name in self.hops():
            steps = (bridged[before] if before in left_out else (before,) for before in self.edges[name])
            bridged[name] = tuple(dict.fromkeys(step for group in steps for step in group))
        return Pipeline({name: bridged[name] for name in self.edges if name not in left_out})

    def _known(self, environment: str) -> str:
        if environment not in self.edges:
            raise UsageError(f'no environment "{environment}"{suggest(environment, self.edges)}')
        return environment

    def _reached(self, start: str, edges: Edges) -> tuple[str, ...]:
        reached: set[str] = set()
        waiting = list(edges[self._known(start)])
        while waiting:
            name = waiting.pop()
            if name not in reached:
                reached.add(name)
                waiting.extend(edges[name])
        return self._ordered(reached)

    def _ordered(self, names: Iterable[str]) -> tuple[str, ...]:
        wanted = set(names)
        return tuple(name for name in self.edges if name in wanted)


class HasPipelines(Protocol):
    """`Config`, which stands above."""

    def pipeline(self, application: str) -> Pipeline:
        """The environments that the application runs in."""


def waves(config: HasPipelines, application: str, to: str | None = None) -> tuple[tuple[str, ...], ...]:
    """The waves in which one application's release travels, as the configuration says."""
    return config.pipeline(application).waves(to)


def cycles(edges: Mapping[str, Iterable[str]]) -> tuple[tuple[str, ...], ...]:
    """Circles among the edges, each as ``(a, b, c, a)`` from the environment that the file names first.

    Circles that share an environment are reported one at a time; edges to unknown names don't matter.
    """
    order = {name: position for position, name in enumerate(edges)}
    left = {name: set(before) & order.keys() for name, before in edges.items()}
    found = []
    while cycle := _one_cycle(left):
        start = cycle.index(min(cycle, key=order.__getitem__))
        found.append((*cycle[start:], *cycle[:start], cycle[start]))
        left = {name: before - set(cycle) for name, before in left.items() if name not in cycle}
    return tuple(found)


def _one_cycle(edges: Mapping[str, Iterable[str]]) -> tuple[str, ...]:
    try:
        TopologicalSorter(edges).prepare()
    except CycleError as error:
        return tuple(error.args[1][:-1])
    return ()
