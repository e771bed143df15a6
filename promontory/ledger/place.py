"""The entries of one application in one environment: all of their names, and of their content what is looked at."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import overload

from promontory.entry import Entry
from promontory.ledger.names import Name, Wanted

Reading = Callable[[Iterable[Name], Wanted], Iterator[Entry]]


@dataclass(frozen=True)
class PlaceEntries(Sequence[Entry]):
    """A sequence in the order of events. ``names`` come newest first."""

    names: tuple[Name, ...]
    read: Reading

    def newest(
        self,
        kinds: Collection[str] = (),
        release: str | None = None,
        promotion: str = "",
        without: Collection[str] = (),
    ) -> Iterator[Entry]:
        """Newest first; read is what the names do not rule out, as far as it is taken."""
        return self.read(self.names, Wanted(kinds, promotion, release, without=without))

    def promotions(self, kinds: Collection[str]) -> list[str]:
        """The promotions of these kinds of entries, newest first, once for each entry; nothing is read."""
        return [name.promotion for name in self.names if name.kind in kinds]

    def __len__(self) -> int:
        return len(self.names)

    def __reversed__(self) -> Iterator[Entry]:
        return self.newest()

    def __iter__(self) -> Iterator[Entry]:
        return iter(tuple(self.newest())[::-1])

    @overload
    def __getitem__(self, index: int) -> Entry: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[Entry, ...]: ...
    def __getitem__(self, index: int | slice) -> Entry | tuple[Entry, ...]:
        chosen = self.names[::-1][index]
        if isinstance(chosen, Name):
            return next(self.read((chosen,), Wanted()))
        return tuple(self.read(chosen, Wanted()))
