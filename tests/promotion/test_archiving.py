"""What has been in the ledger's head for long moves to its archive, and nothing is lost or looks different by it."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

from promontory.errors import LostRace, NotAllowed, RepositoryError
from promontory.ledger import ARCHIVE, HEAD_FILE
from promontory.model import Place
from promontory.promotion.archiving import archive
from promontory.promotion.auditing import audit
from promontory.promotion.exporting import exported
from promontory.promotion.workspace import Workspace
from tests.promotion.world import LEDGER, Hops, World, create_world
from tests.repository.test_partial import missing_blobs

NAMED = f"{LEDGER}:{ARCHIVE}"


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    world = create_world(tmp_path)
    world.archive_after = 5
    yield world
    world.close()


def hold(hops: Hops, *numbers: int, environment: str = "dev") -> None:
    for number in numbers:
        hops.append("held", environment, f"v1.{number}.0", reason="so far", promotion=f"{number:012x}")


def batch(workspace: Workspace, count: int) -> None:
    place = Place("web-app", "dev")
    workspace.append([workspace.entry("held", place, f"v{number}", f"{number:012x}") for number in range(count)])


def files(world: World, revision: str = LEDGER) -> list[str]:
    listed = world.git("ls-tree", "-r", "--name-only", revision).splitlines()
    return [path for path in listed if path not in (HEAD_FILE, ARCHIVE)]


def archived(world: World) -> str:
    return world.git("rev-parse", NAMED).strip()


def problems(world: World) -> list[str]:
    return [found.problem for found in audit(world.workspace(cache="auditor"), "").findings]


def refuse_merges(world: World) -> None:
    hook = world.origin / "hooks" / "pre-receive"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(
        "#!/bin/sh\nwhile read old new ref; do\n"
        '  [ -z "$(git rev-list --merges "$old..$new")" ] || { echo "no merges here" >&2; exit 1; }\ndone\n'
    )
    hook.chmod(0o755)


def test_the_head_stays_small_and_everything_is_still_there(world: World) -> None:
    hold(Hops(world.workspace()), *range(1, 13))

    assert len(files(world)) < 5
    assert len(files(world)) + len(files(world, archived(world))) == 12
    assert [entry.release for entry in world.entries("dev")] == [f"v1.{number}.0" for number in range(1, 13)]
    assert [entry.number for entry in world.entries()] == list(range(1, 13))
    assert problems(world) == []


def test_a_hold_in_the_archive_is_honoured(world: World) -> None:
    hops = Hops(world.workspace())
    hold(hops, *range(1, 6))
    assert not files(world)

    with pytest.raises(NotAllowed, match="held"):
        hops.promote("v1.1.0", "dev")


def test_promotions_go_on_from_an_archive(world: World) -> None:
    world.archive_after = 2
    hops = Hops(world.workspace())

    hops.promote_through("v1.1.0", "dev", "staging")
    hops.promote_through("v6.6.6", "dev")
    hops.promote_through("v1.2.0", "dev", "staging")

    assert world.release("staging") == "v1.2.0"
    assert "reverted" in world.kinds("dev")
    assert len(files(world)) <= 2
    assert problems(world) == []


def test_a_month_that_is_archived_twice_is_one_month(world: World) -> None:
    hold(Hops(world.workspace()), *range(1, 16))

    assert len({path.rpartition("/")[0] for path in files(world, archived(world))}) == 1
    assert len(files(world, archived(world))) == 15
    assert world.git("rev-list", "--count", archived(world)).strip() == "3"
    assert world.git("rev-list", "--count", "--first-parent", LEDGER).strip() == "18"


def test_a_clone_of_the_branch_alone_has_all_of_it(world: World, tmp_path: Path) -> None:
    hold(Hops(world.workspace()), *range(1, 7))

    clone = str(tmp_path / "clone")
    world.git("clone", "--quiet", "--bare", "--single-branch", f"--branch={LEDGER}", f"file://{world.origin}", clone)

    assert len(world.git("-C", clone, "ls-tree", "-r", "--name-only", archived(world)).splitlines()) == 5


def test_archiving_fetches_no_entry_that_is_not_here(world: World, tmp_path: Path) -> None:
    world.git("config", "uploadpack.allowFilter", "true")
    world.archive_after = 1_000
    hold(Hops(world.workspace(cache="writer")), *range(1, 5))
    world.archive_after = 5
    other = world.workspace(cache="other")

    hold(Hops(other), 5)

    assert len(files(world, archived(world))) == 5
    entries = world.git("ls-tree", "-r", "--format=%(objectname)", archived(world)).split()
    assert len(missing_blobs(tmp_path / "other") & set(entries)) == 4


def test_what_somebody_records_meanwhile_is_not_overwritten(world: World) -> None:
    workspace = world.workspace()
    hold(Hops(workspace), *range(1, 5))
    world.archive_after = 4
    ledger = world.workspace(cache="late").ledger
    recorded = ledger.entries()
    planned = ledger.archiving(recorded)
    assert planned
    hold(Hops(world.workspace(cache="other")), 77)

    with pytest.raises(LostRace):
        archive(workspace.repository, LEDGER, planned)

    assert len(world.entries()) == 5
    assert problems(world) == []


def test_a_server_that_refuses_it_costs_nobody_an_entry(world: World, caplog: pytest.LogCaptureFixture) -> None:
    refuse_merges(world)

    with caplog.at_level(logging.WARNING, "promontory"):
        hold(Hops(world.workspace()), *range(1, 8))

    assert len(files(world)) == 7
    assert "could not be archived" in caplog.text
    assert "no merges here" in caplog.text


def test_a_long_ledger_asks_a_server_that_refuses_once_in_a_while_only(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    world.archive_after = 20
    refuse_merges(world)

    with caplog.at_level(logging.WARNING, "promontory"):
        batch(world.workspace(), 19)
        hold(Hops(world.workspace()), *range(20, 26))

    assert len(caplog.records) == 3  # at 20, 22, and 24 entries


def test_an_answer_that_is_lost_loses_nothing(world: World) -> None:
    """The server dies after it has archived and before it says so."""
    hook = world.origin / "hooks" / "post-receive"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text('#!/bin/sh\nread old new ref\n[ -z "$(git rev-list --merges "$old..$new")" ] || kill -9 $PPID\n')
    hook.chmod(0o755)

    hold(Hops(world.workspace()), *range(1, 7))

    assert [entry.number for entry in world.entries()] == list(range(1, 7))
    assert len(files(world)) == 1
    assert problems(world) == []


def test_a_batch_is_archived_whole(world: World) -> None:
    batch(world.workspace(), 30)

    assert files(world) == []
    assert [entry.number for entry in world.entries("dev")] == list(range(1, 31))


def test_the_export_is_the_whole_chain(world: World) -> None:
    hold(Hops(world.workspace()), *range(1, 8))

    lines = [json.loads(line) for line in exported(world.workspace(cache="auditor"))]

    assert [line["entry"]["number"] for line in lines] == list(range(1, 8))


def tampered(world: World, edit: str, parent: str = LEDGER, merged: str = "") -> str:
    """Mallory commits, with git alone; the commit."""
    stream = "commit refs/heads/mallory\nmark :1\ncommitter Mallory <m@acme.example> 1740830000 +0000\ndata 4\nEdit\n"
    stream += f"from {parent}^0\n" + (f"merge {merged}\n" if merged else "") + edit
    world.git("fast-import", "--quiet", "--force", stdin=stream)
    commit = world.git("rev-parse", "mallory").strip()
    world.git("update-ref", "-d", "refs/heads/mallory")
    return commit


def set_archive(world: World, commit: str, merged: str = "") -> None:
    head = tampered(world, f"M 160000 {commit} {ARCHIVE}\n", merged=merged)
    world.git("update-ref", f"refs/heads/{LEDGER}", head)


def test_an_entry_removed_from_the_archive_is_missed(world: World) -> None:
    hold(Hops(world.workspace()), *range(1, 7))
    path = files(world, archived(world))[3]

    without = tampered(world, f"D {path}\n", parent=archived(world))
    set_archive(world, without, merged=without)

    found = "\n".join(problems(world))
    assert "entry 4 is missing" in found
    assert f"removed {path}" in found


def test_an_entry_edited_in_the_archive_is_named(world: World) -> None:
    hold(Hops(world.workspace()), *range(1, 7))
    path = files(world, archived(world))[3]
    text = world.git("show", f"{archived(world)}:{path}").replace("so far", "no more")

    edited = tampered(world, f"M 100644 inline {path}\ndata {len(text)}\n{text}\n", parent=archived(world))
    set_archive(world, edited, merged=edited)

    found = "\n".join(problems(world))
    assert f"entry 4 ({path}) was edited or replaced" in found
    assert f"Mallory <m@acme.example> edited {path}" in found


def test_an_entry_edited_on_its_way_to_the_archive_is_named(world: World) -> None:
    """Mallory archives by hand, and one of the entries is another one there."""
    hold(Hops(world.workspace()), *range(1, 5))
    path = files(world)[2]
    text = world.git("show", f"{LEDGER}:{path}").replace("so far", "no more")
    other = tampered(world, f"M 100644 inline {path}\ndata {len(text)}\n{text}\nD {HEAD_FILE}\n")

    world.git(
        "update-ref",
        f"refs/heads/{LEDGER}",
        tampered(world, f"D web-app\nM 160000 {other} {ARCHIVE}\n", merged=other),
    )

    assert any(f"entry 3 ({path}) was edited or replaced" in found for found in problems(world))


def test_an_archive_that_is_no_longer_named_is_missed(world: World) -> None:
    hold(Hops(world.workspace()), *range(1, 7))

    world.git("update-ref", f"refs/heads/{LEDGER}", tampered(world, f"D {ARCHIVE}\n"))

    assert any("entry 1 to 5 is missing" in found for found in problems(world))


def test_an_archive_that_is_kept_by_nothing_is_pointed_out(world: World) -> None:
    """Nobody may hide from a fetch what the ledger stands on."""
    hold(Hops(world.workspace()), *range(1, 7))
    lonely = tampered(world, f"D {HEAD_FILE}\n", parent="main")
    world.git("branch", "elsewhere", lonely)

    set_archive(world, lonely)

    found = "\n".join(problems(world))
    assert f"{ARCHIVE} names commit {lonely[:12]}, which the ledger's history does not lead to" in found
    assert "entry 1 to 5 is missing" in found


def test_with_an_archive_that_is_gone_nothing_is_decided(world: World) -> None:
    hops = Hops(world.workspace())
    hold(hops, *range(1, 7))
    set_archive(world, "0123456789" * 4)

    with pytest.raises(RepositoryError, match="has no object 0123456789"):
        hops.promote("v1.2.0", "dev")
    assert any("does not lead to" in found for found in problems(world))


def test_two_entries_of_one_name_stay_where_the_audit_finds_both(world: World) -> None:
    hold(Hops(world.workspace()), *range(1, 7))
    path = files(world, archived(world))[3]
    text = world.git("show", f"{archived(world)}:{path}").replace("so far", "no more")
    forged = tampered(world, f"M 100644 inline {path}\ndata {len(text)}\n{text}\n")
    world.git("update-ref", f"refs/heads/{LEDGER}", forged)

    hold(Hops(world.workspace()), *range(7, 17))

    assert path in files(world)
    assert any(f"has the number of {path}" in found for found in problems(world))
