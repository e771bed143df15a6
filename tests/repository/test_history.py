"""The log and its trailers."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from promontory.repository import Repository
from tests.repository.conftest import WEB, change


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
