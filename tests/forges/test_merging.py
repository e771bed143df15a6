"""The contract, against each of the three forges: merging."""

from __future__ import annotations

import pytest

from forges.conftest import opened
from forges.fake_forge import FakeForge
from promontory.errors import ForgeRefused
from promontory.forges import Forge, MergeMethod


@pytest.mark.parametrize("method", ["merge", "squash"])
def test_the_expected_head_is_merged(fake: FakeForge, forge: Forge, method: MergeMethod) -> None:
    request = opened(forge)

    result = forge.merge(request.number, request.head_sha, method, "Promote web-app\n\nPromotion-Id: 0733db647238")

    assert result.outcome == "merged"
    assert (result.request.state, result.request.merged_by) == ("merged", fake.account)
    assert result.request.merged_sha == fake.branches["main"]
    assert fake.request().method == method
    assert fake.request().message == "Promote web-app\n\nPromotion-Id: 0733db647238"


def test_a_head_that_has_moved_is_not_merged(fake: FakeForge, forge: Forge) -> None:
    request = opened(forge)
    moved = fake.move_head()

    result = forge.merge(request.number, request.head_sha, "merge", "Promote")

    assert result.outcome == "moved"
    assert result.request.head_sha == moved
    assert len(fake.open_requests) == 1


def test_what_the_forge_does_not_merge_is_blocked_with_its_reason(fake: FakeForge, forge: Forge) -> None:
    request = opened(forge)
    fake.request().blocked = "One more approval is needed"

    result = forge.merge(request.number, request.head_sha, "merge", "Promote")

    assert result.outcome == "blocked"
    assert "One more approval is needed" in result.reason
    assert len(fake.open_requests) == 1


def test_a_draft_is_blocked(fake: FakeForge, forge: Forge) -> None:
    request = opened(forge)
    fake.request().draft = True

    assert forge.merge(request.number, request.head_sha, "merge", "Promote").outcome == "blocked"


def test_what_a_person_closed_is_closed(fake: FakeForge, forge: Forge) -> None:
    request = opened(forge)
    fake.close_by("alice")

    result = forge.merge(request.number, request.head_sha, "merge", "Promote")

    assert (result.outcome, result.request.closed_by) == ("closed", "alice")


def test_merging_again_after_a_crash_is_no_error(fake: FakeForge, forge: Forge) -> None:
    request = opened(forge)
    first = forge.merge(request.number, request.head_sha, "merge", "Promote")

    again = forge.merge(request.number, request.head_sha, "merge", "Promote")

    assert (again.outcome, again.request) == ("merged", first.request)


def test_a_merge_of_another_head_is_not_taken_for_ours(fake: FakeForge, forge: Forge) -> None:
    request = opened(forge)
    fake.move_head()
    fake.merge_by("alice")

    assert forge.merge(request.number, request.head_sha, "merge", "Promote").outcome == "moved"


def test_merging_without_permission_is_an_error_not_an_outcome(fake: FakeForge, forge: Forge) -> None:
    request = opened(forge)
    fake.fail_next(403, {"message": "Must have push access"})

    with pytest.raises(ForgeRefused, match="forbids it: Must have push access"):
        forge.merge(request.number, request.head_sha, "merge", "Promote")
