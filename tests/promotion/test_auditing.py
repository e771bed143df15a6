"""The audit finds what was done to the record, and nothing where nothing was; on real repositories."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator, Mapping
from datetime import timedelta
from pathlib import Path

import pytest

from promontory.entry import Entry
from promontory.errors import RepositoryError, UsageError
from promontory.ledger import HEAD_FILE, path_of
from promontory.ledger.chain import render
from promontory.promotion.auditing import Audit, audit
from promontory.promotion.exporting import exported
from promontory.promotion.trail import entries_of, trail
from promontory.promotion.workspace import Workspace
from tests.promotion.world import LEDGER, Hops, World, create_world


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """A promotion through two environments, and a hold."""
    world = create_world(tmp_path_factory.mktemp("recorded"))
    hops = Hops(world.workspace())
    hops.promote_through("v1.1.0", "dev", "staging")
    hops.append("held", "production", "v1.1.0", reason="as it was")
    yield world
    world.close()


@pytest.fixture
def recorded(original: World, tmp_path: Path) -> Iterator[World]:
    """A copy of it, to be tampered with."""
    shutil.copytree(original.origin, tmp_path / "gitops.git")
    world = World(tmp_path, original.config, original.clock)
    yield world
    world.close()


def reader(world: World) -> Workspace:
    return world.workspace(cache="auditor")


def audited(world: World, expected: str = "") -> Audit:
    return audit(reader(world), expected)


def problems(world: World, expected: str = "") -> list[str]:
    return [finding.problem for finding in audited(world, expected).findings if finding.certain]


def commit(world: World, files: Mapping[str, bytes | None], branch: str = LEDGER) -> None:
    """Mallory changes files of a branch, with git alone."""
    stream = f"commit refs/heads/{branch}\ncommitter Mallory <m@acme.example> 1740830000 +0000\ndata 4\nEdit\n"
    stream += f"from refs/heads/{branch}^0\n"
    for path, content in files.items():
        text = (content or b"").decode()
        stream += f"D {path}\n" if content is None else f"M 100644 inline {path}\ndata {len(text.encode())}\n{text}\n"
    world.git("fast-import", "--quiet", stdin=stream)


def content(world: World, path: str) -> bytes:
    return world.git("show", f"{LEDGER}:{path}").encode()


def in_order(world: World) -> list[Entry]:
    return sorted(world.entries(), key=lambda entry: entry.number or 0)


def test_what_was_recorded_is_sound(recorded: World) -> None:
    found = audited(recorded)

    assert found.findings == ()
    assert found.sound
    assert found.entries == len(recorded.entries())
    assert found.head == f"{found.entries}:" + json.loads(content(recorded, HEAD_FILE))["hash"]


def test_who_cuts_off_the_end_is_found_out_where_it_was_audited_before(recorded: World) -> None:
    """Whether the chain ends there, or goes on in another way."""
    assert audited(recorded).sound
    whole = recorded.git("rev-parse", LEDGER).strip()

    recorded.git("update-ref", f"refs/heads/{LEDGER}", f"{LEDGER}~1")
    Hops(recorded.workspace()).append("held", "dev", "v9.9.9", reason="something else")
    cut = problems(recorded)
    recorded.git("update-ref", f"refs/heads/{LEDGER}", whole)

    (found,) = cut
    assert found.startswith(f"the ledger was at commit {whole[:12]} when it was audited here before")
    assert problems(recorded) == []


def test_without_a_ledger_there_is_nothing_to_audit(world: World) -> None:
    with pytest.raises(UsageError, match="there is no ledger"):
        audited(world)


def test_an_edited_entry_is_named_with_what_its_hash_was_and_with_its_editor(recorded: World) -> None:
    entry = in_order(recorded)[2]
    path = path_of(entry)
    commit(recorded, {path: content(recorded, path).replace(b'"by": "ci"', b'"by": "ci2"')})

    told = problems(recorded)

    edited = f"entry {entry.number} ({path}) was edited or replaced: entry 4 says that its hash was sha256:"
    assert any(problem.startswith(edited) for problem in told)
    assert any(problem.startswith(f"Mallory <m@acme.example> edited {path} in commit ") for problem in told)


def test_the_last_entry_is_covered_by_the_head_of_the_chain(recorded: World) -> None:
    path = path_of(in_order(recorded)[-1])
    commit(recorded, {path: content(recorded, path).replace(b"as it was", b"as it is!")})

    assert any("was edited: chain.json says that its hash was" in problem for problem in problems(recorded))


@pytest.mark.parametrize("number", [1, 3])
def test_a_missing_entry_is_a_gap(recorded: World, number: int) -> None:
    commit(recorded, {path_of(in_order(recorded)[number - 1]): None})

    told = problems(recorded)

    assert any(problem.startswith(f"entry {number} is missing: ") for problem in told)
    assert any(problem.startswith("Mallory <m@acme.example> removed ") for problem in told)


def test_entries_that_are_cut_off_are_missed_by_the_head(recorded: World) -> None:
    last = in_order(recorded)[-1]
    commit(recorded, {path_of(last): None})

    assert any(problem.startswith("the last entries are missing") for problem in problems(recorded))


def test_an_entry_that_is_slipped_in_has_no_place_in_the_chain(recorded: World) -> None:
    like = in_order(recorded)[1]
    late = like.at + timedelta(days=1)
    bare = like.model_copy(update={"at": late, "number": None, "before": None})
    twin = like.model_copy(update={"at": late + timedelta(days=1)})
    commit(recorded, {path_of(bare): render(bare), path_of(twin): render(twin)})

    told = problems(recorded)

    assert any(path_of(bare) in problem and "has no number" in problem for problem in told)
    assert any("has the number of" in problem for problem in told)


def test_entries_that_change_places_are_found(recorded: World) -> None:
    one, two = in_order(recorded)[1:3]
    swapped = [one.model_copy(update={"number": 3}), two.model_copy(update={"number": 2})]
    commit(recorded, {path_of(each): render(each) for each in swapped})

    told = problems(recorded)

    assert any("was edited or replaced" in problem for problem in told)
    assert any("is not later than what happened in its place before" in problem for problem in told)


@pytest.mark.parametrize("made", [b"{", b"[]", b"\xc3\xa9", b'{"number": 3}', b'{"version": 2}', b"[" * 100_000])
def test_an_entry_that_cannot_be_read_is_a_finding(recorded: World, made: bytes) -> None:
    path = path_of(in_order(recorded)[2])
    commit(recorded, {path: made})

    assert any(f"{path} cannot be read" in problem for problem in problems(recorded))


def test_a_rewritten_ledger_does_not_hold_what_the_promoted_commits_name(recorded: World) -> None:
    """Mallory writes a whole chain anew, without a fault in itself."""
    entries = in_order(recorded)
    recorded.git("update-ref", "-d", f"refs/heads/{LEDGER}")
    forger = recorded.workspace(cache="forger")
    forger.append([entry.model_copy(update={"by": "somebody else"}) for entry in entries])

    told = problems(recorded)

    assert len(told) == 1
    assert "was decided on entry" in told[0]
    assert "which the ledger does not hold: it was rewritten or cut off since" in told[0]


def test_a_truncated_ledger_does_not_know_the_promotion_of_a_commit(recorded: World) -> None:
    first = recorded.git("rev-list", "--max-parents=0", LEDGER).strip()
    recorded.git("update-ref", f"refs/heads/{LEDGER}", first)

    told = problems(recorded)

    assert any("of which the ledger has no push: its entry was removed" in problem for problem in told)
    assert any("was decided on entry" in problem for problem in told)


def test_what_was_noted_elsewhere_has_to_be_there(recorded: World) -> None:
    """By somebody whose mirror is not the auditor's."""
    head = audit(recorded.workspace(cache="elsewhere")).head or ""
    recorded.git("update-ref", f"refs/heads/{LEDGER}", f"{LEDGER}^")

    assert problems(recorded) == []  # the hold, which no commit of the branch names
    assert problems(recorded, head) == [
        f"{head} is not in the ledger: what was there when it was noted has been rewritten or cut off"
    ]
    assert problems(recorded, head.partition(":")[2]) != []


