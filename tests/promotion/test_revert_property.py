"""Random histories of promotions, edits by hand and reverts: the release is what a model says, and so is every byte.

The model knows nothing of Git or the ledger. It keeps what each application runs, which promotions there were, what was
verified and what is held, and it writes the files out of that: whatever differs by a byte is a mistake.
"""

from __future__ import annotations

import tempfile
from dataclasses import dataclass, field
from pathlib import Path

from hypothesis import HealthCheck, Phase, example, given, settings
from hypothesis import strategies as st

from promontory.config import load
from promontory.entry import Entry
from promontory.model import Place
from promontory.promotion.delivery import deliver, plan_hop
from promontory.promotion.holding import lift_hold
from promontory.promotion.reverting import revert
from promontory.promotion.survey import survey
from promontory.promotion.values import Hop
from promontory.repository import create_bare
from tests.promotion.fakes import VOCABULARY
from tests.promotion.world import Hops, World

CONFIG = """\
applications:
  web-app: {strategy: {kind: directory, path: envs, file: dev.yaml, key: "tags.{application}"}}
  api: {strategy: {kind: directory, path: envs, file: dev.yaml, key: "tags.{application}"}}
  shop: {strategy: {kind: directory, path: apps/shop, image: acme/shop}}
environments:
  dev: {verify: [{kind: fake}]}
"""
BOTH = """\
# ours{top}
tags:
  web-app: {web-app}  # {web-app note}
  api: {api}  # {api note}
# the end{end}
"""
SHOP = """\
# shop{top}
images:
- name: acme/shop
  newTag: {shop}  # {shop note}
# the end{end}
"""
Operation = tuple[object, ...]
APPLICATIONS = ("web-app", "api", "shop")
NAMES = st.sampled_from(APPLICATIONS)
RELEASES = st.sampled_from(["v1.0.0", "v1.1.0", "v1.2.0", "v1.3.0"])
TOGETHER = st.sampled_from([("web-app",), ("api",), ("shop",), ("web-app", "api")])
PROMOTE = st.tuples(st.just("promote"), TOGETHER, RELEASES)
# The newest, the one before, …
REVERT = st.tuples(st.just("revert"), st.integers(0, 3))
OPERATIONS = st.one_of(
    PROMOTE,
    st.one_of(
        st.tuples(st.just("verify"), NAMES),
        st.tuples(st.just("set"), NAMES, RELEASES),
        st.tuples(st.just("note"), NAMES),
        st.tuples(st.just("around"), st.sampled_from(["top", "end"])),
        st.tuples(st.just("lift"), NAMES, RELEASES),
    ),
    REVERT,
)
HISTORIES = st.tuples(PROMOTE, PROMOTE, st.lists(OPERATIONS, min_size=5, max_size=9), REVERT)


@dataclass
class Promotion:
    """``previous``: application → what it ran before; ``last``: those that no later promotion has moved."""

    release: str
    previous: dict[str, str]
    last: set[str]
    reverted: bool = False


@dataclass
class Model:
    runs: dict[str, str] = field(default_factory=lambda: dict.fromkeys(APPLICATIONS, "v1.0.0"))
    notes: dict[str, str] = field(default_factory=lambda: dict.fromkeys(APPLICATIONS, "moved"))
    around: dict[str, str] = field(default_factory=lambda: {"top": "", "end": ""})
    promotions: list[Promotion] = field(default_factory=list)
    held: set[tuple[str, str]] = field(default_factory=set)
    judged: list[tuple[str, str, bool]] = field(default_factory=list)

    def files(self) -> dict[str, str]:
        values = {**self.runs, **{f"{name} note": note for name, note in self.notes.items()}, **self.around}
        return {
            "envs/dev.yaml": BOTH.format_map(values),
            "apps/shop/kustomization.yaml": SHOP.format_map(values),
            "README.md": "# GitOps\n",
        }

    def promote(self, names: tuple[str, ...], release: str) -> None:
        for other in self.promotions:
            other.last -= set(names)
        self.promotions.append(Promotion(release, {name: self.runs[name] for name in names}, set(names)))
        self.runs |= dict.fromkeys(names, release)

    def revert(self, promotion: Promotion) -> bool:
        """Whether anything goes back."""
        there = [name for name in promotion.last if self.runs[name] == promotion.release]
        if promotion.reverted or not there:
            self.held |= set() if promotion.reverted else {(name, promotion.release) for name in promotion.previous}
            return promotion.reverted
        targets = {name: self.target(name, promotion) for name in there}
        self.runs |= targets
        self.held |= {(name, promotion.release) for name in promotion.previous}
        self.judged += [(name, promotion.release, False) for name in there]
        promotion.reverted = True
        for other in self.promotions:
            other.last -= set(there)
        return True

    def target(self, name: str, promotion: Promotion) -> str:
        """What ran before; where that is held, the last that was found good, is not held and was not taken back."""
        before = promotion.previous[name]
        if (name, before) not in self.held:
            return before
        for application, release, good in reversed(self.judged):
            latest = [it for who, what, it in self.judged if (who, what) == (name, release)][-1]
            mine = application == name and good and release != promotion.release
            if mine and latest and (name, release) not in self.held:
                return release
        return before


