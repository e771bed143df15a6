from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as some

from promontory.errors import UsageError
from promontory.pipeline import Pipeline, cycles, waves

DIAMOND = Pipeline(
    {
        "dev": (),
        "production-eu": ("staging",),
        "production-us": ("staging",),
        "staging": ("dev",),
        "archive": ("production-us", "production-eu"),
        "lab": (),
    }
)


class Configuration:
    def pipeline(self, application: str) -> Pipeline:
        return {"web": DIAMOND}[application]


def test_siblings_stand_in_one_wave() -> None:
    assert DIAMOND.waves() == (
        ("dev", "lab"),
        ("staging",),
        ("production-eu", "production-us"),
        ("archive",),
    )


def test_only_what_leads_to_the_goal_is_travelled() -> None:
    assert DIAMOND.waves("production-us") == (("dev",), ("staging",), ("production-us",))
    assert DIAMOND.hops("staging") == ("dev", "staging")
    assert waves(Configuration(), "web", "dev") == (("dev",),)


def test_neighbours_near_and_far() -> None:
    assert DIAMOND.after("archive") == ("production-us", "production-eu")
    assert DIAMOND.upstream("archive") == ("dev", "production-eu", "production-us", "staging")
    assert DIAMOND.downstream("staging") == ("production-eu", "production-us", "archive")
    assert DIAMOND.downstream("lab") == ()


def test_edges_go_through_what_is_taken_out() -> None:
    assert DIAMOND.without({"staging", "production-eu"}).edges == {
        "dev": (),
        "production-us": ("dev",),
        "archive": ("production-us", "dev"),
        "lab": (),
    }


def test_an_unknown_environment_is_told_with_the_nearest() -> None:
    with pytest.raises(UsageError, match='did you mean "staging"'):
        DIAMOND.waves("stagin")


def test_circles_are_found_each_by_itself() -> None:
    edges = {"a": ["c"], "b": ["a"], "c": ["b"], "x": ["x"], "y": ["x", "unknown"], "z": ()}

    assert sorted(cycles(edges)) == [("a", "b", "c", "a"), ("x", "x")]
    assert cycles(DIAMOND.edges) == ()


@some.composite
def pipelines(draw: some.DrawFn) -> Pipeline:
    """A DAG whose environments stand in the file in any order."""
    names = [f"e{number}" for number in range(draw(some.integers(1, 9)))]
    before = {
        name: tuple(draw(some.lists(some.sampled_from(names[:position]), unique=True))) if position else ()
        for position, name in enumerate(names)
    }
    return Pipeline({name: before[name] for name in draw(some.permutations(names))})


@given(pipelines(), some.data())
def test_every_environment_comes_as_early_as_what_is_before_it_allows(
    pipeline: Pipeline, data: some.DataObject
) -> None:
    goal = data.draw(some.none() | some.sampled_from(pipeline.environments))
    wave_of = {name: number for number, wave in enumerate(pipeline.waves(goal)) for name in wave}

    expected = set(pipeline.environments) if goal is None else {goal, *pipeline.upstream(goal)}
    assert wave_of.keys() == expected
    for name, number in wave_of.items():
        assert number == max((wave_of[before] + 1 for before in pipeline.after(name)), default=0)
    for wave in pipeline.waves(goal):
        assert list(wave) == [name for name in pipeline.environments if name in wave]


@given(pipelines(), some.data())
def test_taking_out_keeps_what_comes_before_what(pipeline: Pipeline, data: some.DataObject) -> None:
    left_out = data.draw(some.sets(some.sampled_from(pipeline.environments)))
    rest = pipeline.without(left_out)

    assert rest.environments == tuple(name for name in pipeline.environments if name not in left_out)
    for name in rest.environments:
        assert set(rest.upstream(name)) == set(pipeline.upstream(name)) - left_out


@given(some.dictionaries(some.sampled_from("abcdef"), some.lists(some.sampled_from("abcdefg"), unique=True)))
def test_a_pipeline_without_circles_has_waves(edges: dict[str, list[str]]) -> None:
    known = {name: tuple(before for before in sources if before in edges) for name, sources in edges.items()}

    for cycle in cycles(edges):
        assert cycle[0] == cycle[-1]
        assert all(before in known[after] for before, after in pairwise(cycle))
    if not cycles(edges):
        assert sorted(Pipeline(known).hops()) == sorted(known)
