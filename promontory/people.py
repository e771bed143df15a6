"""Who is who: one person under all the names that ledgers, forges and forms know them by. Pure.

A name is what somebody wrote, and proves nothing; this only says which names mean the same person.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

GROUP = "group:"


@dataclass(frozen=True)
class People:
    """``known``: the other names of each person; letter case does not count in any of them."""

    known: Mapping[str, Sequence[str]] = field(default_factory=dict)

    def person(self, who: str) -> str:
        """The one name of whoever signed as ``who``: as ``people:`` has it, else the address, else the name itself.

        Of ``Name <address>`` only the address, or all of it together, says who that is: anybody may write any name.
        """
        spellings = (_plain(who), address(who))
        return next((self._by_name[name] for name in spellings if name in self._by_name), address(who))

    def names(self, who: str) -> tuple[str, ...]:
        """Every name of whoever signed as ``who``, their address as they wrote it first."""
        person = self.person(who)
        known = next(((name, *others) for name, others in self.known.items() if _plain(name) == _plain(person)), ())
        written = who.rpartition("<")[2].partition(">")[0].strip() or who.strip()
        return tuple(dict.fromkeys((written, address(who), *known, *(address(name) for name in known))))

    def persons(self, names: Iterable[str]) -> frozenset[str]:
        return frozenset(self.person(name) for name in names)

    @cached_property
    def _by_name(self) -> Mapping[str, str]:
        return {spelling: name for name, others in self.known.items() for spelling in spellings_of(name, others)}


def spellings_of(name: str, others: Iterable[str]) -> tuple[str, ...]:
    """All that a person may be called by, in the form in which it is compared."""
    return tuple(dict.fromkeys(spelling for each in (name, *others) for spelling in (_plain(each), address(each))))


def address(who: str) -> str:
    """The address in ``Name <address>``, else the name: what two signatures of one person have in common."""
    inner = who.rpartition("<")[2].partition(">")[0]
    return _plain(inner) or _plain(who)


def is_group(name: str) -> bool:
    return name.startswith(GROUP)


def members(names: Iterable[str], groups: Mapping[str, Sequence[str]]) -> tuple[str, ...]:
    """``names``, with the people of each ``group:NAME`` in its place; a group that is not there has nobody."""
    expanded = (groups.get(name.removeprefix(GROUP), ()) if is_group(name) else (name,) for name in names)
    return tuple(dict.fromkeys(each for some in expanded for each in some))


def _plain(name: str) -> str:
    return " ".join(name.split()).casefold()
