"""One promotion's Git work, against what a script with a checkout would do, and against bare git.

For a generated GitOps repository over file://, as a hosting server offers it (partial clones allowed):

- clone: ``git clone --depth 1``, edit one file, add one ledger file, commit, push
- bare git: ``git fetch``, ``git fast-import``, ``git push`` in a warm blobless mirror, nothing else
- warm: `Repository.sync`, read, push with a mirror that exists
- cold: the same with an empty cache

Every round moves the branch by somebody else's commit first, so that each fetch has something to fetch. Of a large
repository, what takes seconds is done fewer times than what takes milliseconds: it varies less.
"""

from __future__ import annotations

import argparse
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from statistics import median

from benchmarks.tables import Row, print_table
from promontory.change import FileEdit, FileEdits
from promontory.repository import GitSettings, RefUpdate, Repository

ENVIRONMENTS = ("dev", "staging", "production")
FILES_PER_APPLICATION = 10
COMMITS_BEFORE = 200
LEDGER = "promontory/ledger"

LARGE, LARGE_ROUNDS, SLOW = 100_000, 2, ("clone", "cold")

WARM_TO_CLONE, COLD_TO_CLONE, WARM_TO_BARE = 20, 5, 2


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    arguments.add_argument("--files", type=int, nargs="*", default=[1_000, 10_000, 100_000])
    arguments.add_argument("--rounds", type=int, default=5)
    chosen = arguments.parse_args()
    rows: list[Row] = []
    for files in chosen.files:
        with tempfile.TemporaryDirectory(prefix="promontory-benchmark-") as place:
            rows += measure(Path(place), files, chosen.rounds)
    print_table("One promotion's Git work (milliseconds, median)", rows)


def measure(place: Path, files: int, rounds: int) -> list[Row]:
    bench = Bench(place, place / "gitops.git")
    generate(bench.origin, files)
    warm = Repository.open(bench.url, GitSettings(place / "warm"))
    warm.sync()
    bench.prepare_bare()
    times: dict[str, list[float]] = {"clone": [], "bare git": [], "warm": [], "cold": []}
    for number in range(rounds):
        cold = Repository.open(bench.url, GitSettings(place / f"cold-{number}"))
        ways: dict[str, Callable[[], None]] = {
            "clone": bench.with_clone,
            "bare git": bench.with_bare_git,
            "warm": lambda: bench.promote(warm),
            "cold": lambda cold=cold: bench.promote(cold),  # type: ignore[misc]
        }
        for name, work in ways.items():
            if files >= LARGE and number >= LARGE_ROUNDS and name in SLOW:
                continue
            bench.somebody_pushes()
            times[name].append(timed(work))
        cold.close()
    return report(files, {name: median(values) * 1000 for name, values in times.items()})


def report(files: int, times: dict[str, float]) -> list[Row]:
    clone, bare = times["clone"], times["bare git"]
    large = files >= LARGE
    return [
        Row(f"{files:,} files: clone --depth 1, edit, commit, push", clone),
        Row("  bare git: fetch, fast-import, push", bare),
        Row("  warm mirror", times["warm"], "clone ÷ warm", clone / times["warm"], WARM_TO_CLONE if large else None),
        Row("", None, "warm ÷ bare git", times["warm"] / bare, WARM_TO_BARE, at_most=True),
        Row("  cold mirror", times["cold"], "clone ÷ cold", clone / times["cold"], COLD_TO_CLONE if large else None),
    ]


