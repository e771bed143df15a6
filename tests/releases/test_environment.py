from __future__ import annotations

from collections.abc import Sequence

from promontory.releases.environment import EarlierEnvironment

DIGEST = "sha256:" + "a" * 64


class Deployed:
    """`Surroundings` in which these releases came, the last one first."""

    def __init__(self, *names: str) -> None:
        self.names = names

    def deployed(self) -> Sequence[str]:
        return self.names

    def remote_tags(self, url: str | None = None) -> Sequence[str]:
        raise AssertionError("environments need no tags")


def test_what_an_environment_runs_or_has_run_is_known_and_listed_in_its_order() -> None:
    source, around = EarlierEnvironment(), Deployed("build-7", "v2", "build-6")

    assert source.knows("build-6", around)
    assert not source.knows("build-8", around)
    assert source.rank(source.releases(around)).newest_first == ("build-7", "v2", "build-6")


def test_which_one_is_the_latest_is_not_for_the_list_to_say() -> None:
    assert EarlierEnvironment().rank(("v1.0.0",)).latest is None


def test_a_range_looks_at_the_version_of_what_is_pinned() -> None:
    ranking = EarlierEnvironment().rank((f"v1.2.0@{DIGEST}", "v2.0.0", "build-7", DIGEST), "<2")

    assert ranking.latest == f"v1.2.0@{DIGEST}"
