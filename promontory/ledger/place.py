"""The entries of one application in one environment: of their names and their content what is looked at."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import overload

from promontory.entry import Entry
from promontory.ledger.names import EVERYTHING, Name, Wanted

Naming = Callable[[Wanted], Iterator[Name]]
Reading = Callable[[Iterable[Name], Wanted], Iterator[Entry]]


@dataclass(frozen=True)
class PlaceEntries(Sequence[Entry]):
    """A sequence in the order of events. ``names`` are those of entries that may be wanted, newest first."""

    names: Naming
    read: Reading
    _promotions: dict[frozenset[str], list[str]] = field(default_factory=dict, repr=False, compare=False)

    def newest(
        self,
        kinds: Collection[str] = (),
        release: str | None = None,
        promotion: str = "",
        without: Collection[str] = (),
    ) -> Iterator[Entry]:
        """Newest first; read is what the names do not rule out, as far as it is taken."""
        wanted = Wanted(kinds, promotion, release, without=without)
        return self.read(self.names(wanted), wanted)

    def promotions(self, kinds: Collection[str]) -> list[str]:
        """The promotions of these kinds of entries, newest first, once for each entry; nothing is read."""
        asked = frozenset(kinds)
        if asked not in self._promotions:
            self._promotions[asked] = [name.promotion for name in self.names(Wanted(kinds)) if name.kind in kinds]
        return self._promotions[asked]

    def __len__(self) -> int:
        return sum(1 for _ in self.names(EVERYTHING))

    def __reversed__(self) -> Iterator[Entry]:
        return self.newest()

    def __iter__(self) -> Iterator[Entry]:
        return iter(tuple(self.newest())[::-1])

    @overload
    def __getitem__(self, index: int) -> Entry: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[Entry, ...]: ...
    def __getitem__(self, index: int | slice) -> Entry | tuple[Entry, ...]:
        chosen = tuple(self.names(EVERYTHING))[::-1][index]
        if isinstance(chosen, Name):
            return next(self.read((chosen,), Wanted()))
        return tuple(self.read(chosen, Wanted()))
