"""One strategy at work in a repository of its own: runs that promote there, and what is there then."""

from __future__ import annotations

from pathlib import Path

from promontory.entry import Entry
from promontory.promotion.delivery import deliver, plan_hop
from promontory.promotion.survey import survey
from promontory.promotion.values import Hop
from tests.promotion.kinds import Kind
from tests.promotion.world import LEDGER, Hops, World


class Stage:
    """A world of one kind, and a run in it."""

    def __init__(self, kind: Kind, directory: Path) -> None:
        self.kind = kind
        self.world: World = kind.world(directory)
        self.runs = 0

    def publish(self, release: str, *applications: str) -> None:
        for application in applications or ("web-app",):
            self.kind.published(self.world, application, release)

    def hops(self) -> Hops:
        self.runs += 1
        return Hops(self.world.workspace(), f"run-{self.runs}")

    def surveyed(self, hops: Hops, release: str, to: str = "staging", **also: str) -> list[Hop]:
        hops.workspace.repository.sync()
        return [hop for wave in survey(hops.workspace, "web-app", release, to, hops.run, also) for hop in wave]

    def promote(self, release: str, to: str = "staging") -> list[str]:
        """Through every environment on the way; what was left to do in each."""
        hops = self.hops()
        steps: list[str] = []
        for number in range(len(self.surveyed(hops, release, to))):
            hop = self.surveyed(hops, release, to)[number]
            steps.append(hop.step)
            hops.finish(hop)
        return steps

    def push(self, hops: Hops, release: str, **also: str) -> tuple[Hop, Entry]:
        """Into staging, as far as the push."""
        hop = self.surveyed(hops, release, **also)[-1]
        return hop, deliver(hops.workspace, hop, plan_hop(hops.workspace, hop)[0])

    def running(self, environment: str = "staging", application: str = "web-app") -> str | None:
        return self.world.running(environment, application)

    def trees(self) -> str:
        """What every branch but the ledger holds, as object ids."""
        form = "--format=%(refname) %(tree)"
        refs = self.world.git("for-each-ref", form, "refs/heads").splitlines()
        return "\n".join(line for line in refs if not line.startswith(f"refs/heads/{LEDGER}"))

    def refs(self) -> str:
        refs = self.world.git("for-each-ref", "refs/heads", "refs/tags").splitlines()
        return "\n".join(line for line in refs if LEDGER not in line)
