"""In which order releases go through the environments, as far as their names tell."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from promontory.discovery.environment_names import EnvironmentName, parse_environment
from promontory.discovery.findings import EnvironmentProposal

Order = tuple[tuple[str, ...], ...]


def one_name_each(names: Mapping[str, set[str]]) -> dict[str, str]:
    """Name → the one that stands for it: ``prod`` and ``production`` are one environment, the more used name counts.

    ``names``: application → its environments. Names that one application has both of are two environments.
    """
    counted = Counter(name for own in names.values() for name in sorted(own))
    chosen = {name: name for name in counted}
    for name, _ in counted.most_common():
        for other in counted:
            if chosen[name] == name and chosen[other] == other and _same(name, other) and not _both(names, name, other):
                chosen[other] = name
    return chosen


def _same(one: str, other: str) -> bool:
    meaning = parse_environment(one)
    return one != other and meaning.plain and meaning == parse_environment(other)


def _both(names: Mapping[str, set[str]], one: str, other: str) -> bool:
    return any(one in own and other in own for own in names.values())


def usual_order(names: Iterable[str]) -> Order:
    """The environments whose stage is known, in groups that go side by side, from the first to the last."""
    groups: dict[int, list[str]] = {}
    for name in sorted(names):
        stage = parse_environment(name).stage
        if stage is not None:
            groups.setdefault(stage, []).append(name)
    return tuple(tuple(groups[stage]) for stage in sorted(groups))


def arrange(names: Iterable[str], order: Order) -> tuple[EnvironmentProposal, ...]:
    """``order``: what a person said; else the usual one, and what it does not know is put last, with a question."""
    asked = order or usual_order(names)
    placed = [name for group in asked for name in group]
    unplaced = sorted(set(names) - set(placed))
    before = _last_before_production(asked)
    known = [_proposal(name, before) for before, group in zip([(), *asked], asked, strict=False) for name in group]
    return (*known, *(_unplaced(name, before) for name in unplaced))


def _proposal(name: str, before: Sequence[str]) -> EnvironmentProposal:
    """After the environments of the same region, where there are such, else after all of the group before."""
    meaning = parse_environment(name)
    beside = [other for other in before if meaning.region and parse_environment(other).region == meaning.region]
    return EnvironmentProposal(name, tuple(beside or before), _wants_approval(meaning))


def _wants_approval(meaning: EnvironmentName) -> bool:
    return meaning.production


def _last_before_production(order: Order) -> tuple[str, ...]:
    early = [group for group in order if not any(parse_environment(name).production for name in group)]
    return early[-1] if early else ()


def _unplaced(name: str, before: tuple[str, ...]) -> EnvironmentProposal:
    where = f"it comes after {' and '.join(before)}" if before else "nothing comes before it"
    question = f'where does "{name}" belong? Its name does not tell, so {where}; after: says it'
    return EnvironmentProposal(name, before, questions=(question,))
