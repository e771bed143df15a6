"""Whatever a release is called, what is filled in is that text and nothing more."""

from __future__ import annotations

import json
import re

from hypothesis import given, settings
from hypothesis import strategies as st

from promontory.checks.prometheus.condition import parse
from promontory.checks.prometheus.query import fill_query
from promontory.exchange.call import Call
from promontory.exchange.json_path import values
from promontory.exchange.patterns import found
from promontory.exchange.request import HttpRequest
from promontory.expressions import compiled
from promontory.model import Place
from promontory.options import Target

# More of what has a meaning somewhere than chance would bring.
RELEASES = st.text(
    st.one_of(st.sampled_from("\"'\\`{}[]()|.*+?^$#\n\r\t\0/%&=@ "), st.characters(exclude_categories=["Cs"]))
)
ESCAPE = re.compile(r"\\(?:U([0-9a-f]{8})|(.))", re.DOTALL)


def target(release: str) -> Target:
    return Target(Place("web-app", "staging"), release)


def read_string(query: str) -> str:
    """What Prometheus reads between the first pair of quotes."""
    literal = re.match(r'[^"]*"((?:[^"\\\n]|\\.)*)"\}$', query, re.DOTALL)
    assert literal, query
    return ESCAPE.sub(lambda match: chr(int(match[1], 16)) if match[1] else match[2], literal[1])


@settings(deadline=None)
@given(RELEASES)
def test_in_a_query(release: str) -> None:
    assert read_string(fill_query('up{v="{release}"}', target(release))) == release


@settings(deadline=None)
@given(RELEASES, RELEASES)
def test_in_a_query_that_matches(release: str, other: str) -> None:
    expression = compiled(read_string(fill_query('up{v=~"{release}"}', target(release))))

    assert expression.fullmatch(release)
    assert bool(expression.fullmatch(other)) is (release == other)


@settings(deadline=None)
@given(RELEASES, RELEASES)
def test_in_a_pattern(release: str, other: str) -> None:
    assert found("^{release}$", release, target(release)) == release
    assert (found("^{release}$", other, target(release)) == other) is (release == other)


@settings(deadline=None)
@given(RELEASES, RELEASES)
def test_in_a_path(release: str, other: str) -> None:
    document = [{"v": release}, {"v": other}]

    for path in ("$[?@.v == '{release}']", '$[?@.v == "{release}"]'):
        assert values(path, document, target(release)) == [item for item in document if item["v"] == release]


@settings(deadline=None)
@given(RELEASES)
def test_in_a_body(release: str) -> None:
    request = HttpRequest.model_validate({"url": "https://a/", "method": "POST", "body": {"a": ["{release}"]}})

    assert json.loads(sent(request, release).content or b"") == {"a": [release]}


@settings(deadline=None)
@given(RELEASES)
def test_in_a_url(release: str) -> None:
    request = HttpRequest.model_validate({"url": "https://a/{release}/b?c={release}"})

    url = sent(request, release).url
    assert re.fullmatch(r"https://a/[A-Za-z0-9_.~%-]*/b\?c=[A-Za-z0-9_.~%-]*", url)


def sent(request: HttpRequest, release: str) -> Call:
    return request.for_target(target(release), lambda _: None)


@settings(deadline=None)
@given(st.text(st.sampled_from("resultbaseline avgmaxminanyallnotor()<>=!+-*/.0123456789e\n'\"[]_")))
def test_any_text_is_a_condition_or_says_why_not(text: str) -> None:
    try:
        parse(text)
    except ValueError as error:
        assert str(error)  # noqa: PT017
