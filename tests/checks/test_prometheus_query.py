"""PromQL with placeholders: what is filled in stays a value, whatever it is."""

from __future__ import annotations

from datetime import timedelta

import pytest

from promontory.checks.prometheus.query import check_query, fill_query, longest_range
from promontory.model import Place
from promontory.options import Target

TARGET = Target(Place("web-app", "staging"), "v1.3.0")


@pytest.mark.parametrize(
    ("query", "filled"),
    [
        ("up{app=\"{application}\",env='{environment}'}", "up{app=\"web-app\",env='staging'}"),
        ('up{version=~"{release}.*"}', r'up{version=~"v1\\.3\\.0.*"}'),
        ('up{version !~ "{release}|a"}', r'up{version !~ "v1\\.3\\.0|a"}'),
        ('sum by (app) (rate(x{code=~"5..",app="{application}"}[2m]))',) * 2,
        ("up # of {release}, isn't it\n", "up # of {release}, isn't it\n"),
        ('up{path="a\\"{release}"}', 'up{path="a\\"v1.3.0"}'),
        (r"up{path=~`\d{2}`}",) * 2,
        ('{"http.requests", app="{application}"}', '{"http.requests", app="web-app"}'),
    ],
)
def test_placeholders_are_filled_within_quotes_only(query: str, filled: str) -> None:
    expected = filled.replace("{application}", "web-app") if query == filled else filled

    assert fill_query(check_query(query), TARGET) == expected


@pytest.mark.parametrize(
    ("hostile", "escaped"),
    [
        ('"} or up{a="', r"\U00000022} or up{a=\U00000022"),
        ("'", r"\U00000027"),
        ("\\", r"\\"),
        ("a\nb\0", r"a\U0000000ab\U00000000"),
        ("é", "é"),
    ],
)
def test_what_ends_a_string_is_escaped(hostile: str, escaped: str) -> None:
    target = Target(TARGET.place, hostile)

    assert fill_query('up{v="{release}"}', target) == f'up{{v="{escaped}"}}'


def test_behind_a_regular_expressions_sign_it_is_plain_text_of_one_too() -> None:
    target = Target(TARGET.place, 'a|b.*"')

    assert fill_query('up{v=~"{release}"}', target) == r'up{v=~"a\\|b\\.\\*\\\U00000022"}'


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("up{app={application}}", "{application} stands outside of quotes: write it within quotes, as in app="),
        ("up{app=`{release}`}", "{release} stands within backticks, where nothing can be escaped"),
        ('up{app="a}', 'a quote " is not closed'),
        ("up{app='a\n'}", "a quote ' is not closed"),
        ('up{app="{app}"}', "unknown placeholder {app}"),
    ],
)
def test_what_cannot_be_filled_safely_is_refused(query: str, message: str) -> None:
    with pytest.raises(ValueError, match=f"^{message}"):
        check_query(query)


@pytest.mark.parametrize(
    ("query", "seconds"),
    [
        ("up", 0),
        ("rate(x[5m])", 300),
        ("rate(x[30s]) / rate(y[1h30m])", 5400),
        ("max_over_time(x[1d:1m])", 86_400),
        ("rate(x[ 90 ])", 90),
        ("rate(x[500ms])", 0.5),
        ('x{a="[5m]"} # [5m]', 0),
        ("x[1.2.3s]", 0),
        ("x[99999999999999y]", 315_360_000),
        ("x[" + "1" * 3000, 0),
    ],
)
def test_the_longest_range_in_it(query: str, seconds: float) -> None:
    assert longest_range(query) == timedelta(seconds=seconds)
