"""Flux's setter markers in a large repository: finding them, and moving one release.

For a generated repository over file:// (one file in twenty has a marker):

- git grep: finds the files with markers in a mirror that has everything, and nothing else
- parse all: reads and parses every YAML file, as a tool without the search would
- cold: the first look, with a mirror that has no contents yet
- read: the first look of a new process, with a mirror that has them
- warm: once more in the same process; and after somebody's commit, when only what is new is looked through
- plan: the edits of one release, of a policy that one file in fifty of those names, and of one that all of them name
"""

from __future__ import annotations

import argparse
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import median

from benchmarks.tables import Row, print_table
from promontory.change import FileEdit, FileEdits, Files
from promontory.repository import GitSettings, RefUpdate, Repository, create_bare
from promontory.strategies.flux import FluxStrategy
from promontory.yamledit import read_yaml

SHARE, POLICIES = 20, 50
READ_TO_GREP, PARSE_TO_READ, GROWTH = 8, 10, 1.5
_SMALL = 1_000


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    arguments.add_argument("--files", type=int, default=10_000)
    arguments.add_argument("--rounds", type=int, default=3)
    chosen = arguments.parse_args()
    small, large = (Bench.measured(files, chosen.rounds) for files in (_SMALL, chosen.files))
    print_table("Flux's setter markers (milliseconds, median)", report(small, large))


def report(small: Bench, large: Bench) -> list[Row]:
    times, factor = large.times, large.files / small.files
    growth = times["read"] / small.times["read"] / factor
    searched, parsed = times["read"] / times["git grep"], times["parse all"] / times["read"]
    return [
        Row(f"{large.files:,} files, {large.files // SHARE:,} with markers: git grep", times["git grep"]),
        Row("  parse all of them", times["parse all"], "parse all ÷ first look", parsed, PARSE_TO_READ),
        Row("  first look, cold mirror (one fetch)", times["cold"]),
        Row("  first look, contents there", times["read"], "÷ git grep", searched, READ_TO_GREP, at_most=True),
        Row("", None, f"growth per file, {factor:g} x", growth, GROWTH, at_most=True),
        Row("  second look", times["warm"]),
        Row("  after somebody's commit", times["moved"]),
        Row(f"  plan one of {POLICIES} policies: {large.parsed['one']} files parsed", times["one"]),
        Row(f"  plan one that all name: {large.parsed['all']} files parsed", times["all"]),
    ]


class Bench:
    """One repository, what was measured on it (milliseconds), and how many files were parsed."""

    def __init__(self, place: Path, files: int) -> None:
        self.place = place
        self.files = files
        self.times: dict[str, float] = {}
        self.parsed: dict[str, int] = {}
        create_bare(place / "gitops.git", dict(contents(files)))

    @classmethod
    def measured(cls, files: int, rounds: int) -> Bench:
        with tempfile.TemporaryDirectory(prefix="promontory-benchmark-") as name:
            bench = cls(Path(name), files)
            bench.measure(rounds)
        return bench

    def measure(self, rounds: int) -> None:
        taken: dict[str, list[float]] = {}
        for number in range(rounds):
            for name, milliseconds in self.round(number):
                taken.setdefault(name, []).append(milliseconds)
        self.times = {name: median(values) for name, values in taken.items()}

    def round(self, number: int) -> Iterator[tuple[str, float]]:
        one, every = policy("fleet:app-1"), policy("fleet:every")
        cold = self.opened(f"cache-{number}")
        yield "cold", timed(lambda: one.current(head(cold)))
        cold.close()
        fresh = self.opened(f"cache-{number}")
        yield "git grep", timed(lambda: grep(self.place / f"cache-{number}", fresh.head()))
        yield "read", timed(lambda: one.current(head(fresh)))
        yield "warm", timed(lambda: one.current(head(fresh)))
        somebody_pushes(fresh, number)
        yield "moved", timed(lambda: one.current(head(fresh)))
        for name, strategy in (("one", one), ("all", every)):
            strategy.current(head(fresh))
            counted = Counting(head(fresh))
            yield name, timed(lambda strategy=strategy, counted=counted: strategy.change(counted, "v2.0.0", []))  # type: ignore[misc]
            self.parsed[name] = len(counted.parsed)
        if number == 0:  # it takes long
            yield "parse all", timed(lambda: parse_all(head(fresh), self.files))
        fresh.close()

    def opened(self, cache: str) -> Repository:
        repository = Repository.open(f"file://{self.place}/gitops.git", GitSettings(self.place / cache))
        repository.sync()
        return repository


class Counting:
    """Files that remember which of them were read: only what is parsed is."""

    def __init__(self, files: Files) -> None:
        self.names, self.search = files.names, files.search
        self.parsed: set[str] = set()
        self._files = files

    def read(self, path: str) -> bytes | None:
        self.parsed.add(path)
        return self._files.read(path)


def contents(files: int) -> Iterator[tuple[str, str]]:
    for number in range(files):
        marked = number % SHARE == 0
        yield path_of(number), deployment(number, marked=marked)


def path_of(number: int) -> str:
    return f"{('dev', 'staging', 'production')[number % 3]}/team-{number // 60}/app-{number}.yaml"


def deployment(number: int, *, marked: bool) -> str:
    policies = f"fleet:app-{number // SHARE % POLICIES}", "fleet:every:tag"
    image, version = (f'  # {{"$imagepolicy": "{name}"}}' if marked else "" for name in policies)
    ports = "".join(f"        - {{name: port-{port}, containerPort: {8000 + port}}}\n" for port in range(20))
    return (
        f"apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: app-{number}\n"
        f"  labels:\n    version: v1.0.0{version}\n"
        f"spec:\n  replicas: 2\n  template:\n    spec:\n      containers:\n      - name: app\n"
        f"        image: ghcr.io/acme/app:v1.0.0{image}\n        ports:\n{ports}"
    )


def policy(name: str) -> FluxStrategy:
    return FluxStrategy(kind="flux", path=".", policy=name)


def head(repository: Repository) -> Files:
    return repository.files(repository.head())


def somebody_pushes(repository: Repository, number: int) -> None:
    path = path_of(1)
    before = head(repository).read(path) or b""
    edits = FileEdits((FileEdit(path, before, before + b"# %d\n" % number),))
    repository.push([RefUpdate("main", repository.head(), edits, f"Other {number}")])


def grep(cache: Path, commit: str) -> bytes:
    (mirror,) = cache.glob("*.git")
    command = ["git", "-C", str(mirror), "grep", "-l", "-F", '"$imagepolicy"', commit, "--"]
    return subprocess.run(command, check=True, capture_output=True).stdout


def parse_all(files: Files, count: int) -> int:
    return sum(len(read_yaml(files.read(path_of(number)) or b"", "x").documents) for number in range(count))


def timed(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    assert work() is not None
    return (time.perf_counter() - start) * 1000


if __name__ == "__main__":
    main()
