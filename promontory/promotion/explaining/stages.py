"""How far a release has come in each environment of its path, as Git and the ledger have it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from promontory.entry import Entry, EntryKind
from promontory.errors import StrategyError, TransientError
from promontory.model import Place
from promontory.promotion.explaining.values import Stage, StageState
from promontory.promotion.judging import judged, rule_for
from promontory.promotion.planning import closed, reasons
from promontory.promotion.snapshot import RepositorySnapshot
from promontory.promotion.upstream import upstream_of
from promontory.promotion.workspace import Workspace
from promontory.record import Record, Standing


def way(workspace: Workspace, place: Place, release: str, snapshot: RepositorySnapshot) -> tuple[Stage, ...]:
    """Every environment before ``place``, and that one last."""
    config = workspace.config
    names = [name for wave in config.pipeline(place.application).waves(place.environment) for name in wave]
    places = [config.place(place.application, name) for name in names]
    workspace.look_ahead(places, snapshot)
    return tuple(_stage(workspace, each, release, snapshot) for each in places)


def runs(workspace: Workspace, place: Place, snapshot: RepositorySnapshot) -> tuple[str | None, str]:
    """The release in force, and why it cannot be told where it cannot."""
    try:
        return workspace.current(place, snapshot), ""
    except (StrategyError, TransientError) as error:
        return None, error.message


def passed(workspace: Workspace, place: Place, release: str) -> Entry | None:
    """What shows that the release may go on from there."""
    return upstream_of(workspace, place.application, place.environment).passed(release)


def _stage(workspace: Workspace, place: Place, release: str, snapshot: RepositorySnapshot) -> Stage:
    current, problem = runs(workspace, place, snapshot)
    if problem:
        return Stage(environment=place.environment, state="unknown", reason=problem)
    record = workspace.record(place)
    if current == release:
        return _there(workspace, place, record.standing(current), record)
    return _Elsewhere(workspace, place, release, current, record).stage()


def _there(workspace: Workspace, place: Place, standing: Standing, record: Record) -> Stage:
    entry = standing.verdict or standing.entry
    stage = Stage(environment=place.environment, state=_condition(workspace, place, standing), runs=standing.release)
    if entry is None:
        return stage
    stage = stage.model_copy(update=_of(entry))
    if back := record.reversal(entry.promotion):
        return stage.model_copy(update={**_of(back), "state": "reverting", "url": back.address})
    soaking = record.soak(entry.promotion)
    if soaking:
        return stage.model_copy(update={**_of(soaking), "state": "soaking", "until": soaking.until})
    return stage


def _condition(workspace: Workspace, place: Place, standing: Standing) -> StageState:
    has_checks = bool(workspace.config.environment(place.environment).verify)
    if standing.condition == "deployed" and has_checks:
        return "verifying"
    states: Mapping[str, StageState] = {"verified": "verified", "deployed": "deployed", "unhealthy": "unhealthy"}
    return states.get(standing.condition, "foreign")


def _of(entry: Entry) -> dict[str, object]:
    return {
        "since": entry.at,
        "by": entry.by,
        "promotion": entry.promotion,
        "run": entry.run,
        "reason": entry.reason,
    }


@dataclass(frozen=True)
class _Elsewhere:
    """A release that is not in force, in one environment."""

    workspace: Workspace
    place: Place
    release: str
    current: str | None
    record: Record

    def stage(self) -> Stage:
        stage = Stage(environment=self.place.environment, state="absent", runs=self.current)
        last = next((entry for entry in self.record.newest(release=self.release) if self._counts(entry)), None)
        held = self.record.hold(self.release)
        if held and not self._is_to_pass():
            return stage.model_copy(update={**_of(held), "state": self._why_held(held)})
        if back := self.record.reversals():
            # Another release is in force, and what is taken back is this one: it went by other means.
            last = next((entry for entry in back if entry.release == self.release), last)
        if last is None:
            return stage
        told = _TOLD.get(last.kind, _left)
        return stage.model_copy(update={**_of(last), **told(self, last)})

    def _is_to_pass(self) -> bool:
        """Whether somebody has asked to come in past holds and all other gates."""
        request = self.record.request(self.release)
        return bool(request and request.break_glass)

    def _counts(self, entry: Entry) -> bool:
        return entry.release == self.release and entry.kind not in ("undelivered", "held", "lifted")

    def _why_held(self, held: Entry) -> StageState:
        """One that was set with a revert bears the id of what was taken back."""
        kinds = {entry.kind for entry in self.record.of(held.promotion)}
        return "reverted" if "reverted" in kinds else "held"


Told = Callable[[_Elsewhere, Entry], Mapping[str, object]]


def _left(seen: _Elsewhere, last: Entry) -> Mapping[str, object]:
    """It was in force, and is no longer; ``last`` is what was said of it at last."""
    through = passed(seen.workspace, seen.place, seen.release)
    return {**_of(through or last), "state": "passed" if through else "replaced"}


def _asked(seen: _Elsewhere, last: Entry) -> Mapping[str, object]:
    """A request that waits; after a yes or a no nobody may have gone on yet."""
    proposal = seen.record.proposal(seen.release)
    if proposal and proposal.promotion == last.promotion:
        first = next(each for each in seen.record.of(last.promotion) if each.kind == "proposed")
        return {"state": "proposed", "since": first.at, "url": proposal.address, "reason": ""}
    request = seen.record.request(seen.release) or last
    rule = rule_for(seen.workspace, seen.place.environment)
    if rule is None:
        return {"state": "begun"}
    entries = seen.record.of(request.promotion)
    state = judged(seen.workspace, rule, entries, request.digest or "")
    lapses = request.at + rule.expires if rule.expires else None
    told = state.reason or f"approved by {', '.join(state.by)}"
    word: StageState = "approved" if state.status == "granted" else "approval"
    asked = {"until": lapses, "reason": told, "break_glass": request.break_glass}
    return {**_of(request), "state": word, **asked}


def _tested(seen: _Elsewhere, last: Entry) -> Mapping[str, object]:  # noqa: ARG001 — as the others
    failed = [f"{each.title}: {each.reason or each.outcome}" for each in last.suites if each.blocks]
    return {"state": "tests-failed" if failed else "begun", "reason": "; ".join(failed)}


def _planned(seen: _Elsewhere, last: Entry) -> Mapping[str, object]:  # noqa: ARG001 — as the others
    shut = closed(last.gates)
    return {"state": "closed" if shut else "begun", "reason": reasons(shut)}


def _waiting(seen: _Elsewhere, last: Entry) -> Mapping[str, object]:  # noqa: ARG001 — as the others
    return {"state": "waiting", "until": last.until, "reason": reasons(closed(last.gates)) or last.reason}


def _refused(seen: _Elsewhere, last: Entry) -> Mapping[str, object]:  # noqa: ARG001 — as the others
    """Without a proof nobody said no: time did."""
    return {"state": "rejected" if last.proof else "expired", "url": last.address}


def _over(state: StageState) -> Told:
    return lambda _, last: {"state": state, "url": last.address}


_TOLD: Mapping[EntryKind, Told] = {
    "planned": _planned,
    "tested": _tested,
    "requested": _asked,
    "reminded": _asked,
    "approved": _asked,
    "proposed": _asked,
    "waiting": _waiting,
    "bypassed": _over("begun"),
    "rejected": _refused,
    "superseded": _over("superseded"),
    "reverting": _over("reverting"),
    "reverted": _over("reverted"),
}
