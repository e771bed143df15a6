"""JSONPath over what comes from outside."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from promontory.exchange.json_path import check_path, values
from promontory.exchange.path_condition import PathCondition
from promontory.model import Place
from promontory.options import Target

TARGET = Target(Place("web-app", "staging"), "v1.3.0")
PODS = {
    "pods": [
        {"name": "a", "ready": True, "image": "v1.3.0", "restarts": 0},
        {"name": "b", "ready": True, "image": "v1.3.0", "restarts": 2},
    ],
    "release": "v1.3.0",
    "owner": None,
}


def fault(document: object = PODS, target: Target = TARGET, **condition: object) -> str:
    return PathCondition.model_validate(condition).judge(document, target).fault


@pytest.mark.parametrize(
    ("condition", "told"),
    [
        ({"path": "$.release"}, ""),
        ({"path": "$.version"}, "$.version finds nothing"),
        ({"path": "$.version", "exists": False}, ""),
        ({"path": "$.release", "exists": False}, "$.release finds v1.3.0, and should find nothing"),
        ({"path": "$.release", "equals": "{release}"}, ""),
        ({"path": "$.pods[*].ready", "equals": True}, ""),
        ({"path": "$.pods[*].restarts", "equals": 0}, "$.pods[*].restarts finds 2, not 0"),
        ({"path": "$.owner", "equals": None}, ""),
        ({"path": "$.release", "equals": None}, "$.release finds v1.3.0, not null"),
        ({"path": "$.pods[?@.ready == false]", "exists": False}, ""),
        ({"path": "$.pods[*]", "count": 2}, ""),
        ({"path": "$.pods[*]", "count": 3}, "$.pods[*] finds 2, not 3"),
        ({"path": "$.nothing", "count": 0}, ""),
        ({"path": "$.pods[*].restarts", "at_most": 2, "at_least": 0}, ""),
        ({"path": "$.pods[*].restarts", "at_most": 1}, "$.pods[*].restarts finds 2, more than 1"),
        ({"path": "$.pods[*].restarts", "at_least": 1.5}, "$.pods[*].restarts finds 0, less than 1.5"),
        ({"path": "$.pods[*].ready", "at_least": 1}, "$.pods[*].ready finds true, which is no number"),
        ({"path": "$.pods[*].name", "matches": "^[ab]$"}, ""),
        ({"path": "$.pods[*].name", "matches": "^a"}, "$.pods[*].name finds b, which does not match ^a"),
        ({"path": "$.pods[*].name", "does_not_match": "b"}, "$.pods[*].name finds b, which matches b"),
        ({"path": "$.pods[*].ready", "matches": "t"}, "$.pods[*].ready finds true, which is no text"),
        ({"path": "$.pods[?search(@.name, 'a|b')]", "count": 2}, ""),
        ({"path": "$.pods[?match(@.name, 'a')]", "count": 1}, ""),
        ({"path": "$.pods[?search(@.name, '[')]", "count": 0}, ""),
        ({"path": "$..name", "count": 2}, ""),
        ({"path": "$.pods[?@.image == $.release]", "count": 2}, ""),
        ({"path": "$.pods[?@.image == $['release'] && @.name != '..$..']", "count": 2}, ""),
        ({"path": "$.pods[?@.ready == $.pods[0].ready]", "count": 2}, ""),
        ({"path": "$.pods[?@.image == '{release}']", "count": 2}, ""),
    ],
)
def test_each_condition_says_what_is_wrong(condition: dict[str, object], told: str) -> None:
    assert fault(**condition) == told


def test_another_release_is_the_normal_sight_during_a_rollout() -> None:
    seen = PathCondition(path="$.release", equals="{release}").judge({"release": "v1.2.0"}, TARGET)

    assert (seen.fault, seen.passing, seen.proof) == ("$.release finds v1.2.0, not v1.3.0 yet", True, True)


@pytest.mark.parametrize("hostile", ["' || true || '", '" || true || "', "\\", "'", "\n"])
def test_what_is_filled_in_stays_text(hostile: str) -> None:
    target = Target(TARGET.place, hostile)

    assert values("$.pods[?@.image == '{release}']", PODS, target) == []
    assert values('$.pods[?@.image == "{release}"]', {"pods": [{"image": hostile}]}, target) == [{"image": hostile}]


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("pods", "is no JSONPath: "),
        ("$.pods[", "is no JSONPath: "),
        ("$.{release}", "is no JSONPath: "),
        ("$..a..b", "may descend with .. only once"),
        ("$[?count($[*]) > 1]", "may look from \\$ within a filter for one value only"),
        ("$[?@.a == 1 && $..b]", "may look from \\$ within a filter for one value only"),
    ],
)
def test_a_bad_path_is_refused(path: str, message: str) -> None:
    with pytest.raises(ValueError, match=f"^{message}"):
        check_path(path)


def test_a_placeholder_that_is_none_is_refused() -> None:
    with pytest.raises(ValidationError, match=r"unknown placeholder {tag}"):
        PathCondition(path="$.a[?@.b == '{tag}']")


def test_where_nothing_may_be_found_nothing_else_can_be_asked() -> None:
    with pytest.raises(ValidationError, match="where nothing may be found, nothing else can be asked of it"):
        PathCondition(path="$.a", exists=False, equals=1)


def test_a_document_that_is_nested_too_deep_is_a_fault_and_no_crash() -> None:
    document: object = 1
    for _ in range(150):
        document = [document]

    assert fault(document, path="$..a") == "$..a: the answer is nested too deep"


def test_an_expression_that_would_take_for_ever_elsewhere_takes_no_time_here() -> None:
    assert fault({"a": ["a" * 200_000 + "!"]}, path="$.a[?search(@, '(a+)+$')]", count=0) == ""
