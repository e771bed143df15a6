"""Findings that hold → what promontory.yaml should say: applications, environments, and what is to be asked."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace

from promontory.discovery.environment_names import configured_name
from promontory.discovery.findings import ApplicationProposal, Choices, Finding, Options, Proposal, Proven
from promontory.discovery.ordering import arrange, one_name_each
from promontory.discovery.proving import Evidence
from promontory.discovery.templates import Overrides, common_strategy, signature, template, with_placeholder

_SHOWN = 4
Places = Mapping[str, Proven]


def compose(evidence: Evidence, choices: Choices, notes: Sequence[str] = ()) -> Proposal:
    """``choices``: what a person has decided already."""
    applications = by_application(evidence)
    if choices.applications:
        applications = {name: places for name, places in applications.items() if name in choices.applications}
    found = sorted({environment for places in applications.values() for environment in places})
    environments = arrange(found, choices.order)
    names = [environment.name for environment in environments]
    proposals = [_application(name, places, names, evidence) for name, places in applications.items()]
    return Proposal(
        applications=tuple(_shared(proposals)),
        environments=environments,
        approvers=choices.approvers,
        ordered=bool(choices.order),
        notes=(*notes, *_failures(evidence)),
    )


def by_application(evidence: Evidence) -> dict[str, dict[str, Proven]]:
    """Application → environment → what holds there; sorted by name, environments by one name each."""
    own: dict[str, set[str]] = {}
    for application, environment in evidence.proven:
        own.setdefault(application, set()).add(environment)
    called = one_name_each(own)
    places: dict[str, dict[str, Proven]] = {name: {} for name in sorted(own)}
    for (application, environment), proven in evidence.proven.items():
        places[application][called[environment]] = proven
    return places


def _application(name: str, places: Places, environments: Sequence[str], evidence: Evidence) -> ApplicationProposal:
    ordered = {environment: places[environment] for environment in environments if environment in places}
    strategy, overrides = common_strategy({name: proven.finding.options for name, proven in ordered.items()})
    absent: Overrides = {environment: False for environment in environments if environment not in places}
    return ApplicationProposal(
        name=name,
        strategy=strategy,
        overrides={key: {**overrides, **absent}[key] for key in environments if key in overrides or key in absent},
        current={environment: proven.current for environment, proven in ordered.items()},
        comments=_comments(ordered),
        questions=_questions(name, ordered, evidence),
    )


def _comments(places: Places) -> tuple[str, ...]:
    """Where it was seen: one line for environments that differ in their name only."""
    seen: dict[str, list[str]] = {}
    for name, proven in places.items():
        said = str(with_placeholder(proven.finding.evidence, name, "environment"))
        seen.setdefault(said, []).append(name)
    lines = [f"{said}   ({', '.join(names)})" for said, names in seen.items()]
    more = [f"and {len(lines) - _SHOWN} more"] if len(lines) > _SHOWN else []
    return (*lines[:_SHOWN], *more)


def _questions(name: str, places: Places, evidence: Evidence) -> tuple[str, ...]:
    asked = [proven.finding.question for proven in places.values() if proven.finding.question]
    for environment, proven in places.items():
        beside = evidence.beside.get((name, configured_name(proven.finding.environment)), [])
        others = [finding for finding in beside if finding.options != proven.finding.options]
        asked += [_beside(environment, finding) for finding in others[:1]]
    return tuple(dict.fromkeys(asked))


def _beside(environment: str, finding: Finding) -> str:
    return f"{environment} has {finding.evidence} too: is that an application of its own?"


def _shared(proposals: Sequence[ApplicationProposal]) -> list[ApplicationProposal]:
    """With ``{application}`` where that makes the strategies of several applications the same."""
    general = [template(proposal.strategy, {"application": proposal.name}) for proposal in proposals]
    counted = Counter(signature(strategy) for strategy in general)
    return [
        _generalised(proposal, strategy) if counted[signature(strategy)] > 1 else proposal
        for proposal, strategy in zip(proposals, general, strict=True)
    ]


def _generalised(proposal: ApplicationProposal, strategy: dict[str, object]) -> ApplicationProposal:
    overrides: Overrides = {
        environment: override and _without_name(override, proposal.name)
        for environment, override in proposal.overrides.items()
    }
    return replace(proposal, strategy=strategy, overrides=overrides)


def _without_name(override: Options, name: str) -> dict[str, object]:
    return {
        key: value if key == "kind" else with_placeholder(value, name, "application") for key, value in override.items()
    }


def _failures(evidence: Evidence) -> list[str]:
    told = list(dict.fromkeys(evidence.failures))
    more = [f"and {len(told) - _SHOWN} more places that do not work"] if len(told) > _SHOWN else []
    return [*(f"not proposed: {message}" for message in told[:_SHOWN]), *more]
