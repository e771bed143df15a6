"""A train: many applications of one repository that move in one plan and one commit, and how that grows."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.tables import Row, print_table
from promontory.config import load
from promontory.ledger import Ledger
from promontory.promotion.delivery import deliver, plan_hop
from promontory.promotion.survey import survey
from promontory.promotion.vocabulary import VOCABULARY
from promontory.promotion.workspace import Actor, Workspace
from promontory.repository import GitSettings, Repository, create_bare

SIZES = (100, 1000)
LINEAR = 1.5  # ten times as many applications may take so many times ten times as long
SECONDS = 5.0
KUSTOMIZATION = "kind: Kustomization\nresources: [../base]\nimages:\n- name: acme/app\n  newTag: v1.0.0\n"
CONFIG = """\
  app-{number}:
    strategy: {{kind: directory, path: 'apps/app-{number}/{{environment}}', image: acme/app}}
"""


@contextmanager
def workspace(count: int) -> Iterator[Workspace]:
    """A repository of ``count`` applications that run v1.0.0, seen through a mirror that is warm."""
    with TemporaryDirectory(prefix="promontory-bench-") as directory:
        place = Path(directory)
        files = {f"apps/app-{number}/dev/kustomization.yaml": KUSTOMIZATION for number in range(count)}
        create_bare(place / "gitops.git", files)
        text = "applications:\n" + "".join(CONFIG.format(number=number) for number in range(count))
        config = load(text + "environments:\n  dev: {}\n", file="promontory.yaml", vocabulary=VOCABULARY)
        repository = Repository.open(f"file://{place / 'gitops.git'}", GitSettings(place / "cache"))
        repository.sync()
        yield Workspace(config, None, repository, Ledger(repository, "promontory/ledger"), Actor("bench", "run"))
        repository.close()


def seconds(work: Callable[[], object]) -> float:
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


def promote(seen: Workspace, release: str) -> None:
    """Survey, plan and push every application."""
    first, *others = seen.config.applications
    ((hop,),) = survey(seen, first, release, None, release, dict.fromkeys(others, release))
    plan, _ = plan_hop(seen, hop)
    deliver(seen, hop, plan)


def main() -> int:
    os.environ.setdefault("GIT_CONFIG_NOSYSTEM", "1")
    took = {}
    for count in SIZES:
        with workspace(count) as seen:
            cold = seconds(lambda: promote(seen, "v1.1.0"))
            took[count] = cold, seconds(lambda: promote(seen, "v1.2.0"))
    rows = [
        Row(f"{count} applications, {how}: survey, plan and push [s]", value)
        for count in SIZES
        for how, value in zip(("first time", "again"), took[count], strict=True)
    ]
    small, large = (max(took[count]) for count in SIZES)
    growth = large / small / (SIZES[1] / SIZES[0])
    rows += [
        Row("how it grows", None, "against linear", growth, LINEAR, at_most=True),
        Row(f"{SIZES[1]} applications", None, f"of {SECONDS:g} s", large / SECONDS, 1.0, at_most=True),
    ]
    print_table("Release trains", rows)
    return 0 if all(row.verdict != "MISS" for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
