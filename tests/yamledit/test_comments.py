"""Which comment belongs to which value: cases that were shown to go-yaml v3 itself."""

from __future__ import annotations

import pytest

from promontory.yamledit import commented, read_yaml


def found(text: str) -> list[tuple[str, str]]:
    return [(scalar.value, comment) for scalar, comment in commented(read_yaml(text.encode(), "x.yaml"))]


@pytest.mark.parametrize(
    ("text", "comments"),
    [
        ("a: v #c\n", [("v", "c")]),
        ("a: v # c", [("v", " c")]),
        ("a: v\t# c\r\nb: w\r\n", [("v", " c")]),
        ("a: 'v'# c\n", [("v", " c")]),
        ("a: v ### c\n", [("v", " c")]),
        ("a: v#x # c\n", [("v#x", " c")]),
        ("a: '# x' # c\n", [("# x", " c")]),
        ("a: v\n  w # c\n", [("v w", " c")]),
        ("a: v #\n", [("v", "")]),
        ("a: v # c\n   # d\n", [("v", " c")]),
        ("- v # c\n--- # x\nb: w # d\n...\n", [("v", " c"), ("w", " d")]),
        ("? k # x\n: v # c\n", [("v", " c")]),
        ("a: [v, # c\n w,# d\n x # e\n]\n", [("v", " c"), ("w", " d"), ("x", " e")]),
        ("a: {b: v # c\n, d: w # e\n}\n", [("v", " c"), ("w", " e")]),
        ("a: | # c\n  # x\n", [("# x\n", " c")]),
        ("a: !!str v # c\n", [("v", " c")]),
    ],
)
def test_a_line_comment_stands_behind_the_value(text: str, comments: list[tuple[str, str]]) -> None:
    assert found(text) == comments


@pytest.mark.parametrize(
    "text",
    [
        "a: # c\nb: v\n",
        "a: # c\n  b: v\n",
        "a: [v] # c\n",
        "a: {b: v} # c\n",
        "a: [ # c\n v]\n",
        "a: &x v\nb: *x # c\n",
        "a: [\n v\n # c\n]\n",
        "a: '# c'\n",
        "a: |\n  # c\n",
        "# c\na: v\n",
        "b: w\n# c\na: v\n",
        "a:\n# c\n- b: v\n",
        "a:\n# c\n- - v\n",
        "a: {\n # c\n b: v}\n",
        "a:\n- v\n# c\n",
        "a:\n- |\n  # c\n- w\n",
        "a:\n- |\n  # c\n\n- w\n",
        "a:\n- v\n# c\n\n- w\n",
        "a:\n- b: v\n  # c\n- w\n",
        "",
        "# c\n",
    ],
)
def test_what_stands_elsewhere_is_no_comment_of_a_value(text: str) -> None:
    assert found(text) == []


@pytest.mark.parametrize(
    ("text", "comments"),
    [
        ("a:\n# c\n- v\n- w\n", [("v", " c")]),
        ("a:\n- v\n    # c\n- w\n", [("w", " c")]),
        ("a:\n- v\n\n# c\n\n- w\n", [("w", " c")]),
        ("a:\n- v\n# x\n\n# c\n- w\n", [("w", " c")]),
        ("a:\r\n# c\r\n- v\r\n", [("v", " c")]),
        ("a:\n  # c\n  v\n", [("v", " c")]),
        ("a: # x\n  # c\n  v\n", [("v", " c")]),
        ("a:\n- # c\n  v\n", [("v", " c")]),
        ("a:\n# c\n-\n  v\n", [("v", " c")]),
        ("a:\n-\n  # c\n  - v\n", [("v", " c")]),
        ("a: [\n # c\n v,\n # d\n w]\n", [("v", " c"), ("w", " d")]),
        ("a: {b:\n # c\n v}\n", [("v", " c")]),
        ("a:\n- b: v\n# c\n- w\n", [("w", " c")]),
        ("a:\n# c\n- v # d\n", [("v", " d")]),
        ("a:\n# c\n- v #\n", [("v", "")]),
        ("a:\n# c\n# d\n- v\n", [("v", " c\n# d")]),
        ("a:\n# c\n\n# d\n- v\n", [("v", " c\n# d")]),
    ],
)
def test_a_head_comment_stands_above_a_value_that_begins_its_line(text: str, comments: list[tuple[str, str]]) -> None:
    assert found(text) == comments
