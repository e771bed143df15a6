"""Where a promotion stands before it starts: what is already there, what a killed run left to finish."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from promontory.errors import UsageError
from promontory.model import SuiteResult
from promontory.pipeline import Pipeline
from promontory.promotion.snapshot import RepositorySnapshot
from promontory.promotion.surroundings import Around
from promontory.promotion.surveyor import Surveyor, with_changes
from promontory.promotion.values import Hop
from promontory.promotion.workspace import Workspace
from promontory.release import check_release

_NOTHING: Mapping[str, str] = MappingProxyType({})
Waves = tuple[tuple[Hop, ...], ...]


def survey(  # noqa: PLR0913 — what was asked for, and by which run
    workspace: Workspace,
    application: str,
    release: str,
    to: str | None,
    run: str,
    also: Mapping[str, str] = _NOTHING,
    *,
    allow_downgrade: bool = False,
) -> Waves:
    """The hops that take ``release`` to the environment ``to`` (None: to all of them), in waves.

    ``also``: more applications and their releases; in each environment they move together. ``run`` names the run; the
    ids of new promotions follow from it, so that the same run, started again, makes the same promotions.
    ``allow_downgrade``: older releases are meant. Raises `UsageError` where application, environment or release do not
    exist.
    """
    releases = {application: release, **also}
    if application in also:
        raise UsageError(f"{application} is named twice", "give each application one release")
    snapshot = workspace.snapshot()
    surveyors = [_surveyor(workspace, snapshot, name, releases[name], to, run) for name in releases]
    waves = workspace.config.pipeline().waves(to)
    if also:
        workspace.look_ahead([place for surveyor in surveyors for place in surveyor.places], snapshot)
    surveyed = (tuple(hop for name in wave for hop in _together(surveyors, name)) for wave in waves)
    told = {"allow_downgrade": allow_downgrade}
    return tuple(tuple(hop.model_copy(update=told) for hop in wave) for wave in surveyed if wave)


def _surveyor(
    workspace: Workspace, snapshot: RepositorySnapshot, application: str, release: str, to: str | None, run: str
) -> Surveyor:
    config = workspace.config
    config.application(application)
    if to is not None:
        config.place(application, to)
    check_release(release)
    check_exists(workspace, application, release)
    path = config.pipeline(application)
    targets = _targets(path) if to is None else {to}
    release = canonical_release(workspace, snapshot, application, release)
    return Surveyor(workspace, snapshot, application, release, run, path.without(_beyond(path, to)), frozenset(targets))


def _together(surveyors: Sequence[Surveyor], environment: str) -> list[Hop]:
    """The hops into one environment; those that are to be pushed, and those that were pushed together, as one."""
    groups: dict[str, list[Hop]] = {}
    for surveyor in surveyors:
        if environment in surveyor.path.environments:
            hop = surveyor.hop(environment)
            groups.setdefault(_group(hop), []).append(hop)
    return [_joined(hops) for hops in groups.values()]


def _group(hop: Hop) -> str:
    if hop.step == "promote":
        return "promote"
    together = hop.step in ("verify", "revert", "verify-revert") and hop.entry and hop.entry.members > 1
    return f"{hop.step} {hop.promotion}" if together else f"{hop.application}"


def _joined(hops: Sequence[Hop]) -> Hop:
    first, *others = hops
    if not others:
        return first
    also = tuple(with_changes(hop, promotion=first.promotion) for hop in others)
    return with_changes(first, also=also, suites=_suites_of_all(hops))


def _suites_of_all(hops: Sequence[Hop]) -> tuple[SuiteResult, ...] | None:
    """Results that were recorded when they all moved; those of one application alone do not count for the others."""
    results = tuple(result for hop in hops for result in hop.suites or ())
    names = {hop.application for hop in hops}
    return results if {result.application for result in results} == names else None


def _beyond(path: Pipeline, to: str | None) -> set[str]:
    """The environments that a promotion to ``to`` does not go through."""
    return set(path.environments) - set(path.hops(to))


def _targets(path: Pipeline) -> set[str]:
    """Where a release goes that goes everywhere: the last environments. It only passes through the others."""
    return {name for name in path.environments if not path.downstream(name)}


def canonical_release(workspace: Workspace, snapshot: RepositorySnapshot, application: str, release: str) -> str:
    """The one name that the application's strategies have for ``release``, e.g. the tag of a commit."""
    for environment in workspace.config.application(application).strategies:
        release = workspace.strategy(application, environment).canonical(snapshot, release)
    return release


def check_exists(workspace: Workspace, application: str, release: str) -> None:
    """Raises `UsageError` where the application's releases are published somewhere, and this one is not."""
    source = workspace.release_source(application)
    if source is not None and not source.knows(release, Around(workspace, application)):
        remedy = "check the spelling; was it published, and are its tags pushed?"
        raise UsageError(f"{source.label} knows no release {release} of {application}", remedy)