class History:
    """The same, for real."""

    def __init__(self, directory: Path) -> None:
        self.model = Model()
        create_bare(directory / "gitops.git", self.model.files())
        self.world = World(directory, load(CONFIG, file="promontory.yaml", vocabulary=VOCABULARY))
        self.workspace = self.world.workspace()
        self.pushed: list[tuple[Hop, Entry]] = []
        self.runs = 0

    def step(self, operation: Operation) -> None:
        self.workspace.repository.sync()
        name, *arguments = operation
        getattr(self, str(name))(*arguments)
        files = {path: self.world.git("show", f"main:{path}") for path in self.model.files()}
        assert files == self.model.files(), operation

    def promote(self, names: tuple[str, ...], release: str) -> None:
        model = self.model
        if any(model.runs[name] == release or (name, release) in model.held for name in names):
            return
        self.runs += 1
        hops = Hops(self.workspace, f"run-{self.runs}")
        others = dict.fromkeys(names[1:], release)
        (wave,) = survey(hops.workspace, names[0], release, "dev", hops.run, others, allow_downgrade=True)
        entry = deliver(hops.workspace, wave[0], plan_hop(hops.workspace, wave[0])[0])
        self.pushed.append((wave[0], entry))
        model.promote(names, release)

    def verify(self, name: str) -> None:
        """What its last promotion brought is healthy."""
        for (hop, entry), promotion in zip(self.pushed, self.model.promotions, strict=True):
            if name in promotion.last and len(promotion.previous) == 1 and self.model.runs[name] == promotion.release:
                Hops(self.workspace).verify(hop, entry)
                self.model.judged.append((name, promotion.release, True))

    def revert(self, number: int) -> None:
        if number >= len(self.pushed):
            return
        hop, entry = self.pushed[-1 - number]
        reverted = revert(self.workspace, hop, entry, "taken back")
        assert (reverted is not None) == self.model.revert(self.model.promotions[-1 - number])

    def set(self, name: str, release: str) -> None:
        self.model.runs[name] = release
        self._by_hand()

    def note(self, name: str) -> None:
        self.model.notes[name] += "!"
        self._by_hand()

    def around(self, where: str) -> None:
        self.model.around[where] += " too"
        self._by_hand()

    def lift(self, name: str, release: str) -> None:
        if (name, release) in self.model.held:
            lift_hold(self.workspace, Place(name, "dev"), release)
            self.model.held.discard((name, release))

    def _by_hand(self) -> None:
        for path, text in self.model.files().items():
            if text != self.world.git("show", f"main:{path}"):
                self.world.edit(path, r"(?s)\A.*\Z", text.replace("\\", r"\\"))


def web(release: str) -> Operation:
    return ("promote", ("web-app",), release)


# What chance seldom finds: the release before is held by now; the same release has come once more.
@example((web("v1.1.0"), ("verify", "web-app"), [web("v1.2.0"), web("v1.3.0"), ("revert", 1)], ("revert", 0)))
@example((web("v1.1.0"), web("v1.2.0"), [web("v1.1.0")], ("revert", 2)))
@settings(
    max_examples=12,
    deadline=None,
    derandomize=True,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.too_slow],
)
@given(HISTORIES)
def test_after_any_revert_release_and_bytes_are_what_the_model_says(
    drawn: tuple[Operation, Operation, list[Operation], Operation],
) -> None:
    first, second, between, last = drawn
    with tempfile.TemporaryDirectory(prefix="promontory-test-") as directory:
        history = History(Path(directory))
        try:
            for operation in (first, second, *between, last):
                history.step(operation)
        finally:
            history.world.close()
