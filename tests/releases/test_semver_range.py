"""Ranges mean what Masterminds/semver means by them: by table, and against a model of every term."""

from __future__ import annotations

from contextlib import suppress
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from promontory.releases.semver_range import LONGEST, parse_range, version_key


def accepts(text: str, version: str) -> bool:
    key = version_key(version)
    assert key is not None, f"{version} is no version"
    return parse_range(text).accepts(key)


@pytest.mark.parametrize(
    ("text", "inside", "outside"),
    [
        ("1.2.3", "1.2.3 v1.2.3 1.2.3+build.7", "1.2.4 1.2.2"),
        ("=1.2.3", "1.2.3", "1.2.4"),
        ("!=1.2.3", "1.2.2 1.2.4 0.0.1", "1.2.3"),
        ("!=1.2", "1.1.9 1.3.0", "1.2.0 1.2.9"),
        ("!=1.x", "0.9.0 2.0.0", "1.0.0 1.9.9"),
        (">1.2.3", "1.2.4 2.0.0", "1.2.3 1.2.2"),
        (">11", "12.0.0", "11.0.0 11.1.0 11.9.9"),
        (">11.1", "11.2.0 12.0.0", "11.1.0 11.1.5"),
        (">=1.0", "1.0.0 1.0.1 7.0.0", "0.9.9"),
        ("=>1.0", "1.0.0", "0.9.9"),
        ("<1.2", "1.1.9 0.0.0", "1.2.0"),
        ("<=1.2", "1.2.0 1.2.9 0.1.0", "1.3.0"),
        ("<=11", "11.9.9", "12.0.0"),
        ("=<1.2.3", "1.2.3", "1.2.4"),
        ("~1.2.3", "1.2.3 1.2.9", "1.3.0 1.2.2"),
        ("~1", "1.0.0 1.9.0", "2.0.0 0.9.0"),
        ("~2.3", "2.3.0 2.3.9", "2.4.0 2.2.9"),
        ("~1.2.x", "1.2.0 1.2.9", "1.3.0"),
        ("~1.x", "1.0.0 1.9.9", "2.0.0"),
        ("~>2.0", "2.0.0 2.0.9", "2.1.0"),
        ("~0.0.0", "0.0.0 5.1.0", ""),
        ("^1.2.3", "1.2.3 1.9.0", "2.0.0 1.2.2"),
        ("^1.2.x", "1.2.0 1.9.9", "2.0.0 1.1.9"),
        ("^2.3", "2.3.0 2.9.9", "3.0.0 2.2.9"),
        ("^2.x", "2.0.0 2.9.9", "3.0.0 1.9.9"),
        ("^0.2.3", "0.2.3 0.2.9", "0.3.0 0.2.2 1.2.3"),
        ("^0.2", "0.2.0 0.2.9", "0.3.0"),
        ("^0.0.3", "0.0.3", "0.0.4 0.0.2"),
        ("^0.0", "0.0.0 0.0.9", "0.1.0"),
        ("^0", "0.0.0 0.9.9", "1.0.0"),
        ("*", "0.0.0 1.2.3 99.0.0", "1.2.3-rc.1"),
        ("x", "1.2.3", "1.2.3-rc.1"),
        ("^*", "0.1.0 9.0.0", ""),
        ("1.x", "1.0.0 1.9.0", "2.0.0"),
        ("1.2.X", "1.2.0 1.2.9", "1.3.0"),
        ("v1.x", "1.0.0", "2.0.0"),
        ("1.x.5", "1.0.0 1.9.9", "2.0.0"),
        ("1.2 - 1.4.5", "1.2.0 1.4.5", "1.4.6 1.1.9"),
        ("2.3.4 - 4.5", "2.3.4 4.5.9", "4.6.0 2.3.3"),
        (">=1.2 <3", "1.2.0 2.9.9", "3.0.0 1.1.9"),
        (">= 1.2, < 3.0.0", "1.2.0 2.9.9", "3.0.0"),
        (">=1.2 , !=1.3.0", "1.3.1", "1.3.0"),
        (">= 1.2, < 3.0.0 || >= 4.2.3", "1.2.0 4.2.3", "3.0.0 4.2.2"),
        ("1.0 - 1.2 || 3.x", "1.2.9 3.3.3", "2.0.0"),
        # Pre-releases only where a term of that group of AND has one.
        (">=1.0.0-0", "1.0.0-rc.1 1.0.0 2.0.0-alpha", "0.9.0-rc.1"),
        (">=1.0.0", "1.0.0", "1.0.0-rc.1 2.0.0-rc.1"),
        (">=1.0.0-0 <2", "1.5.0-rc.1 2.0.0-rc.1", "2.0.0"),
        ("<2 || >=3.0.0-0", "1.0.0 3.0.0-rc.1", "1.0.0-rc.1 2.0.0"),
        ("^1.2.0-0", "1.2.0-rc.1 1.9.0-rc.1", "2.0.0-rc.1"),
        ("~1.2.0-0", "1.2.0-rc.1 1.2.9", "1.3.0-rc.1"),
        ("^0.2.3-beta.2", "0.2.3-beta.2 0.2.3-beta.4 0.2.9", "0.2.3-beta.1 0.3.0-rc.1"),
        ("~1.1.0-alpha.1 || ^2", "1.1.0-alpha.2 2.3.0", "1.1.0-alpha.0 2.3.0-rc.1"),
        (">1.2.3-rc.1", "1.2.3-rc.2 1.2.3-rc.10 1.2.3", "1.2.3-rc.1 1.2.3-beta.9"),
        ("1.2.3-rc.1", "1.2.3-rc.1", "1.2.3-rc.1.1 1.2.3"),
    ],
)  # fmt: skip
def test_a_range_holds_what_its_documentation_says(text: str, inside: str, outside: str) -> None:
    assert [version for version in inside.split() if not accepts(text, version)] == []
    assert [version for version in outside.split() if accepts(text, version)] == []


