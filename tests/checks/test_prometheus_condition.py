"""Conditions: what they mean, and what is no condition."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from promontory.checks.prometheus.condition import parse
from promontory.checks.prometheus.terms import Sample, Undefined


def holds(condition: str, *results: float, baseline: float | None = None) -> bool:
    return parse(condition).holds([Sample(result, baseline) for result in results])


@pytest.mark.parametrize(
    ("condition", "result", "baseline", "expected"),
    [
        ("result < 0.01", 0.009, None, True),
        ("result < 0.01", 0.01, None, False),
        ("result <= 1e-2", 0.01, None, True),
        ("result > .5", 0.6, None, True),
        ("result >= 1", 1.0, None, True),
        ("result == 1", 1.0, None, True),
        ("result != 1", 1.0, None, False),
        ("0.01 > result", 0.009, None, True),
        ("result <= 1.2 * baseline", 1.2, 1.0, True),
        ("result <= 1.2 * baseline", 1.21, 1.0, False),
        ("result - baseline < 0.1", 1.05, 1.0, True),
        ("result / baseline < 1.1", 1.05, 1.0, True),
        ("1 + 2 * 3 == 7 and result > 0", 1.0, None, True),
        ("(1 + 2) * 3 == 9 and result > 0", 1.0, None, True),
        ("10 - 3 - 2 == 5 and result > 0", 1.0, None, True),
        ("8 / 4 / 2 == 1 and result > 0", 1.0, None, True),
        ("-result < -1", 2.0, None, True),
        ("result < 1 or result > 5 and result < 7", 6.0, None, True),
        ("(result < 1 or result > 5) and result < 0.5", 6.0, None, False),
        ("not result > 1", 0.5, None, True),
        ("not not result > 1", 0.5, None, False),
        ("not (result > 1 or result < 0)", 0.5, None, True),
        ("result < 1 / 0", 5.0, None, True),
        ("result < 5", math.inf, None, False),
    ],
)
def test_one_series(condition: str, result: float, baseline: float | None, expected: bool) -> None:
    assert holds(condition, result, baseline=baseline) is expected


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ("result < 3", False),
        ("result < 4", True),
        ("not result < 2", False),
        ("any(result < 2)", True),
        ("all(result < 4)", True),
        ("not any(result > 5)", True),
        ("avg(result) == 2", True),
        ("max(result) - min(result) == 2", True),
        ("sum(result) == 6 and count(result) == 3", True),
        ("result <= 1.5 * avg(result)", True),
        ("avg(result * 2) == 4", True),
    ],
)
def test_several_series(condition: str, expected: bool) -> None:
    assert holds(condition, 1.0, 2.0, 3.0) is expected


@pytest.mark.parametrize("condition", ["result > baseline", "not result > baseline", "max(baseline) > result"])
def test_without_a_baseline_nothing_is_true(condition: str) -> None:
    with pytest.raises(Undefined, match="there is no baseline"):
        holds(condition, 1.0)


@pytest.mark.parametrize(
    "condition", ["result / result > 1", "not result / result > 1", "max(result / result) > 1", "result / result != 1"]
)
def test_nothing_divided_by_nothing_says_nothing(condition: str) -> None:
    with pytest.raises(Undefined, match="what is compared is no number"):
        holds(condition, 0.0)


def test_among_several_numbers_one_that_is_none_is_not_overlooked() -> None:
    with pytest.raises(Undefined, match="what is compared is no number"):
        holds("max(result / result) >= 1", 2.0, 0.0)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "something is missing at the beginning: a number, or one of result, baseline, avg"),
        ("result", "'result' is a number: compare it with one"),
        ("1 < 2", "does not look at the result"),
        ("baseline < 2", "does not look at the result"),
        ("result <", "something is missing after 'result <'"),
        ("result < 1 <", "'<' is not expected after 'result < 1': join comparisons with and"),
        ("0 < result < 1", "'<' is not expected after '0 < result': join comparisons with and"),
        ("result < 1 2", "'2' is not expected after 'result < 1'"),
        ("(result < 1", "a \\) is missing after '\\( result < 1'"),
        ("result < 1 and 3", "'and' wants comparisons, not numbers"),
        ("not result", "'not' wants comparisons, not numbers"),
        ("(result < 1) + 2 > 1", "'\\+' wants numbers, not what is true or false"),
        ("avg(result < 1) < 1", "'avg' wants numbers"),
        ("any(result)", "'any' wants comparisons"),
        ("avg(1) < result", "avg\\(…\\) wants the result or the baseline in its brackets"),
        ("avg result < 1", "avg wants brackets after 'avg'"),
        ("result = 1", "'=' has no meaning in a condition"),
        ("result[0] < 1", "'\\[' has no meaning in a condition"),
        ("latency < 1", "'latency' is not expected at the beginning"),
        ("result.__class__ < 1", "'.' has no meaning in a condition"),
        ("exit(1) < result", "'exit' is not expected at the beginning"),
        ("(" * 50 + "result" + ")" * 50 + " < 1", "is nested too deep"),
        ("result < " + "1" * 500, "is longer than 500 characters"),
    ],
)
def test_what_is_no_condition(text: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        parse(text)


def test_a_row_of_words_is_not_deep() -> None:
    assert holds("not " * 100 + "result > 1", 2.0)


NUMBERS = st.integers(min_value=-50, max_value=50).map(str)
TERMS = st.recursive(
    st.one_of(NUMBERS, st.just("result"), st.just("baseline")),
    lambda inner: st.builds("({} {} {})".format, inner, st.sampled_from(["+", "-", "*"]), inner),
    max_leaves=8,
)
COMPARISONS = st.builds("{} {} {}".format, TERMS, st.sampled_from(["<", "<=", ">", ">=", "==", "!="]), TERMS)
CONDITIONS = st.recursive(
    COMPARISONS,
    lambda inner: st.one_of(
        st.builds("({} {} {})".format, inner, st.sampled_from(["and", "or"]), inner),
        st.builds("not ({})".format, inner),
    ),
    max_leaves=4,
)


@settings(deadline=None)
@given(CONDITIONS, st.integers(-20, 20), st.integers(-20, 20))
def test_it_means_what_it_means_in_python(condition: str, result: int, baseline: int) -> None:
    text = f"{condition} or result != result"
    try:
        parsed = parse(text)
    except ValueError as error:  # longer or deeper than anybody writes
        assert "is " in str(error)  # noqa: PT017
        return

    expected = eval(text, {"__builtins__": {}}, {"result": float(result), "baseline": float(baseline)})  # noqa: S307

    assert parsed.holds([Sample(float(result), float(baseline))]) is expected
