"""The log and its trailers."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from promontory.repository import Repository
from tests.repository.conftest import WEB, Open, change, git


def push(repository: Repository, message: str) -> str:
    content = f"{message}\n".encode()
    return repository.push([change(repository, WEB, content, message=message)])[0]


def test_log_reads_subject_author_time_and_trailers(repository: Repository) -> None:
    sha = push(
        repository, "Promote web-app\n\nWords: not a trailer.\n\nRelease: v1\nApproved-By: ann\nApproved-By: bob"
    )

    entry = repository.log("main", 1)[0]

    assert (entry.sha, entry.subject, entry.author) == (sha, "Promote web-app", "Promontory <promontory@localhost>")
    assert entry.trailers == {"Release": "v1", "Approved-By": "ann, bob"}
    assert datetime.now(UTC) - entry.at < timedelta(minutes=1)


@pytest.mark.parametrize(
    "message",
    [
        "Fix Promotion-Id: 7",
        "Fix\n\nPromotion-Id: 7\n\nmore text follows",
        "Fix\n\nX-Promotion-Id: 7",
        "Fix\n\nPromotion-Id: 7b",
    ],
)
def test_look_alikes_are_not_trailers(repository: Repository, message: str) -> None:
    push(repository, message)

    assert repository.log("main", 1)[0].trailers.get("Promotion-Id") != "7"


def test_a_branch_has_been_at_its_first_parents_only(origin: Path, open_repository: Open) -> None:
    first = git(origin, "rev-parse", "main").strip()
    tree = git(origin, "rev-parse", "main^{tree}").strip()
    side = git(origin, "commit-tree", tree, "-p", first, "-m", "side").strip()
    main = git(origin, "commit-tree", tree, "-p", first, "-m", "main").strip()
    merge = git(origin, "commit-tree", tree, "-p", main, "-p", side, "-m", "merge").strip()
    git(origin, "update-ref", "refs/heads/main", merge)
    repository = open_repository()
    repository.sync()

    been = [commit for commit in (merge, main, first, side) if repository.has_been_at(merge, commit)]

    assert been == [merge, main, first]
    assert [commit for commit, _ in repository.lineage(merge)] == [first, main, merge]
    assert not repository.has_been_at(merge, "0" * 40)
    assert not repository.has_been_at(merge, "main")
    assert not repository.has_been_at(first, merge)
    assert not repository.has_been_at(main, side)
