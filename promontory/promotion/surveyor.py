"""What is left to do in one environment: all of it, only to verify or to take back what is there, or nothing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from promontory.clock import moment
from promontory.entry import Entry
from promontory.gates import Upstream
from promontory.gates.contract import Provenance
from promontory.model import Place
from promontory.pipeline import Pipeline
from promontory.promotion.downgrades import newer_there
from promontory.promotion.finishing import unfinished
from promontory.promotion.snapshot import RepositorySnapshot
from promontory.promotion.upstream import upstream_of
from promontory.promotion.values import Hop
from promontory.promotion.workspace import Workspace
from promontory.record import Record, Standing
from promontory.release import shown

# The proofs of "rejected" entries that were nobody's answer: time, the pull request's end, a run that left a queue.
_NOBODYS_WORD = (None, "pull request", "run")
_STRICTEST_FIRST: tuple[Provenance, ...] = ("verified", "deployed", "none")


@dataclass(frozen=True)
class Surveyor:
    """One look at the repository and the ledger, for every hop of one application in a run."""

    workspace: Workspace
    snapshot: RepositorySnapshot
    application: str
    release: str
    run: str
    path: Pipeline
    targets: frozenset[str]

    @property
    def places(self) -> list[Place]:
        return [Place(self.application, environment) for environment in self.path.environments]

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
        upstream = upstream_of(self.workspace, self.application, environment)
        standing = record.standing(hop.current)
        if record.proposal(self.release):
            # It may have been merged while nobody looked; the forge knows.
            return self._continued(hop, record)
        if hop.current == self.release:
            return _already_there(hop, standing, upstream)
        if moved := self._moved_on(hop, record, upstream):
            return moved
        reverted = _unverified_revert(standing, self.release)
        if upstream.has_checks and reverted and record.hold(self.release):
            return with_changes(hop, step="verify-revert", promotion=reverted.promotion, entry=reverted)
        return self._continued(hop, record)

    def _continued(self, hop: Hop, record: Record) -> Hop:
        """Take up the promotion that an earlier run brought as far as a gate, its pull request or its approval request.

        Who waits at a gate has usually not been tested yet.
        """
        refused = _refused(record, hop.release, self.run, self.workspace.actor.since)
        request = record.request(hop.release) or record.proposal(hop.release) or refused
        known = request or record.wait(hop.release)
        if known is None:
            return hop
        tested = [entry.suites for entry in record.of(known.promotion) if entry.kind == "tested"]
        return with_changes(hop, promotion=known.promotion, suites=tested[-1] if tested else () if request else None)

    def _moved_on(self, hop: Hop, record: Record, upstream: Upstream) -> Hop | None:
        """It need not come here (again): this run brought it, or it only passes through and has what is asked for."""
        if came := _brought(record, self.release, self.run):
            return _has_been(hop, came)
        if hop.environment in self.targets:
            return None
        asked = self._asked(hop.environment)
        if came := upstream.passed(self.release, asked):
            return _has_been(hop, came)
        newer = newer_there(self.workspace, hop.place, self.release, self.snapshot) if asked == "none" else ""
        reason = f"{hop.environment} runs {shown(newer)}, which is newer, and nothing after it asks for a proof"
        return with_changes(hop, step="skip", reason=reason) if newer else None

    def _asked(self, environment: str) -> Provenance:
        """The strictest proof that what comes right after the environment, on this way, wants of it."""
        after = [name for name in self.path.environments if environment in self.path.after(name)]
        asked = {self.workspace.config.environment(name).provenance for name in after}
        return next((each for each in _STRICTEST_FIRST if each in asked), "verified")


def _cut_short(hop: Hop, left: Entry) -> Hop:
    """Take up what an earlier run has recorded, and died before it was all done."""
    step = "verify" if left.kind == "pushed" else "verify-revert"
    return with_changes(hop, step=step, promotion=left.promotion, entry=left, reason="recorded, and not finished yet")


def _goes_back(hop: Hop, record: Record) -> Hop | None:
    """It is being taken back, and that is not done yet: asked for in a pull request, or only decided."""
    entry = next((entry for entry in record.reversals() if entry.release == hop.release), None)
    if entry is None and hop.current == hop.release:
        entry = record.condemned(hop.current)
    if entry is None:
        return None
    held = record.hold(hop.release)
    reason = entry.reason or (held.reason if held else "")
    return with_changes(hop, step="revert", promotion=entry.promotion, entry=entry, reason=reason)


def _already_there(hop: Hop, standing: Standing, upstream: Upstream) -> Hop:
    """A verdict that came without the soak which is asked for by now is not enough: that is made up for."""
    entry = standing.verdict or standing.entry
    if standing.condition == "verified" and entry and upstream.soaked(hop.release):
        reason = f"already runs {hop.release}, verified {moment(entry.at)}"
        return with_changes(hop, step="skip", reason=reason, entry=entry)
    if standing.entry is None:
        return with_changes(hop, step="verify", reason="somebody else put it there")
    if not upstream.has_checks:
        reason = f"already runs {hop.release} (no checks are configured)"
        return with_changes(hop, step="skip", reason=reason, entry=standing.entry)
    return with_changes(hop, step="verify", promotion=standing.entry.promotion, entry=standing.entry)


def _brought(record: Record, release: str, run: str) -> Entry | None:
    """What this very run pushed before it was interrupted, and what something else has replaced since.

    It must not be pushed again: a run that waited for days would take the environment back.
    """
    own = next((entry for entry in record.newest("pushed", release=release) if entry.run == run), None)
    return own if own and own.promotion not in record.promotions("reverted") else None


def _has_been(hop: Hop, came: Entry) -> Hop:
    when = moment(came.at)
    what = "verified" if came.kind == "verdict" else "deployed"
    reason = f"{hop.release} was {what} here {when}; {hop.environment} has moved on to {hop.current}"
    return with_changes(hop, step="skip", reason=reason)


def _unverified_revert(standing: Standing, release: str) -> Entry | None:
    entry = standing.entry
    is_revert = entry is not None and entry.kind == "reverted" and entry.release == release
    return entry if is_revert and standing.condition == "deployed" else None


def _refused(record: Record, release: str, run: str, since: datetime | None) -> Entry | None:
    """What this very run was refused while it waited, or was overtaken: it must learn that, and not ask again.

    A run that only took up what another one had asked has left no entry of its own: of it that is so which ended
    since it began (``since``).
    """
    refused = record.promotions("rejected", "superseded")
    asked = (entry for entry in record.newest("requested", "proposed", "waiting", release=release) if entry.run == run)
    own = next((entry for entry in asked if entry.promotion in refused), None)
    return own or _ended_since(record, release, since)


def _ended_since(record: Record, release: str, since: datetime | None) -> Entry | None:
    """The newest promotion of ``release``, where somebody's no, or a newer release, has ended it after that."""
    end = next(record.newest("rejected", "superseded", "pushed", release=release), None) if since else None
    if end is None or since is None or end.at < since or end.kind == "pushed":
        return None
    return end if end.kind == "superseded" or end.proof not in _NOBODYS_WORD else None


def promotion_id(run: str, place: Place, release: str, finished: int) -> str:
    """Twelve hex digits; the same for the same run, place, release and number of promotions that came to an end."""
    subject = "\0".join([run, place.application, place.environment, release, str(finished)])
    return sha256(subject.encode()).hexdigest()[:12]


def with_changes(hop: Hop, **changes: object) -> Hop:
    return Hop.model_validate({**dict(hop), **changes})
