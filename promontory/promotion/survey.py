"""Where a promotion stands before it starts: what is already there, what a killed run left to finish."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from types import MappingProxyType

from promontory.clock import moment
from promontory.entry import Entry
from promontory.errors import UsageError
from promontory.model import Place, SuiteResult
from promontory.pipeline import Pipeline
from promontory.promotion.finishing import unfinished
from promontory.promotion.snapshot import RepositorySnapshot
from promontory.promotion.surroundings import Around
from promontory.promotion.values import Hop
from promontory.promotion.workspace import Workspace
from promontory.record import Record, Standing
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
) -> _Surveyor:
    config = workspace.config
    config.application(application)
    if to is not None:
        config.place(application, to)
    check_release(release)
    check_exists(workspace, application, release)
    path = config.pipeline(application)
    targets = _targets(path) if to is None else {to}
    release = canonical_release(workspace, snapshot, application, release)
    return _Surveyor(workspace, snapshot, application, release, run, frozenset(path.hops(to)), frozenset(targets))


def _together(surveyors: Sequence[_Surveyor], environment: str) -> list[Hop]:
    """The hops into one environment; those that are to be pushed, and those that were pushed together, as one."""
    groups: dict[str, list[Hop]] = {}
    for surveyor in surveyors:
        if environment in surveyor.environments:
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
    also = tuple(_with(hop, promotion=first.promotion) for hop in others)
    return _with(first, also=also, suites=_suites_of_all(hops))


def _suites_of_all(hops: Sequence[Hop]) -> tuple[SuiteResult, ...] | None:
    """Results that were recorded when they all moved; those of one application alone do not count for the others."""
    results = tuple(result for hop in hops for result in hop.suites or ())
    names = {hop.application for hop in hops}
    return results if {result.application for result in results} == names else None


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


@dataclass(frozen=True)
class _Surveyor:
    """One look at the repository and the ledger, for every hop of one application in a run."""

    workspace: Workspace
    snapshot: RepositorySnapshot
    application: str
    release: str
    run: str
    environments: frozenset[str]
    targets: frozenset[str]

    @property
    def places(self) -> list[Place]:
        return [Place(self.application, environment) for environment in self.environments]

    def hop(self, environment: str) -> Hop:
        config = self.workspace.config
        place = config.place(self.application, environment)
        current = self.workspace.current(place, self.snapshot)
        record = self.workspace.record(place)
        hop = Hop(
            application=self.application,
            environment=environment,
            after=place.after,
            release=self.release,
            promotion=promotion_id(self.run, place, self.release, record.finished(self.release)),
            current=current,
            step="promote",
        )
        if (left := unfinished(record, self.snapshot)) and left.release == self.release:
            return _cut_short(hop, left)
        return _goes_back(hop, record) or self._hop(hop, record, environment)

    def _hop(self, hop: Hop, record: Record, environment: str) -> Hop:
        current, is_target = hop.current, environment in self.targets
        has_checks = bool(self.workspace.config.environment(environment).verify)
        standing = record.standing(current)
        if record.proposal(self.release):
            # It may have been merged while nobody looked; the forge knows.
            return _continued(hop, record, self.run)
        if current == self.release:
            return _already_there(hop, standing, has_checks=has_checks)
        came = _brought(record, self.release, self.run)
        if came or (not is_target and (came := record.passed(self.release, has_checks=has_checks))):
            return _moved_on(hop, came)
        reverted = _unverified_revert(standing, self.release)
        if has_checks and reverted and record.hold(self.release):
            return _with(hop, step="verify-revert", promotion=reverted.promotion, entry=reverted)
        return _continued(hop, record, self.run)


def _cut_short(hop: Hop, left: Entry) -> Hop:
    """Take up what an earlier run has recorded, and died before it was all done."""
    step = "verify" if left.kind == "pushed" else "verify-revert"
    return _with(hop, step=step, promotion=left.promotion, entry=left, reason="recorded, and not finished yet")


def _goes_back(hop: Hop, record: Record) -> Hop | None:
    """It is being taken back, and that is not done yet: asked for in a pull request, or only decided."""
    entry = next((entry for entry in record.reversals() if entry.release == hop.release), None)
    if entry is None and hop.current == hop.release:
        entry = record.condemned(hop.current)
    if entry is None:
        return None
    held = record.hold(hop.release)
    reason = entry.reason or (held.reason if held else "")
    return _with(hop, step="revert", promotion=entry.promotion, entry=entry, reason=reason)


def _already_there(hop: Hop, standing: Standing, *, has_checks: bool) -> Hop:
    entry = standing.verdict or standing.entry
    if standing.condition == "verified" and entry:
        reason = f"already runs {hop.release}, verified {moment(entry.at)}"
        return _with(hop, step="skip", reason=reason, entry=entry)
    if standing.entry is None:
        return _with(hop, step="verify", reason="somebody else put it there")
    if not has_checks:
        reason = f"already runs {hop.release} (no checks are configured)"
        return _with(hop, step="skip", reason=reason, entry=standing.entry)
    return _with(hop, step="verify", promotion=standing.entry.promotion, entry=standing.entry)


def _brought(record: Record, release: str, run: str) -> Entry | None:
    """What this very run pushed before it was interrupted, and what something else has replaced since.

    It must not be pushed again: a run that waited for days would take the environment back.
    """
    reverted = {entry.promotion for entry in record.entries if entry.kind == "reverted"}
    own = [entry for entry in record.entries if entry.kind == "pushed" and (entry.release, entry.run) == (release, run)]
    return own[-1] if own and own[-1].promotion not in reverted else None


def _moved_on(hop: Hop, came: Entry) -> Hop:
    when = moment(came.at)
    what = "verified" if came.kind == "verdict" else "deployed"
    reason = f"{hop.release} was {what} here {when}; {hop.environment} has moved on to {hop.current}"
    return _with(hop, step="skip", reason=reason)


def _unverified_revert(standing: Standing, release: str) -> Entry | None:
    entry = standing.entry
    is_revert = entry is not None and entry.kind == "reverted" and entry.release == release
    return entry if is_revert and standing.condition == "deployed" else None


def _continued(hop: Hop, record: Record, run: str) -> Hop:
    """Take up the promotion that an earlier run brought as far as a gate, its pull request or its approval request.

    Who waits at a gate has usually not been tested yet.
    """
    request = record.request(hop.release) or record.proposal(hop.release) or _refused(record, hop.release, run)
    known = request or record.wait(hop.release)
    if known is None:
        return hop
    tested = [entry.suites for entry in record.of(known.promotion) if entry.kind == "tested"]
    return _with(hop, promotion=known.promotion, suites=tested[-1] if tested else () if request else None)


def _refused(record: Record, release: str, run: str) -> Entry | None:
    """What this very run asked and was refused while it was suspended: it must learn that, and not ask again."""
    refused = {entry.promotion for entry in record.entries if entry.kind == "rejected"}
    asked = [
        entry for entry in record.entries if entry.kind in ("requested", "proposed") and entry.promotion in refused
    ]
    return next((entry for entry in reversed(asked) if (entry.release, entry.run) == (release, run)), None)


def promotion_id(run: str, place: Place, release: str, finished: int) -> str:
    """Twelve hex digits; the same for the same run, place, release and number of promotions that came to an end."""
    subject = "\0".join([run, place.application, place.environment, release, str(finished)])
    return sha256(subject.encode()).hexdigest()[:12]


def _with(hop: Hop, **changes: object) -> Hop:
    return Hop.model_validate({**dict(hop), **changes})
