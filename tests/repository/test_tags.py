"""Tags: the objects as git sees them, moved only from where they were seen, together with branches or not at all."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from promontory.change import FileEdit, FileEdits
from promontory.errors import LostRace, PushRefused, RepositoryError, UsageError
from promontory.repository import Person, RefUpdate, TagUpdate
from tests.repository.conftest import WEB, Open, change, git, install_hook

ROBOT = Person("Robot", "robot@example.com")
MESSAGE = "Promote web v2\n\nweb moves to v2.\n\nPromotion-Id: 0123\nRelease: v2\n"
RECORD = RefUpdate("promontory/ledger", None, FileEdits((FileEdit("1.json", None, b"{}"),)), "Record")


def head(origin: Path) -> str:
    return git(origin, "rev-parse", "main")


def test_a_tag_is_an_annotated_object_with_its_message_and_trailers(origin: Path, open_repository: Open) -> None:
    repository = open_repository(committer=ROBOT)

    (oid,) = repository.push([TagUpdate("v2-staging", None, head(origin), MESSAGE)])

    told = git(origin, "cat-file", "-p", "v2-staging")
    assert git(origin, "rev-parse", "refs/tags/v2-staging") == oid
    assert told.startswith(f"object {head(origin)}\ntype commit\ntag v2-staging\ntagger Robot <robot@example.com> ")
    assert told.endswith(MESSAGE.rstrip())
    assert git(origin, "for-each-ref", "--format=%(trailers:key=Release,valueonly)", "refs/tags/v2-staging") == "v2"
    git(origin, "fsck", "--strict")


@pytest.mark.skipif(shutil.which("ssh-keygen") is None, reason="ssh-keygen is not installed")
def test_a_tag_is_signed_where_commits_are(origin: Path, open_repository: Open, tmp_path: Path) -> None:
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(tmp_path / "key")], check=True)
    repository = open_repository(signing_format="ssh", signing_key=str(tmp_path / "key"), committer=ROBOT)

    repository.push([TagUpdate("v2-staging", None, head(origin), MESSAGE)])

    allowed = tmp_path / "allowed"
    allowed.write_text(f"robot@example.com {(tmp_path / 'key.pub').read_text()}")
    git(origin, "-c", f"gpg.ssh.allowedSignersFile={allowed}", "tag", "-v", "v2-staging")
    assert MESSAGE in git(origin, "cat-file", "tag", "v2-staging")
    assert git(next((tmp_path / "cache").glob("*.git")), "tag", "--list") == ""


def test_an_unusable_key_makes_no_tag(origin: Path, open_repository: Open, tmp_path: Path) -> None:
    repository = open_repository(signing_format="ssh", signing_key=str(tmp_path / "no-key"))

    with pytest.raises(RepositoryError, match="the tag v2-staging cannot be signed"):
        repository.push([TagUpdate("v2-staging", None, head(origin), MESSAGE)])

    assert git(origin, "tag", "--list") == ""


def test_a_tag_that_appeared_meanwhile_is_a_lost_race_and_pushes_nothing(origin: Path, open_repository: Open) -> None:
    repository = open_repository()
    git(origin, "tag", "v2-staging", "main")
    before = git(origin, "for-each-ref")

    with pytest.raises(LostRace):
        repository.push(
            [change(repository, WEB, b"images: []\n"), TagUpdate("v2-staging", None, head(origin), MESSAGE)]
        )

    assert git(origin, "for-each-ref") == before


def test_a_tag_is_moved_only_from_where_it_was_seen(origin: Path, open_repository: Open) -> None:
    repository = open_repository()
    first = head(origin)
    (seen,) = repository.push([TagUpdate("live", None, first, MESSAGE)])
    (second,) = repository.push([change(repository, WEB, b"images: []\n")])

    (moved,) = repository.push([TagUpdate("live", seen, second, MESSAGE)])
    with pytest.raises(LostRace):
        repository.push([TagUpdate("live", seen, first, MESSAGE)])

    assert git(origin, "rev-parse", "refs/tags/live") == moved
    assert git(origin, "rev-parse", "live^{commit}") == second
    assert repository.tags()["live"].commit == second


@pytest.mark.parametrize("hook", ['test "${1#refs/tags/}" = "$1" || { echo "no tags here" >&2; exit 1; }; exit 0'])
def test_a_rejected_tag_leaves_branch_and_ledger_alone(origin: Path, open_repository: Open, hook: str) -> None:
    install_hook(origin, "update", hook)
    repository = open_repository()
    before = git(origin, "for-each-ref")

    with pytest.raises(PushRefused, match=r"a hook of .* declined the push") as refused:
        repository.push(
            [change(repository, WEB, b"images: []\n"), RECORD, TagUpdate("v2-staging", None, head(origin), MESSAGE)]
        )

    assert "no tags here" in str(refused.value)
    assert git(origin, "for-each-ref") == before


def test_branch_ledger_and_tag_arrive_in_one_push(origin: Path, open_repository: Open) -> None:
    install_hook(origin, "post-receive", "cat >> pushes; echo end >> pushes")
    repository = open_repository()

    repository.push(
        [change(repository, WEB, b"images: []\n"), RECORD, TagUpdate("v2-staging", None, head(origin), MESSAGE)]
    )

    refs = [line.split()[-1] for line in (origin / "pushes").read_text().splitlines()]
    assert sorted(refs[:3]) == ["refs/heads/main", "refs/heads/promontory/ledger", "refs/tags/v2-staging"]
    assert refs[3:] == ["end"]


def test_fifty_thousand_tags_are_read_once_a_sync(origin: Path, open_repository: Open, recorded_git: Path) -> None:
    commit = head(origin)
    lines = [f"{commit} refs/tags/v1.{number}.0-staging\n" for number in range(50_000)]
    (origin / "packed-refs").write_text("# pack-refs with: peeled fully-peeled sorted\n" + "".join(sorted(lines)))
    git(origin, "update-ref", "refs/heads/main", commit)
    repository = open_repository()

    found = repository.tags()
    repository.push([TagUpdate("v2-staging", None, commit, MESSAGE)])

    assert len(found) == 50_000
    assert repository.tags() is repository.tags()
    assert "v2-staging" in repository.tags()
    assert recorded_git.read_text().count("ls-remote --tags") == 2, "once, and again after a push of tags"


def test_a_commit_that_only_a_tag_leads_to_can_be_tagged_and_read(origin: Path, open_repository: Open) -> None:
    repository = open_repository()
    git(origin, "branch", "side", "main")
    repository.sync()
    (commit,) = repository.push([change(repository, WEB, b"images: [side]\n", branch="side")])
    git(origin, "tag", "v1.0.1", commit)
    git(origin, "branch", "-D", "side")
    fresh = open_repository(cache="fresh")

    assert fresh.commit("v1.0.1") == commit
    assert fresh.files(commit).read(WEB) == b"images: [side]\n"
    open_repository(cache="fresher").push([TagUpdate("v1.0.1-staging", None, commit, MESSAGE)])

    assert git(origin, "rev-parse", "v1.0.1-staging^{commit}") == commit


def test_a_commit_that_the_server_does_not_have_is_a_clear_error(origin: Path, open_repository: Open) -> None:
    missing = "1" * 40

    with pytest.raises(RepositoryError, match=f"has no object {missing}"):
        open_repository().push([TagUpdate("v2-staging", None, missing, MESSAGE)])


@pytest.mark.parametrize("name", ["", "-d", "a b", "a..b", "a:b", "x.lock", "+x", "a\nb"])
def test_what_cannot_be_a_tag_never_reaches_git(origin: Path, open_repository: Open, name: str) -> None:
    with pytest.raises(UsageError, match="cannot be a tag's name"):
        open_repository().push([TagUpdate(name, None, head(origin), MESSAGE)])
