"""Regular expressions that a body is held against."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from promontory.exchange.patterns import BodyPatterns
from promontory.expressions import compiled, quoted
from promontory.model import Place
from promontory.options import Target

TARGET = Target(Place("web-app", "staging"), "v1.3.0")


def faults(body: str, target: Target = TARGET, **patterns: object) -> list[str]:
    found = BodyPatterns.model_validate(patterns).judge(body.encode(), target)
    return [finding.fault for finding in found if finding.fault]


@pytest.mark.parametrize(
    ("body", "patterns", "told"),
    [
        ("all ready", {"matches": "ready"}, []),
        ("all ready", {"matches": ["^all", "ready$"]}, []),
        ("starting", {"matches": "ready|ok"}, ["the body does not match ready|ok"]),
        (
            "an Error: x",
            {"does_not_match": "(?i)error: ."},
            ['the body holds "Error: x", which matches "(?i)error: ."'],
        ),
        ("fine", {"does_not_match": ["error", "fatal"]}, []),
        ("version v1.3.0", {"matches": "version {release}$"}, []),
        ("version v1x3.0", {"matches": "{release}"}, ["the body does not match {release} yet"]),
        ("aaa αβγ", {"matches": r"a{2,3} \p{Greek}+"}, []),
        ("", {"matches": "^$"}, []),
    ],
)
def test_what_must_and_must_not_be_found(body: str, patterns: dict[str, object], told: list[str]) -> None:
    assert faults(body, **patterns) == told


@pytest.mark.parametrize("hostile", [".*", "a|b", "(", "\\", "[a-z]+", "é", "\0", "v1+2"])
def test_what_is_filled_in_is_plain_text(hostile: str) -> None:
    target = Target(TARGET.place, hostile)

    assert faults(f"<{hostile}>", target, matches="^<{release}>$") == []
    assert faults("<xyz>", target, matches="^<{release}>$") != []


def test_the_body_need_not_be_text() -> None:
    (finding,) = BodyPatterns.model_validate({"matches": "ok"}).judge(b"\xff\xfe ok", TARGET)

    assert finding.fault == ""


@pytest.mark.parametrize(
    ("patterns", "message"),
    [
        ({"matches": "("}, "is no regular expression of RE2: missing \\)"),
        ({"matches": "(?=x)"}, "is no regular expression of RE2"),
        ({"matches": ""}, "at least 1 character"),
        ({"matches": "a" * 1001}, "at most 1000 characters"),
        ({"match": "a"}, "Extra inputs are not permitted"),
    ],
)
def test_bad_patterns_are_refused(patterns: dict[str, object], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        BodyPatterns.model_validate(patterns)


def test_quoted_text_matches_itself_whatever_it_is() -> None:
    text = "".join(map(chr, [*range(1, 128), 0xE9, 0x1F600]))

    assert compiled(quoted(text)).fullmatch(text)
