"""What 100,000 entries in the ledger cost: the commands that read it, one push, and the audit of all of it.

The ledger is written with ``git fast-import``, one commit an entry, with a valid chain: promotions of 20 applications
through 3 environments, over two years. The first push moves it to its archive. Commands run as processes, with a warm
mirror.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median

from benchmarks.git_work import git
from benchmarks.tables import Row, print_table
from promontory.entry import Entry
from promontory.health import Health, Verdict
from promontory.ledger.archive import plan_archiving
from promontory.ledger.chain import Chain
from promontory.model import Place
from promontory.promotion.archiving import archive
from promontory.promotion.location import open_workspace
from promontory.promotion.workspace import Actor, Workspace
from promontory.settings import Settings

APPLICATIONS, ENVIRONMENTS = 20, ("dev", "staging", "production")
KINDS = ("planned", "pushed", "verdict")
LEDGER = "refs/heads/promontory/ledger"
SPAN = timedelta(days=730)
FEW, ROUNDS = 100, 15
SECOND, PUSH_RATIO, AUDIT_SECONDS = 1.0, 1.3, 30.0


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    arguments.add_argument("--entries", type=int, default=100_000)
    count = arguments.parse_args().entries
    with tempfile.TemporaryDirectory(prefix="promontory-benchmark-") as directory:
        few, many = Path(directory) / "few", Path(directory) / "many"
        for place, entries in ((few, FEW), (many, count)):
            generate(place / "gitops.git", entries)
        print_table(f"A ledger of {count:,} entries (milliseconds)", measure(few, many))


def measure(few: Path, many: Path) -> list[Row]:
    commands = {
        "history": ("history",),
        "history of one promotion": ("history", "--promotion", f"{5:012x}"),
        "status": ("status",),
        "pending": ("pending",),
        "plan": ("plan", "app-1", "v9.9.9", "--to", "dev"),
    }
    rows = [Row("all entries of a head moved to the archive", archive_all(many) * 1000)]
    for name, words in commands.items():
        base, seconds = run(few, words), run(many, words)
        rows.append(Row(f"promontory {name}, {FEW} entries", base * 1000))
        rows.append(Row("  all entries", seconds * 1000, "of 1 s:", seconds / SECOND, 1, at_most=True))
    pushes, fetches = zip(*pushes_and_fetches([few, many]), strict=True)
    for name, (base, seconds) in (("pushed onto", pushes), ("fetched elsewhere, of", fetches)):
        rows.append(Row(f"one entry {name} {FEW}", base * 1000))
        rows.append(Row(f"  {name} all", seconds * 1000, "all ÷ few", seconds / base, PUSH_RATIO, at_most=True))
    audit = run(many, ("audit", "verify"), rounds=1)
    rows.append(Row("audit verify", audit * 1000, "of 30 s:", audit / AUDIT_SECONDS, 1, at_most=True))
    return rows


def run(place: Path, words: Sequence[str], rounds: int = 3) -> float:
    """Seconds from the shell's point of view; the first run, which fills the mirror, does not count."""
    environment = {
        **os.environ,
        "PROMONTORY_REPOSITORY": f"file://{place / 'gitops.git'}",
        "PROMONTORY_CACHE_DIR": str(place / "cache"),
    }
    taken = []
    for _ in range(rounds + 1):
        started = time.perf_counter()
        command = [sys.executable, "-m", "promontory.cli", *words]
        subprocess.run(command, env=environment, capture_output=True, check=True)
        taken.append(time.perf_counter() - started)
    return median(taken[1:])