@pytest.mark.parametrize(
    "tag", ["1.2", "v1", "latest", "1.2.3.4", "V1.2.3", "vv1.2.3", "01.2.3", "1.2.3-01", "", "1.2.3_"]
)
def test_a_version_is_three_dotted_numbers(tag: str) -> None:
    assert version_key(tag) is None


def test_versions_are_ordered_as_semver_orders_them() -> None:
    # The example of https://semver.org/#spec-item-11, and numbers that are longer than machine words.
    ordered = ["1.0.0-alpha", "1.0.0-alpha.1", "1.0.0-alpha.beta", "1.0.0-beta", "1.0.0-beta.2", "1.0.0-beta.11",
               "1.0.0-rc.1", "1.0.0", "1.0.1", "1.2.0", "1.10.0", "9" * 40 + ".0.0"]  # fmt: skip
    keys = [version_key(version) for version in ordered]

    assert None not in keys
    assert keys == sorted(keys)  # type: ignore[type-var]
    assert version_key("1.0.0+a") == version_key("v1.0.0+b")


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "it is empty, or ends too early"),
        ("  ", "it is empty, or ends too early"),
        ("1 ||", "it is empty, or ends too early"),
        ("|| 1", "it is empty, or ends too early"),
        (">=", "it cannot be read from '>=' on"),
        ("latest", "it cannot be read from 'latest' on"),
        (">=1.2<2", "it cannot be read from '<2' on"),
        (">=1,,<2", "it cannot be read from ',<2' on"),
        ("1.2.3.4", "it cannot be read from '.4' on"),
        ("1 - ", "it cannot be read from '-' on"),
        ("1 & 2", "it cannot be read from '& 2' on"),
        (">=\uff11", "it cannot be read from '>=\uff11' on"),
        ("1" * (LONGEST + 1), "at most 256 characters"),
    ],
)  # fmt: skip
def test_what_is_no_range_is_refused_where_it_goes_wrong(text: str, problem: str) -> None:
    with pytest.raises(ValueError, match="range of versions") as refused:
        parse_range(text)

    assert problem in str(refused.value)


