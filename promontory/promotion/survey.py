"""Where a promotion stands before it starts: what is already there, what a killed run left to finish."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256

from promontory import pipeline
from promontory.config import Config
from promontory.errors import UsageError
from promontory.model import Files, Place
from promontory.promotion.values import Hop
from promontory.promotion.workspace import Workspace
from promontory.record import Entry, Record, Standing
from promontory.release import check_release

Waves = tuple[tuple[Hop, ...], ...]


def survey(workspace: Workspace, application: str, release: str, to: str | None, run: str) -> Waves:
    """The hops that take ``release`` to the environment ``to`` (None: to all of them), in waves.

    ``run`` names the run; the ids of new promotions follow from it, so that the same run, started again,
    makes the same promotions. Raises `UsageError` where application, environment or release do not exist.
    """
    config = workspace.config
    config.application(application)
    if to is not None:
        config.place(application, to)
    check_release(release)
    check_exists(workspace, application, release)
    files = workspace.repository.files(workspace.repository.head())
    surveyor = _Surveyor(workspace, files, application, release, run)
    waves = pipeline.waves(config, application, to)
    targets = _targets(config, application) if to is None else {to}
    return tuple(tuple(surveyor.hop(name, is_target=name in targets) for name in wave) for wave in waves)


def _targets(config: Config, application: str) -> set[str]:
    """Where a release goes that goes everywhere: the last environments. It only passes through the others."""
    path = config.pipeline(application)
    return {name for name in path.environments if not path.downstream(name)}


def check_exists(workspace: Workspace, application: str, release: str) -> None:
    """Raises `UsageError` where the application's releases are published somewhere, and this one is not."""
    source = workspace.release_source(application)
    if source is not None and not source.knows(release, workspace.repository):
        remedy = "check the spelling; was it published, and are its tags pushed?"
        raise UsageError(f"{source.label} knows no release {release} of {application}", remedy)


@dataclass(frozen=True)
class _Surveyor:
    """One look at the repository and the ledger, for every hop of a run."""

    workspace: Workspace
    files: Files
    application: str
    release: str
    run: str

    def hop(self, environment: str, *, is_target: bool) -> Hop:
        config = self.workspace.config
        place = config.place(self.application, environment)
        current = self.workspace.strategy(self.application, environment).current(self.files)
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
        has_checks = bool(config.environment(environment).verify)
        standing = record.standing(current)
        if current == self.release:
            return _already_there(hop, standing, has_checks=has_checks)
        came = _brought(record, self.release, self.run)
        if came or (not is_target and (came := record.passed(self.release, has_checks=has_checks))):
            return _moved_on(hop, came)
        reverted = _unverified_revert(standing, self.release)
        if has_checks and reverted and record.hold(self.release):
            return _with(hop, step="verify-revert", promotion=reverted.promotion, entry=reverted)
        return _continued(hop, record, self.run)


def _already_there(hop: Hop, standing: Standing, *, has_checks: bool) -> Hop:
    entry = standing.verdict or standing.entry
    if standing.condition == "verified" and entry:
        reason = f"already runs {hop.release}, verified {entry.at:%Y-%m-%d %H:%M} UTC"
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
    when = f"{came.at:%Y-%m-%d %H:%M} UTC"
    what = "verified" if came.kind == "verdict" else "deployed"
    reason = f"{hop.release} was {what} here {when}; {hop.environment} has moved on to {hop.current}"
    return _with(hop, step="skip", reason=reason)


def _unverified_revert(standing: Standing, release: str) -> Entry | None:
    entry = standing.entry
    is_revert = entry is not None and entry.kind == "reverted" and entry.release == release
    return entry if is_revert and standing.condition == "deployed" else None


def _continued(hop: Hop, record: Record, run: str) -> Hop:
    """Take up the promotion that an earlier run brought as far as its approval request."""
    request = record.request(hop.release) or _refused(record, hop.release, run)
    if request is None:
        return hop
    tested = [entry.suites for entry in record.of(request.promotion) if entry.kind == "tested"]
    return _with(hop, promotion=request.promotion, suites=tested[-1] if tested else ())


def _refused(record: Record, release: str, run: str) -> Entry | None:
    """What this very run asked and was refused while it was suspended: it must learn that, and not ask again."""
    refused = {entry.promotion for entry in record.entries if entry.kind == "rejected"}
    asked = [entry for entry in record.entries if entry.kind == "requested" and entry.promotion in refused]
    return next((entry for entry in reversed(asked) if (entry.release, entry.run) == (release, run)), None)


def promotion_id(run: str, place: Place, release: str, finished: int) -> str:
    """Twelve hex digits; the same for the same run, place, release and number of promotions that came to an end."""
    subject = "\0".join([run, place.application, place.environment, release, str(finished)])
    return sha256(subject.encode()).hexdigest()[:12]


def _with(hop: Hop, **changes: object) -> Hop:
    return Hop.model_validate({**dict(hop), **changes})
