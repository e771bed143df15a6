"""Durations and placeholders, as users write them."""

from __future__ import annotations

import subprocess
import sys
from datetime import timedelta
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from promontory.checks import CHECKS
from promontory.model import Place
from promontory.options import Kinds, Options, Target, check_template, format_duration, parse_duration, parse_period
from promontory.releases import RELEASES
from promontory.strategies import STRATEGIES
from promontory.suites import SUITES

TARGET = Target(Place("web-app", "staging"), "v1.3.0")


@pytest.mark.parametrize(
    ("text", "seconds"), [("90s", 90), ("5m", 300), ("24h", 86400), ("2d", 172800), ("500ms", 0.5), ("1.5h", 5400)]
)
def test_durations_are_read(text: str, seconds: float) -> None:
    assert parse_duration(text) == timedelta(seconds=seconds)


@pytest.mark.parametrize(
    "text",
    ["", "5", "5 m", "-5m", "0s", "0.0001ms", "m", "5w", "5m\n", "1e3s", 5, None, "9999999999d", "1" * 400 + "d"],
)
def test_anything_else_is_no_duration(text: object) -> None:
    with pytest.raises(ValueError, match="is not a duration: write 90s, 5m, 24h or 2d"):
        parse_duration(text)


@pytest.mark.parametrize(
    ("seconds", "text"), [(300, "5m"), (5400, "90m"), (86400, "1d"), (90, "90s"), (0.2, "200ms"), (1.5, "1.5s")]
)
def test_durations_are_written_as_short_as_is_exact(seconds: float, text: str) -> None:
    assert format_duration(timedelta(seconds=seconds)) == text


@given(st.timedeltas(timedelta(microseconds=1), timedelta(days=100_000)))
def test_what_is_written_is_read_back(duration: timedelta) -> None:
    assert parse_duration(format_duration(duration)) == duration


def test_placeholders_are_filled_in_and_other_braces_stay() -> None:
    text = "{application}/{environment}/{release}: {other} {} {{release}}"

    assert TARGET.fill(text) == "web-app/staging/v1.3.0: {other} {} {v1.3.0}"
    assert TARGET.fill_all({"a": ["{release}", 3, {"b": "{environment}"}]}) == {"a": ["v1.3.0", 3, {"b": "staging"}]}


def test_what_is_filled_in_is_not_filled_in_again() -> None:
    assert Target(Place("web-app", "dev"), "{environment}").fill("{release}") == "{environment}"


def test_an_unknown_placeholder_is_named_with_the_known_ones() -> None:
    assert check_template("{application}-{release}") == "{application}-{release}"
    with pytest.raises(
        ValueError, match=r"unknown placeholder \{env\}: only \{application\}, \{environment\}, \{release\}"
    ):
        check_template("https://{env}.acme.example")


def test_a_period_may_be_none_at_all() -> None:
    assert parse_period("0s") == timedelta(0)
    assert format_duration(parse_period("0s")) == "0s"
    with pytest.raises(ValueError, match="'' is not a duration"):
        parse_period("")


@pytest.mark.parametrize("kinds", [CHECKS, RELEASES, STRATEGIES, SUITES])
def test_every_kind_is_the_class_that_its_options_name(kinds: Kinds[Options]) -> None:
    for kind in kinds:
        assert kinds[kind].model_fields["kind"].annotation == Literal[kind], kind


def test_who_asks_for_one_kind_does_not_import_the_others() -> None:
    program = "import sys; from promontory.checks import CHECKS; CHECKS['http']; print('\\n'.join(sys.modules))"
    ended = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True)

    assert "promontory.checks.http" in ended.stdout
    assert "promontory.checks.flux.check" not in ended.stdout
