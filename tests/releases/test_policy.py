"""Which release is the latest: the rules of Flux's image policies."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from pydantic import ValidationError

from promontory.errors import UsageError
from promontory.releases.contract import Ranking
from promontory.releases.git_tags import GitTags
from promontory.releases.policy import Policy


def rank(releases: Sequence[str], semver: str = "", **options: object) -> Ranking:
    return GitTags.model_validate({"kind": "git-tags", **options}).rank(releases, semver)


def test_without_a_policy_the_highest_version_that_is_no_prerelease_is_the_latest() -> None:
    ranking = rank(["v1.9.0", "main", "v2.0.0-rc.1", "v1.10.0", "v1.10.0-rc.2", "latest"])

    assert ranking.newest_first == ("v2.0.0-rc.1", "v1.10.0", "v1.10.0-rc.2", "v1.9.0", "main", "latest")
    assert ranking.latest == "v1.10.0"


def test_without_versions_nothing_is_the_latest() -> None:
    assert rank(["main", "v1", "1.2"]).latest is None
    assert rank([]) == Ranking((), frozenset())


def test_a_semver_policy_takes_the_highest_in_its_range_and_lists_the_others_after() -> None:
    ranking = rank(["v1.0.0", "v3.0.0", "v1.4.0", "main", "v0.9.0"], policy={"semver": ">=1.0 <2"})

    assert ranking.latest == "v1.4.0"
    assert ranking.newest_first == ("v1.4.0", "v1.0.0", "v3.0.0", "v0.9.0", "main")
    assert ranking.accepted == {"v1.4.0", "v1.0.0"}


def test_the_tag_is_returned_as_it_was_written() -> None:
    assert rank(["1.2.3", "v1.2.4+build.1"], policy={"semver": "1.x"}).latest == "v1.2.4+build.1"


def test_of_tags_with_the_same_version_always_the_same_one_is_taken() -> None:
    assert rank(["1.0.0", "v1.0.0"]).latest == rank(["v1.0.0", "1.0.0"]).latest == "v1.0.0"


@pytest.mark.parametrize(("order", "latest"), [("asc", "b"), ("desc", "A")])
def test_alphabetical_is_byte_order(order: str, latest: str) -> None:
    assert rank(["a", "b", "A", "Z"], policy={"alphabetical": order}).latest == latest


@pytest.mark.parametrize(("order", "latest"), [("asc", "1e3"), ("desc", "-3")])
def test_numerical_compares_numbers_and_not_their_texts(order: str, latest: str) -> None:
    assert rank(["9", "10", "1e3", "-3", "2.5"], policy={"numerical": order}).latest == latest


def test_long_numbers_are_told_apart() -> None:
    assert rank(["20260101120000000001", "20260101120000000002"], policy={"numerical": "asc"}).latest[-1:] == "2"  # type: ignore[index]


@pytest.mark.parametrize("bad", ["latest", "1.2.3", "0x10", "inf", "nan", "1_000", "1e9999", "\u0661"])
def test_one_tag_that_is_no_number_fails_the_policy_and_is_named(bad: str) -> None:
    with pytest.raises(UsageError) as refused:
        rank(["1", bad, "2"], policy={"numerical": "asc"})

    assert refused.value.message == f"{bad!r} is no number, so that the policy numerical cannot choose"
    assert "filter: {pattern: '^[0-9]+$'}" in refused.value.remedy


def test_a_filter_compares_the_extract_and_returns_the_tag() -> None:
    tags = ["main-abc-1700", "main-fff-900", "pr-7-abc-9999", "latest"]
    options = {
        "filter": {"pattern": "^main-[a-f0-9]+-(?P<ts>[0-9]+)$", "extract": "$ts"},
        "policy": {"numerical": "asc"},
    }

    ranking = rank(tags, **options)

    assert ranking.newest_first == ("main-abc-1700", "main-fff-900")
    assert ranking.latest == "main-abc-1700"


def test_a_bad_extract_names_its_tag() -> None:
    options = {"filter": {"pattern": "^main-(.*)$", "extract": "$1"}, "policy": {"numerical": "asc"}}

    with pytest.raises(UsageError, match=r"'x' \(from main-x\) is no number"):
        rank(["main-x"], **options)


def test_a_filter_without_a_policy_compares_versions() -> None:
    options = {"filter": {"pattern": r"^(.*)-alpine$", "extract": "$1"}}

    assert rank(["1.2.0-alpine", "1.10.0-alpine", "2.0.0"], **options).latest == "1.10.0-alpine"


def test_a_range_that_is_asked_for_replaces_the_policy_but_not_the_filter() -> None:
    options = {"filter": {"pattern": "^v"}, "policy": {"semver": ">=2"}}

    assert rank(["v1.0.0", "v1.5.0", "1.9.0", "v2.0.0"], "<2", **options).latest == "v1.5.0"


@pytest.mark.parametrize("policy", [{}, {"semver": "1", "numerical": "asc"}, {"alphabetical": "up"}, {"semver": ""}])
def test_a_policy_is_exactly_one_rule(policy: dict[str, str]) -> None:
    with pytest.raises(ValidationError):
        Policy.model_validate(policy)


def test_fifty_thousand_tags_are_ranked() -> None:
    tags = [f"v{number // 2500}.{number // 50 % 50}.{number % 50}" for number in range(50_000)]

    assert rank(tags[::-1], policy={"semver": "<20"}).latest == "v19.49.49"