def pushes_and_fetches(places: Sequence[Path]) -> list[tuple[float, float]]:
    """For each place, seconds that one entry takes to be pushed, and another machine's mirror to have it.

    They take turns, so that whatever else the machine does falls on all of them.
    """
    machines = [(opened(place), opened(place, "other")) for place in places]
    taken: list[list[tuple[float, float]]] = [[] for _ in places]
    for number in range(ROUNDS):
        for (workspace, other), seconds in zip(machines, taken, strict=True):
            entry = workspace.entry(
                "held", Place("app-1", "production"), f"v{number}", f"{number:012x}", reason="bench"
            )
            pushed = seconds_of(lambda here=workspace, entry=entry: here.append([entry]))
            seconds.append((pushed, seconds_of(other.repository.sync)))
    for workspace, other in machines:
        workspace.repository.close()
        other.repository.close()
    return [(median(pushed), median(fetched)) for pushed, fetched in (zip(*each, strict=True) for each in taken)]


def archive_all(place: Path) -> float:
    workspace = opened(place)
    archiving = plan_archiving(workspace.repository, workspace.ledger_head() or "", 1)
    assert archiving
    seconds = seconds_of(lambda: archive(workspace.repository, workspace.ledger.branch, archiving))
    workspace.repository.close()
    return seconds


def seconds_of(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def opened(place: Path, cache: str = "cache") -> Workspace:
    settings = Settings.model_validate({"repository": f"file://{place / 'gitops.git'}", "cache_dir": place / cache})
    return open_workspace(settings, Actor("bench"))


def generate(origin: Path, count: int) -> None:
    origin.parent.mkdir()
    git(origin.parent, "init", "--quiet", "--bare", "--initial-branch=main", str(origin))
    git(origin, "config", "uploadpack.allowFilter", "true")
    files = {"promontory.yaml": configuration()} | {
        f"apps/app-{number}/{environment}/kustomization.yaml": f"images:\n- {{name: acme/app-{number}, newTag: v0}}\n"
        for number in range(APPLICATIONS)
        for environment in ENVIRONMENTS
    }
    now = int(time.time())
    stream = bytearray(f"commit refs/heads/main\ncommitter A <a@acme.example> {now} +0000\ndata 5\nBegin\n".encode())
    for path, text in files.items():
        stream += file(path, text.encode())
    chain = Chain(None, None)
    stored: bytes | None = None
    for entry in entries(count):
        edits = chain.append([entry], stored).edits.edits
        moment = int(entry.at.timestamp())
        stream += f"commit {LEDGER}\ncommitter A <a@acme.example> {moment} +0000\ndata 6\nRecord\n".encode()
        for edit in edits:
            stream += file(edit.path, edit.after or b"")
        stored = edits[-1].after
    git(origin, "fast-import", "--quiet", stdin=bytes(stream))


def file(path: str, content: bytes) -> bytes:
    return f"M 100644 inline {path}\ndata {len(content)}\n".encode() + content + b"\n"


def configuration() -> str:
    applications = "".join(
        f"  app-{n}: {{strategy: {{kind: directory, path: 'apps/app-{n}/{{environment}}', image: acme/app-{n}}}}}\n"
        for n in range(APPLICATIONS)
    )
    check = "verify: [{kind: http, url: 'http://127.0.0.1:9'}]"
    before = {"dev": "", "staging": "after: dev, ", "production": "after: staging, "}
    environments = "".join(f"  {name}: {{{after}{check}}}\n" for name, after in before.items())
    return f"applications:\n{applications}environments:\n{environments}"


def entries(count: int) -> Iterator[Entry]:
    start = datetime.now(UTC) - SPAN
    for number in range(count):
        promotion, kind = divmod(number, len(KINDS))
        turn, place = divmod(promotion, APPLICATIONS * len(ENVIRONMENTS))
        application, environment = divmod(place, len(ENVIRONMENTS))
        yield Entry(
            version=1,
            kind=KINDS[kind],  # type: ignore[arg-type]
            promotion=f"{promotion:012x}",
            application=f"app-{application}",
            environment=ENVIRONMENTS[environment],
            release=f"v1.{turn}.0",
            previous=f"v1.{turn - 1}.0" if turn else None,
            at=start + SPAN * (number / count),
            by="ci",
            verdict=Verdict(health=Health.HEALTHY) if KINDS[kind] == "verdict" else None,
        )


if __name__ == "__main__":
    main()