def test_a_long_and_hostile_range_is_read_at_once() -> None:
    for text in ("1 " * 128, "1.2 - " * 42, "x" * LONGEST, " " * LONGEST, "1-" + "a." * 126):
        with suppress(ValueError):
            parse_range(text)


# --- against a model: every version of a small world, and each term written out by its numbers -------------------

Numbers = tuple[int, int, int]
SMALL = (0, 1, 2, 3)
WORLD: tuple[Numbers, ...] = tuple(product(SMALL, SMALL, SMALL))
PARTIALS = st.lists(st.sampled_from(SMALL), min_size=1, max_size=3)
OPERATORS = ("", "=", "!=", ">", ">=", "<", "<=", "~", "^")
TERMS = st.tuples(st.sampled_from(OPERATORS), PARTIALS)


def model(operator: str, partial: list[int], version: Numbers) -> bool:
    """One term, by comparing the numbers that are written and no others."""
    written = tuple(partial)
    same = version[: len(written)]
    padded = (*written, 0, 0)[:3]
    leading = next((place for place, number in enumerate(written) if number), len(written) - 1)
    held: dict[str, bool] = {
        "": same == written,
        "=": same == written,
        "!=": same != written,
        ">": same > written,
        "<=": same <= written,
        "<": version < padded,
        ">=": version >= padded,
        "~": version >= padded and (partial == [0, 0, 0] or version[:2][: len(written)] == written[:2]),
        "^": version >= padded and version[: leading + 1] == written[: leading + 1],
    }
    return held[operator]


def spelled(term: tuple[str, list[int]]) -> str:
    operator, partial = term
    return operator + ".".join(map(str, partial))


@pytest.mark.parametrize("operator", OPERATORS)
def test_every_term_of_a_small_world_holds_exactly_what_the_model_holds(operator: str) -> None:
    partials = [list(numbers) for length in (1, 2, 3) for numbers in product(SMALL, repeat=length)]
    keys = {version: version_key("{}.{}.{}".format(*version)) for version in WORLD}

    for partial in partials:
        wanted = parse_range(spelled((operator, partial)))
        held = {version for version, key in keys.items() if key and wanted.accepts(key)}
        assert held == {version for version in WORLD if model(operator, partial, version)}, wanted.text


@given(st.lists(st.lists(TERMS, min_size=1, max_size=3), min_size=1, max_size=3), st.sampled_from([" ", ", ", " , "]))
def test_ands_and_ors_of_terms_hold_exactly_what_the_model_holds(
    groups: list[list[tuple[str, list[int]]]], separator: str
) -> None:
    text = " || ".join(separator.join(spelled(term) for term in group) for group in groups)
    wanted = parse_range(text)

    for version in WORLD:
        held = any(all(model(*term, version) for term in group) for group in groups)
        key = version_key("{}.{}.{}".format(*version))
        assert key is not None
        assert wanted.accepts(key) == held, f"{text}: {version}"


@given(PARTIALS, PARTIALS)
def test_a_hyphen_is_both_ends(first: list[int], last: list[int]) -> None:
    text = f"{spelled(('', first))} - {spelled(('', last))}"

    for version in WORLD:
        held = model(">=", first, version) and model("<=", last, version)
        assert accepts(text, "{}.{}.{}".format(*version)) == held, f"{text}: {version}"


@given(st.sampled_from(OPERATORS), PARTIALS, st.sampled_from(["x", "X", "*"]))
def test_an_open_number_is_one_that_is_not_written(operator: str, partial: list[int], wildcard: str) -> None:
    if len(partial) == 3:
        partial = partial[:2]
    written, left_out = f"{operator}{spelled(('', partial))}.{wildcard}", spelled((operator, partial))

    for version in WORLD:
        name = "{}.{}.{}".format(*version)
        assert accepts(written, name) == accepts(left_out, name), f"{written}: {name}"


@given(st.text(st.sampled_from("0123.vxX*<>=!~^|,- ab+"), max_size=20) | st.text(max_size=20))
def test_any_text_is_a_range_or_a_value_error(text: str) -> None:
    with suppress(ValueError):
        parse_range(text)
