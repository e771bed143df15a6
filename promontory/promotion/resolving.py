"""What is meant by a release that is not named: ``latest``, ``verified``, or a range such as ``>=1.2 <2``."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from promontory.change import Value
from promontory.config import Config
from promontory.errors import InvalidRelease, UsageError
from promontory.ledger import Wanted, moment_of
from promontory.model import Place
from promontory.promotion.surroundings import Around
from promontory.promotion.upstream import upstream_of
from promontory.promotion.workspace import Workspace
from promontory.release import LATEST, VERIFIED, WORDS, check_release, is_asked_for, is_range, split_release
from promontory.releases import ReleaseSource
from promontory.releases.environment import EarlierEnvironment
from promontory.releases.policy import rank_without_policy
from promontory.releases.semver_range import parse_range, version_key

log = logging.getLogger("promontory.promotion")
# A run that has rested for longer is not looked for: without an end the whole ledger would have to be read.
_LONGEST_REST = timedelta(days=90)


class Resolved(Value):
    """``why`` says how ``release`` came of ``asked``; empty where it was named itself."""

    release: str
    asked: str
    why: str = ""

    @property
    def told(self) -> str:
        return f"{self.asked} → {self.release} ({self.why})" if self.why else f"{self.release}, as it was asked for"


def check_asked(asked: str) -> str:
    """Return ``asked`` unchanged if it names a release or can stand for one; raise `InvalidRelease` if not."""
    if not is_range(asked):
        return asked if asked in WORDS else check_release(asked)
    try:
        parse_range(asked)
    except ValueError as error:
        remedy = "give a version such as v1.3.0, latest, verified, or a range such as '>=1.2 <2'"
        raise InvalidRelease(str(error).partition(": write one")[0], remedy) from None
    return asked


def resolve(workspace: Workspace, application: str, asked: str, to: str | None, run: str) -> Resolved:
    """The release that ``asked`` means for a promotion to the environment ``to`` (None: to all of them).

    A run that is started again gets what it got before. Raises `InvalidRelease` for what means nothing, `UsageError`
    where no release is found, and `TransientError` where its source cannot be asked now.
    """
    workspace.config.application(application)
    if to is not None:
        workspace.config.place(application, to)
    check_asked(asked)
    source = workspace.release_source(application)
    if not is_asked_for(asked) and not (source and source.pins):
        return Resolved(release=asked, asked=asked)
    resolved = _taken_before(workspace, application, asked, run) or _Search(workspace, application, to).find(asked)
    if resolved.why:
        log.info("%s: %s", application, resolved.told)
    return resolved


def source_of(workspace: Workspace, application: str) -> ReleaseSource:
    """Raises `UsageError` where nobody has said where the application's releases come from."""
    source = workspace.release_source(application)
    if source is None:
        raise UsageError(
            f"nobody knows which releases of {application} there are: it has no `releases:`",
            f"name the release, or say in {workspace.config.file} where its releases are published",
        )
    return source


def _taken_before(workspace: Workspace, application: str, asked: str, run: str) -> Resolved | None:
    since = moment_of(workspace.clock.now() - _LONGEST_REST)
    lately = workspace.ledger.newest(application, wanted=Wanted(since=since))
    first = next((release for release in reversed([entry.release for entry in lately if entry.run == run])), None)
    if first is None:
        return None
    why = f"as run {run} has begun" if first != asked else ""
    return Resolved(release=first, asked=asked, why=why)


@dataclass(frozen=True)
class _Search:
    workspace: Workspace
    application: str
    to: str | None

    def find(self, asked: str) -> Resolved:
        if asked == VERIFIED:
            return self._verified()
        source = source_of(self.workspace, self.application)
        if asked == LATEST and isinstance(source, EarlierEnvironment):
            return self._running_before()
        if is_asked_for(asked):
            return self._newest(source, asked)
        pinned = source.pin(asked)
        why = f"the digest it has in {source.label}" if pinned != asked else ""
        return Resolved(release=pinned, asked=asked, why=why)

    def _newest(self, source: ReleaseSource, asked: str) -> Resolved:
        """The policy's choice, or the newest in a range."""
        releases = source.releases(Around(self.workspace, self.application))
        ranking = source.rank(releases, asked if is_range(asked) else "")
        rule = f"newest in {asked}" if is_range(asked) else source.rule
        if ranking.latest is None:
            found = f"{len(ranking.newest_first)} releases" if ranking.newest_first else "no release"
            raise UsageError(
                f"{asked} finds no release of {self.application}: {source.label} has {found}"
                + (f", none by the rule: {rule}" if ranking.newest_first else ""),
                f"promontory releases {self.application}",
            )
        why = f"{rule}, of {len(ranking.newest_first)} in {source.label}"
        return Resolved(release=source.pin(ranking.latest), asked=asked, why=why)

    def _verified(self) -> Resolved:
        """What is verified in every environment right before; the highest version, or the last where one is none."""
        places = self._places(_before(self.workspace.config, self.application, self.to))
        passed = [set(self._passed(place)) for place in places]
        both = [release for release in self._passed(places[0]) if all(release in each for each in passed)]
        names = " and ".join(place.environment for place in places)
        if not both:
            raise UsageError(
                f"no release of {self.application} is verified in {names} now",
                f"promontory promote {self.application} RELEASE --to {places[0].environment}",
            )
        return Resolved(release=_newest_of(both), asked=VERIFIED, why=f"newest that is verified in {names}")

    def _passed(self, place: Place) -> list[str]:
        """What may go on from there, by the rules of the provenance gate; the last to come first."""
        upstream = upstream_of(self.workspace, place.application, place.environment)
        names = dict.fromkeys(
            entry.release for entry in upstream.record.newest("verdict", "pushed", "found", "reverted")
        )
        return [release for release in names if upstream.passed(release)]

    def _running_before(self) -> Resolved:
        """For a promotion to everywhere: what the first environments run."""
        path = self.workspace.config.pipeline(self.application)
        before = path.waves()[0] if self.to is None else path.after(self.to)
        places = self._places(before)
        running = {place.environment: self.workspace.current(place) for place in places}
        told = ", ".join(f"{name} runs {release or 'nothing'}" for name, release in running.items())
        release = next(iter(running.values()))
        if release is None or len(set(running.values())) > 1:
            raise UsageError(f"latest is not one release of {self.application}: {told}", "name the release")
        return Resolved(release=release, asked=LATEST, why=told.replace(f"runs {release}", "runs it"))

    def _places(self, environments: Iterable[str]) -> list[Place]:
        places = [Place(self.application, name) for name in environments]
        if not places:
            raise UsageError(
                f"{self.application} enters {self.to} first: no environment comes before it",
                "name the release, or a later environment with --to",
            )
        return places


def _before(config: Config, application: str, to: str | None) -> tuple[str, ...]:
    """The environments right before ``to``; before the last ones, where it goes everywhere."""
    path = config.pipeline(application)
    ends = [to] if to is not None else [name for name in path.environments if not path.downstream(name)]
    return tuple(dict.fromkeys(name for end in ends for name in path.after(end)))


def _newest_of(releases: Sequence[str]) -> str:
    """``releases`` come with the last first."""
    versions = {release: split_release(release)[0] for release in reversed(releases)}
    if all(version_key(version) for version in versions.values()):
        return rank_without_policy(versions).newest_first[0]
    return releases[0]
