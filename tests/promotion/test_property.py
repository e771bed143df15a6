"""Whatever is promoted, reverted, rolled back and edited by hand in whatever order: Git and the ledger agree."""

from __future__ import annotations

import re
import tempfile
from pathlib import Path

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from promontory.errors import NotAllowed, UsageError
from promontory.model import Place
from promontory.promotion.auditing import ledger_files
from promontory.promotion.holding import lift_hold
from promontory.promotion.reverting import revert, roll_back
from promontory.record import Record
from tests.promotion.world import LEDGER, Hops, World, create_world, path_of

APPLICATIONS = ("api", "web-app")
ENVIRONMENTS = ("dev", "staging")
PIPELINE = """\
environments:
  dev:
    verify: [{kind: fake, broken: [v6.6.6]}]
  staging:
    verify: [{kind: fake, broken: [v6.6.6]}]
"""
PLACES = st.builds(Place, st.sampled_from(APPLICATIONS), st.sampled_from(ENVIRONMENTS))
RELEASES = st.sampled_from(["v1.0.0", "v1.1.0", "v1.2.0", "v6.6.6"])


class Operations(RuleBasedStateMachine):
    """Two machines with caches of their own take turns; ``expected`` is what each place should run."""

    world: World

    @initialize()
    def begin(self) -> None:
        self.directory = tempfile.TemporaryDirectory(prefix="promontory-test-")
        self.world = create_world(Path(self.directory.name), APPLICATIONS, PIPELINE)
        self.world.archive_after = 5
        self.machines = [self.world.workspace(cache=f"machine-{number}") for number in range(2)]
        self.reader = self.world.workspace(cache="reader")
        self.expected = {(name, where): "v1.0.0" for name in APPLICATIONS for where in ENVIRONMENTS}
        self.by_ledger: set[tuple[str, str]] = set()
        self.seen: set[str] = set()
        self.runs = 0

    @rule(place=PLACES, release=RELEASES, machine=st.integers(0, 1))
    def promote(self, place: Place, release: str, machine: int) -> None:
        hops, before = self._hops(machine), self._expected(place)
        held = hops.workspace.record(place).hold(release)
        try:
            hops.promote(release, place.environment, place.application)
        except NotAllowed:
            assert held
            return
        if release == before:
            self._unless_foreign_and_broken(place, release, hops)
        elif not held:
            self._runs(place, self._after_revert(place, before) if release == "v6.6.6" else release)

    @rule(place=PLACES, release=RELEASES, machine=st.integers(0, 1))
    def push_and_take_back(self, place: Place, release: str, machine: int) -> None:
        hops, before = self._hops(machine), self._expected(place)
        if release == before or hops.workspace.record(place).hold(release):
            return
        hop, entry = hops.push(release, place.environment, place.application)
        assert revert(hops.workspace, hop, entry, "taken back")
        assert revert(hops.workspace, hop, entry, "taken back")
        self._runs(place, self._after_revert(place, before))

    @rule(place=PLACES, to=st.none() | RELEASES, machine=st.integers(0, 1))
    def take_back_by_hand(self, place: Place, to: str | None, machine: int) -> None:
        hops = self._hops(machine)
        try:
            _, entry = roll_back(hops.workspace, place, to, "by hand", hops.run)
        except (NotAllowed, UsageError):
            return
        assert entry.previous
        self._runs(place, entry.previous)

    @rule(place=PLACES, release=RELEASES)
    def set_by_hand(self, place: Place, release: str) -> None:
        if release != self._expected(place):
            self.world.set_release(place.environment, release, place.application)
            self.expected[place.application, place.environment] = release
            self.by_ledger.discard((place.application, place.environment))

    @rule(place=PLACES)
    def change_the_neighbourhood(self, place: Place) -> None:
        self.world.edit(path_of(place.environment, place.application), "# the", "# the very")

    @rule(place=PLACES, release=RELEASES, machine=st.integers(0, 1))
    def lift(self, place: Place, release: str, machine: int) -> None:
        hops = self._hops(machine)
        if hops.workspace.record(place).hold(release):
            lift_hold(hops.workspace, place, release)

    @invariant()
    def git_and_the_ledger_agree(self) -> None:
        self.reader.repository.sync()
        for (application, environment), release in self.expected.items():
            assert self.world.release(environment, application) == release
            record = Record(self.reader.ledger.entries(application, environment))
            standing = record.standing(release)
            in_force = [entry.in_force for entry in record.entries if entry.in_force]
            if (application, environment) in self.by_ledger:
                assert standing.condition in ("verified", "deployed")
                assert in_force[-1] == release

    @invariant()
    def no_other_byte_has_changed(self) -> None:
        for application, environment in self.expected:
            text = self.world.read(environment, application)
            assert re.fullmatch(
                rf"# {application} in {environment}\nkind: Kustomization\nnamespace: {application}\nimages:\n"
                rf"  - name: acme/{application}\n    newTag: v\d\.\d\.\d    # promoted\n# the (very )*end\n",
                text,
            ), text

    @invariant()
    def no_entry_is_lost_or_changed(self) -> None:
        head = self.reader.repository.heads().get(LEDGER)
        names = ledger_files(self.reader, head).names if head else []
        now = {f"{name.path} {name.oid}" for name in names}
        assert self.seen <= now
        assert len(names) == len(now)
        self.seen = now

    def teardown(self) -> None:
        self.world.close()
        self.directory.cleanup()

    def _hops(self, machine: int) -> Hops:
        self.runs += 1
        self.machines[machine].repository.sync()
        return Hops(self.machines[machine], f"run-{self.runs}", allow_downgrade=True)

    def _expected(self, place: Place) -> str:
        return self.expected[place.application, place.environment]

    def _runs(self, place: Place, release: str) -> None:
        self.expected[place.application, place.environment] = release
        self.by_ledger.add((place.application, place.environment))

    def _after_revert(self, place: Place, before: str) -> str:
        """What was there before, unless that is held by now (`test_revert_property` has a model of that)."""
        held = self.world.record(place.environment, place.application).hold(before)
        return self.world.release(place.environment, place.application) if held else before

    def _unless_foreign_and_broken(self, place: Place, release: str, hops: Hops) -> None:
        """What somebody else put there is verified and left there, healthy or not."""
        if release != "v6.6.6":
            self._runs(place, release)


TestOperations = Operations.TestCase
TestOperations.settings = settings(
    max_examples=6,
    stateful_step_count=10,
    deadline=None,
    derandomize=True,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.too_slow],
)