@pytest.mark.parametrize("part", ["", "{number}:"])
def test_what_was_noted_is_found_after_more_was_recorded(recorded: World, part: str) -> None:
    number, _, digest = (audited(recorded).head or "").partition(":")
    Hops(recorded.workspace()).append("lifted", "production", "v1.1.0")

    assert problems(recorded, part.format(number=number) + digest) == []
    assert problems(recorded, f"1:{digest}") != []


def test_a_branch_whose_history_was_rewritten_is_found(recorded: World) -> None:
    recorded.git("update-ref", "refs/heads/main", "main~1")

    (told,) = problems(recorded)

    assert "to main, whose history was rewritten since: it is gone" in told


def test_a_branch_that_is_gone_is_only_worth_a_look(recorded: World) -> None:
    workspace = recorded.workspace()
    head = recorded.git("rev-parse", "main").strip()
    pushed = {"ref": "release", "before": None, "after": head[::-1]}
    workspace.append([workspace.entry("pushed", workspace.config.place("web-app", "dev"), "v2", "ab12", pushed=pushed)])

    found = audited(recorded)

    assert found.sound
    assert ["there is no such branch any more" in finding.problem for finding in found.findings] == [True]


def test_files_that_are_no_entries_are_only_worth_a_look(recorded: World) -> None:
    commit(recorded, {"web-app/dev/notes.json": b"{}"})

    found = audited(recorded)

    assert found.sound
    assert [finding.path for finding in found.findings] == ["web-app/dev/notes.json"]


