"""Lost caches, damaged mirrors, killed processes, several writers: the repository comes out right."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from promontory.errors import LostRace, TransientError
from promontory.repository import GitSettings, Repository
from promontory.repository.lock import locked
from tests.repository.conftest import FILES, WEB, Open, change, git

PUSH_FOREVER = """
import sys
from pathlib import Path
from promontory.errors import TransientError
from promontory.change import FileEdit, FileEdits
from promontory.repository import GitSettings, RefUpdate, Repository

repository = Repository.open(sys.argv[1], GitSettings(Path(sys.argv[2])))
for number in range(int(sys.argv[4])):
    while True:
        head = repository.sync()["main"]
        path = f"pushed/{sys.argv[3]}-{number}"
        try:
            edits = FileEdits((FileEdit(path, repository.files(head).read(path), b"%d" % number),))
            repository.push([RefUpdate("main", head, edits, f"{sys.argv[3]} {number}")])
            break
        except TransientError:
            continue
    print(number, flush=True)
"""


def mirror_of(cache: Path) -> Path:
    (mirror,) = cache.glob("*.git")
    return mirror


def truncate_packs(mirror: Path) -> None:
    for pack in mirror.glob("objects/pack/*.pack"):
        pack.chmod(0o600)
        os.truncate(pack, 20)


def scribble_over_indexes(mirror: Path) -> None:
    for index in mirror.glob("objects/pack/*.idx"):
        index.chmod(0o600)
        index.write_bytes(b"\0" * 100)


def remove_objects(mirror: Path) -> None:
    shutil.rmtree(mirror / "objects" / "pack")


def remove_all_objects(mirror: Path) -> None:
    shutil.rmtree(mirror / "objects")


def truncate_head(mirror: Path) -> None:
    (mirror / "HEAD").write_bytes(b"")


def garble_configuration(mirror: Path) -> None:
    (mirror / "config").write_bytes(b"[core\n\0")


def empty_references(mirror: Path) -> None:
    (mirror / "packed-refs").write_bytes(b"garbage\n")


def loose_reference_to_nothing(mirror: Path) -> None:
    (mirror / "refs/heads").mkdir(parents=True, exist_ok=True)
    (mirror / "refs/heads/main").write_text("1" * 40 + "\n")


def remove_mirror(mirror: Path) -> None:
    shutil.rmtree(mirror)


DAMAGES = [
    truncate_packs,
    scribble_over_indexes,
    remove_objects,
    remove_all_objects,
    truncate_head,
    garble_configuration,
    empty_references,
    loose_reference_to_nothing,
    remove_mirror,
]


@pytest.mark.parametrize("damage", DAMAGES)
@pytest.mark.parametrize("allow_filter", ["true", "false"])
def test_damaged_mirror_is_repaired_by_the_next_sync(
    damage: Callable[[Path], None], allow_filter: str, origin: Path, open_repository: Open, tmp_path: Path
) -> None:
    git(origin, "config", "uploadpack.allowFilter", allow_filter)
    open_repository().close()
    damage(mirror_of(tmp_path / "cache"))

    repository = open_repository()
    repository.push([change(repository, WEB, b"images: []\n")])

    assert git(origin, "show", f"main:{WEB}") == "images: []"
    assert git(origin, "fsck", "--no-dangling") == ""


@pytest.mark.parametrize("damage", DAMAGES)
def test_mirror_damaged_after_the_sync_is_repaired_by_what_meets_it(
    damage: Callable[[Path], None], origin: Path, open_repository: Open, tmp_path: Path
) -> None:
    repository = open_repository()
    damage(mirror_of(tmp_path / "cache"))

    assert repository.files(repository.head()).read(WEB) == FILES[WEB].encode()
    repository.push([change(repository, WEB, b"images: []\n")])

    assert git(origin, "show", f"main:{WEB}") == "images: []"


def test_lost_cache_loses_nothing(origin: Path, open_repository: Open, tmp_path: Path) -> None:
    repository = open_repository()
    first = change(repository, WEB, b"one\n")
    shutil.rmtree(tmp_path / "cache")
    repository.push([first])
    shutil.rmtree(tmp_path / "cache")

    assert repository.sync() == {"main": git(origin, "rev-parse", "main")}
    assert repository.log("main", 1)[0].subject == "Change"


def test_lock_file_left_by_a_killed_git_is_removed(origin: Path, open_repository: Open, tmp_path: Path) -> None:
    repository = open_repository()
    mirror = mirror_of(tmp_path / "cache")
    (mirror / "refs/heads/main.lock").touch()
    git(origin, "update-ref", "refs/heads/main", git(origin, "commit-tree", "main^{tree}", "-p", "main", "-m", "More"))

    assert repository.sync() == {"main": git(origin, "rev-parse", "main")}


def test_killed_processes_leave_nothing_half(origin: Path, open_repository: Open, tmp_path: Path) -> None:
    for round_ in range(4):
        command = [sys.executable, "-c", PUSH_FOREVER, str(origin), str(tmp_path / "cache"), f"round{round_}", "1000"]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, cwd=Path(__file__).parents[2])
        assert process.stdout is not None
        process.stdout.readline()
        time.sleep(0.013 * (round_ + 1))
        os.kill(process.pid, signal.SIGKILL)
        process.communicate()

        repository = open_repository()
        content = f"round {round_}\n".encode()
        while True:
            # The last push of the killed process may still arrive.
            try:
                repository.push([change(repository, WEB, content)])
                break
            except LostRace:
                repository.sync()
        assert git(origin, "show", f"main:{WEB}").encode() + b"\n" == content

    assert git(origin, "fsck", "--no-dangling") == ""


def test_writers_in_several_processes_all_arrive_once(origin: Path, tmp_path: Path) -> None:
    writers = [("one", "shared"), ("two", "shared"), ("three", "own")]
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", PUSH_FOREVER, str(origin), str(tmp_path / cache), name, "5"],
            cwd=Path(__file__).parents[2],
            stdout=subprocess.DEVNULL,
        )
        for name, cache in writers
    ]

    assert [process.wait(60) for process in processes] == [0, 0, 0]

    subjects = git(origin, "log", "--format=%s", "main").splitlines()
    assert sorted(subjects) == sorted(["Begin", *(f"{name} {number}" for name, _ in writers for number in range(5))])


def test_threads_may_share_a_repository(repository: Repository) -> None:
    oids = [oid for _, oid in repository.tree(repository.head())]
    failures: list[BaseException] = []

    def read() -> None:
        try:
            for _ in range(20):
                assert len(repository.read(oids)) == len(FILES)
                assert repository.files(repository.head()).read(WEB) == FILES[WEB].encode()
        except BaseException as failure:  # shown by the assertion below
            failures.append(failure)

    threads = [threading.Thread(target=read) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert failures == []


def test_busy_mirror_names_its_holder(open_repository: Open, tmp_path: Path) -> None:
    repository = open_repository(timeout=1)

    with (
        locked(mirror_of(tmp_path / "cache").with_suffix(".lock"), "repair", 1),
        pytest.raises(TransientError, match=rf"repair, process {os.getpid()}"),
    ):
        repository.sync()


def test_lock_is_gone_with_its_killed_holder(tmp_path: Path) -> None:
    path = tmp_path / "x.lock"
    script = "import sys, time; from pathlib import Path; from promontory.repository.lock import locked\n"
    script += "with locked(Path(sys.argv[1]), 'sync', 1):\n    print('held', flush=True); time.sleep(60)"
    root = Path(__file__).parents[2]
    holder = subprocess.Popen([sys.executable, "-c", script, str(path)], stdout=subprocess.PIPE, cwd=root)
    assert holder.stdout is not None
    holder.stdout.readline()
    with pytest.raises(TransientError, match=f"process {holder.pid}"), locked(path, "push", 0.05):
        pass

    holder.kill()
    holder.communicate()

    with locked(path, "push", 5):
        pass


def test_clone_that_failed_leaves_nothing(origin: Path, tmp_path: Path) -> None:
    hidden = origin.rename(tmp_path / "hidden.git")
    repository = Repository.open(str(origin), GitSettings(tmp_path / "cache"))
    with pytest.raises(Exception, match="no Git repository"):
        repository.sync()
    assert [path.suffix for path in (tmp_path / "cache").iterdir()] == [".lock"]

    hidden.rename(origin)

    assert "main" in repository.sync()


def test_helper_process_that_was_killed_is_started_again(repository: Repository) -> None:
    files = repository.files(repository.head())
    files.names("")
    process = repository._objects._process
    assert process is not None
    assert process.proc is not None
    process.proc.kill()
    process.proc.wait()

    assert files.read(WEB) == FILES[WEB].encode()
