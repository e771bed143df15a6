"""People and groups: who is known under which names, and who is meant by ``group:NAME``."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated

from pydantic import BeforeValidator, Field

from promontory.config.document import Path
from promontory.config.section import Names
from promontory.config.wording import Fault
from promontory.people import GROUP, People, is_group, members, spellings_of
from promontory.suggestion import suggest


def _as_list(value: object) -> object:
    if not isinstance(value, str | list | tuple):
        raise ValueError("must be a name, or a list of names")
    return [value] if isinstance(value, str) else value


OtherNames = Annotated[Names, BeforeValidator(_as_list)]
Members = Annotated[Names, Field(min_length=1)]
Written = Mapping[str, object]


def people_faults(people: object, groups: object, environments: Written) -> Iterator[Fault]:
    """Works on the raw data, so that it has an opinion where something else is wrong, too."""
    known = {name: [other for _, other in _items(value, ())] for name, value in _mapping(people).items()}
    grouped = {name: tuple(each for _, each in _items(value, ())) for name, value in _mapping(groups).items()}
    yield from _one_person_each(_mapping(people))
    for name, value in _mapping(groups).items():
        yield from _no_groups(_items(value, ("groups", name)), "a group lists people, not groups")
    for name, environment in environments.items():
        approval = environment.get("approval") if isinstance(environment, dict) else None
        if isinstance(approval, dict):
            yield from _approval_faults(approval, ("environments", name, "approval"), People(known), grouped)
        glass = environment.get("break_glass") if isinstance(environment, dict) else None
        yield from unknown_groups(_items(glass, ("environments", name, "break_glass")), grouped)


def unknown_groups(items: Iterator[tuple[Path, str]], groups: Mapping[str, object]) -> Iterator[Fault]:
    """What stands in a list of people and groups, and names a group that is not there."""
    for path, name in items:
        group = name.removeprefix(GROUP)
        if is_group(name) and group not in groups:
            hint = suggest(group, groups) or ": there are none, write them under groups:"
            yield Fault(path, f'no group "{group}"{hint}')


def _approval_faults(
    approval: Written, path: Path, people: People, groups: Mapping[str, tuple[str, ...]]
) -> Iterator[Fault]:
    written = approval.get("approvers")
    if written == []:
        yield Fault((*path, "approvers"), "must not be empty: leave it out where anybody may approve")
    unknown = list(unknown_groups(_items(written, (*path, "approvers")), groups))
    yield from unknown
    reachable = members((name for _, name in _items(written, ())), groups)
    number, required = len(people.persons(reachable)), approval.get("required", 1)
    if reachable and not unknown and isinstance(required, int) and required > number:
        only = f"only {number} {'people' if number > 1 else 'person'} can give them: {', '.join(reachable)}"
        yield Fault((*path, "required"), f"{required} approvals are required, but {only}")


def _one_person_each(people: Written) -> Iterator[Fault]:
    owners: dict[str, str] = {}
    for name, value in people.items():
        places = [(("people", name), name), *_items(value, ("people", name))]
        yield from _no_groups(iter(places), "a person cannot be called like a group")
        for path, written in places:
            taken = [owners[each] for each in spellings_of(written, ()) if owners.get(each, name) != name]
            if taken:
                yield Fault(path, f'"{written}" is a name of {taken[0]} already: a name can mean one person only')
            owners |= {each: name for each in spellings_of(written, ()) if each not in owners}


def _no_groups(items: Iterator[tuple[Path, str]], message: str) -> Iterator[Fault]:
    yield from (Fault(path, f'"{name}": {message}') for path, name in items if is_group(name))


def _mapping(data: object) -> Written:
    return data if isinstance(data, dict) else {}


def _items(written: object, path: Path) -> Iterator[tuple[Path, str]]:
    """A name alone, or a list of them, each with its place."""
    if isinstance(written, str):
        yield path, written
    for index, item in enumerate(written if isinstance(written, list) else ()):
        if isinstance(item, str):
            yield (*path, index), item