def test_entries_from_before_the_chain_are_held_to_the_commit_it_began_with(world: World) -> None:
    workspace = world.workspace()
    old = workspace.entry("held", workspace.config.place("web-app", "dev"), "v1", "ab12", reason="as it was")
    path = path_of(old).removesuffix("-3bfc2695.json") + ".json"
    stream = f"commit refs/heads/{LEDGER}\ncommitter A <a@b> 1 +0000\ndata 1\nx\nM 100644 inline {path}\n"
    text = render(old).decode()
    world.git("fast-import", "--quiet", stdin=f"{stream}data {len(text)}\n{text}\n")
    Hops(world.workspace()).append("held", "staging", "v1")
    assert [entry.release for entry in world.entries("dev")] == ["v1"]
    assert audited(world).findings == ()

    commit(world, {path: render(old).replace(b"as it was", b"as it is!")})
    edited = problems(world)
    commit(world, {path: None})

    assert any("at the commit that the chain begins with it was another" in problem for problem in edited)
    assert any("it was there when the chain began" in problem for problem in problems(world))


def test_a_lost_head_is_told_until_the_next_entry(recorded: World) -> None:
    commit(recorded, {HEAD_FILE: None})
    lost = problems(recorded)

    Hops(recorded.workspace()).append("lifted", "production", "v1.1.0")

    assert len(lost) == 1
    assert "chain.json is missing" in lost[0]
    assert problems(recorded) == []


def test_offline_it_reads_the_mirror_and_says_what_is_not_in_it(recorded: World, tmp_path: Path) -> None:
    workspace = reader(recorded)
    with pytest.raises(RepositoryError, match="entries are not in the mirror") as caught:
        audit(workspace, offline=True)
    assert caught.value.remedy == "run it once without --offline"
    audit(workspace)
    recorded.origin.rename(tmp_path / "gone.git")

    assert audit(workspace, offline=True).sound


def test_the_chain_is_exported_in_its_order(recorded: World) -> None:
    documents = [json.loads(line) for line in exported(reader(recorded))]

    assert [each["entry"]["number"] for each in documents] == list(range(1, len(documents) + 1))
    assert [each["entry"].get("before") for each in documents[1:]] == [each["hash"] for each in documents[:-1]]


def test_the_trail_of_a_promotion_is_told_in_order(recorded: World) -> None:
    promotion = recorded.entries("staging")[0].promotion
    entries = entries_of(reader(recorded), promotion[:6])

    text = "\n".join(trail(entries))

    assert text.startswith(f"# Promotion {promotion}: v1.1.0, web-app in staging\n")
    assert text.index("planned: ") < text.index("pushed: ") < text.index("verdict: ")
    assert "```diff\n" in text
    assert "+    newTag: v1.1.0" in text
    with pytest.raises(UsageError, match="no promotion begins with"):
        entries_of(reader(recorded), "fff0")