@dataclass
class Bench:
    place: Path
    origin: Path
    numbers: Iterator[int] = field(default_factory=lambda: count(1))

    @property
    def url(self) -> str:
        return f"file://{self.origin}"

    @property
    def mirror(self) -> Path:
        return self.place / "bare.git"

    def somebody_pushes(self) -> None:
        """A commit of somebody else's in another directory, so that the heads move."""
        number = next(self.numbers)
        main = "refs/heads/main"
        stream = commit_stream(main, f"{main}^0", f"Other {number}", "apps/app-1/notes.txt", number)
        git(self.origin, "fast-import", "--quiet", stdin=stream)

    def promote(self, repository: Repository) -> None:
        """What Promontory does: no more is needed for one promotion, and no less."""
        number = next(self.numbers)
        heads = repository.sync()
        base = repository.head()
        path = overlay(0, "staging")
        before = repository.files(base).read(path)
        assert before is not None
        edit = FileEdit(path, before, kustomization(number))
        record = FileEdit(f"2026/{number}.json", None, b'{"event": "push"}\n')
        repository.push(
            [
                RefUpdate("main", base, FileEdits((edit,)), f"Promote {number}"),
                RefUpdate(LEDGER, heads[LEDGER], FileEdits((record,)), f"Record {number}"),
            ]
        )

    def with_clone(self) -> None:
        number = next(self.numbers)
        with tempfile.TemporaryDirectory(dir=self.place) as name:
            tree = Path(name)
            git(self.place, "clone", "--quiet", "--depth", "1", "--no-single-branch", self.url, name)
            (tree / overlay(0, "staging")).write_bytes(kustomization(number))
            git(tree, "commit", "--quiet", "--all", "--message", f"Promote {number}")
            blob = git(tree, "hash-object", "-w", "--stdin", stdin=b'{"event": "push"}\n')
            entry = f"100644 blob {blob}\t{number}.json\n".encode()
            ledger = f"origin/{LEDGER}"
            record = git(tree, "commit-tree", "-p", ledger, "-m", "Record", git(tree, "mktree", stdin=entry))
            git(tree, "push", "--quiet", "--atomic", "origin", "HEAD:main", f"{record}:refs/heads/{LEDGER}")

    def prepare_bare(self) -> None:
        git(self.place, "clone", "--quiet", "--bare", "--filter=blob:none", self.url, str(self.mirror))
        git(self.mirror, "config", "remote.origin.fetch", "+refs/heads/*:refs/heads/*")

    def with_bare_git(self) -> None:
        number = next(self.numbers)
        git(self.mirror, "fetch", "--quiet", "origin")
        stream = commit_stream("refs/push/main", "refs/heads/main", "Promote", overlay(0, "staging"), number)
        stream += commit_stream("refs/push/ledger", f"refs/heads/{LEDGER}", "Record", f"2026/{number}.json", number)
        git(self.mirror, "fast-import", "--quiet", "--force", stdin=stream)
        refspecs = ("refs/push/main:refs/heads/main", f"refs/push/ledger:refs/heads/{LEDGER}")
        git(self.mirror, "push", "--quiet", "--atomic", "origin", *refspecs)


def generate(origin: Path, files: int) -> None:
    """Applications with a base and overlays, a few hundred commits of history, and a ledger."""
    git(origin.parent, "init", "--quiet", "--bare", "--initial-branch=main", str(origin))
    git(origin, "config", "uploadpack.allowFilter", "true")
    stream = bytearray(commit_head("refs/heads/main", "Begin"))
    for application in range(files // FILES_PER_APPLICATION):
        for name, content in application_files(application):
            stream += file_stream(name, content)
    for number in range(COMMITS_BEFORE):
        application = number % (files // FILES_PER_APPLICATION)
        stream += commit_stream("refs/heads/main", "", f"Change {number}", overlay(application, "dev"), number)
    stream += commit_stream(f"refs/heads/{LEDGER}", "", "Begin", "2026/0.json", 0)
    git(origin, "fast-import", "--quiet", stdin=bytes(stream))


def application_files(number: int) -> Iterator[tuple[str, bytes]]:
    base = f"apps/app-{number}/base"
    for name in ("deployment", "service", "ingress", "configmap"):
        yield f"{base}/{name}.yaml", f"kind: {name}\nmetadata:\n  name: app-{number}\n".encode() + b"  # filler\n" * 40
    for environment in ENVIRONMENTS:
        yield overlay(number, environment), kustomization(number)
        values = f"environment: {environment}\nreplicas: {number % 7}\n"
        yield f"apps/app-{number}/overlays/{environment}/values.yaml", values.encode()


def overlay(application: int, environment: str) -> str:
    return f"apps/app-{application}/overlays/{environment}/kustomization.yaml"


def kustomization(number: int) -> bytes:
    return f"resources:\n- ../../base\nimages:\n- name: acme/app\n  newTag: v1.{number}.0\n".encode()


def commit_stream(ref: str, parent: str, message: str, path: str, number: int) -> bytes:
    return commit_head(ref, message, parent) + file_stream(path, kustomization(number))


def commit_head(ref: str, message: str, parent: str = "") -> bytes:
    start = f"from {parent}\n" if parent else ""
    committer = f"committer A <a@example.com> {int(time.time())} +0000"
    return f"commit {ref}\n{committer}\ndata {len(message)}\n{message}\n{start}".encode()


def file_stream(path: str, content: bytes) -> bytes:
    return f"M 100644 inline {path}\ndata {len(content)}\n".encode() + content + b"\n"


def git(directory: Path, *arguments: str, stdin: bytes = b"") -> str:
    identity = ("-c", "user.name=A", "-c", "user.email=a@example.com")
    done = subprocess.run(["git", *identity, *arguments], cwd=directory, input=stdin, capture_output=True, check=True)
    return done.stdout.decode().strip()


def timed(work: Callable[[], None]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


if __name__ == "__main__":
    main()
