from __future__ import annotations

import pytest
from pydantic import ValidationError

from promontory.releases.filter import Filter


def test_a_pattern_is_found_anywhere_in_the_tag() -> None:
    assert Filter(pattern="rc").apply(["v1-rc1", "v1", "rc"]) == {"v1-rc1": "v1-rc1", "rc": "rc"}


@pytest.mark.parametrize(
    ("extract", "text"),
    [
        ("$1", "2026"),
        ("$year", "2026"),
        ("${year}.$2", "2026.07"),
        ("$0", "b-2026-07"),
        ("$$$1", "$2026"),
        ("$1$2", "202607"),
        ("v${1}x", "v2026x"),
        ("fixed", "fixed"),
        ("$3", ""),
    ],
)
def test_an_extract_is_a_template_of_groups(extract: str, text: str) -> None:
    pattern = r"b-(?P<year>\d+)-(\d+)(x)?"

    assert Filter(pattern=pattern, extract=extract).apply(["b-2026-07"]) == {"b-2026-07": text}


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        ({"pattern": "("}, "is no regular expression of RE2: missing )"),
        ({"pattern": r"(a)\1"}, "is no regular expression of RE2: invalid escape sequence"),
        ({"pattern": "(?=a)"}, "is no regular expression of RE2: invalid perl operator"),
        ({"pattern": "((a{900}){900}){900}"}, "is no regular expression of RE2"),
        ({"pattern": "a" * 1001}, "at most 1000 characters"),
        ({"pattern": "(a)(?P<ts>b)", "extract": "$3"}, "$3 is no group of the pattern: it has $1, $2, $ts"),
        ({"pattern": "a", "extract": "$ts"}, "$ts is no group of the pattern: it has none"),
        # As in Go, $1x is the group 1x and not the group 1 before an x.
        ({"pattern": "(a)", "extract": "$1x"}, "$1x is no group of the pattern"),
        ({"pattern": "(a)", "extract": "$"}, "a '$' names no group (write $$ for the sign)"),
        ({"pattern": ""}, "at least 1 character"),
    ],
)
def test_a_bad_filter_is_refused_when_it_is_read(options: dict[str, str], problem: str) -> None:
    with pytest.raises(ValidationError) as refused:
        Filter.model_validate(options)

    assert problem in refused.value.errors()[0]["msg"]


def test_an_expression_that_takes_other_engines_for_ever_does_not_take_long() -> None:
    hostile = Filter(pattern=r"^(a|a?)+(a*)*$", extract="$1")

    assert hostile.apply(["a" * 127 + "b"] * 1000) == {}
