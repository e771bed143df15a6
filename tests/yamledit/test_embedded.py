"""YAML in YAML: edits reach the inner value in the outer file's bytes, or are refused by name."""

from __future__ import annotations

import pytest
import yaml

from promontory.errors import YamlError
from promontory.yamledit import Embedded, Scalar, find, read_embedded, read_yaml, replace_embedded


def embedded(text: str, key: str = "e") -> Embedded:
    file = read_yaml(text.encode(), "f.yaml")
    scalar = find(file, key)
    assert isinstance(scalar, Scalar)
    return read_embedded(file, scalar, key)


def edited(text: str, value: str, path: str = "[0].tag") -> str:
    inside = embedded(text)
    return replace_embedded(inside, find(inside.inner, path), value).decode()


@pytest.mark.parametrize(
    ("before", "value", "after"),
    [
        ("e: |\n  - tag: v1\n", "v2", "e: |\n  - tag: v2\n"),
        ("e: |2 # c\n    - tag: v1\n      b: é\n", "v2", "e: |2 # c\n    - tag: v2\n      b: é\n"),
        ("e: |\n  - tag: v1", "1.10", 'e: |\n  - tag: "1.10"'),
        ("e: |\r\n  - a: b\r\n    tag: v1\r\n", "v2", "e: |\r\n  - a: b\r\n    tag: v2\r\n"),
        ("e: |\n  - tag: one\n      two\n    b: c\n", "v2", "e: |\n  - tag: v2\n    b: c\n"),
        ("e: |\n  - tag:\n    b: c\n", "v2", "e: |\n  - tag: v2\n    b: c\n"),
        ("e: >\n  [{a: b,\n  tag: v1}]\n", "v2", "e: >\n  [{a: b,\n  tag: v2}]\n"),
        (
            "e: >\n  - a: b\n    # more indented: kept\n    tag: v1\n",
            "v2",
            "e: >\n  - a: b\n    # more indented: kept\n    tag: v2\n",
        ),
        ("e: '[{tag: ''v1''}]'", "it's", "e: '[{tag: ''it''''s''}]'"),
        ("e: '[{tag: v1}]'", "1e3", "e: '[{tag: \"1e3\"}]'"),
        ('e: "[{tag: v1}]"', "1e3", 'e: "[{tag: \\"1e3\\"}]"'),
        ('e: "[{tag: \\u00761}]"', "v2", 'e: "[{tag: v2}]"'),
        ('e: "- tag: v1\\n"', 'say "x"', 'e: "- tag: \\"say \\\\\\"x\\\\\\"\\"\\n"'),
        ('{"e":"[{\\"tag\\":\\"v1\\"}]"}', "v2", '{"e":"[{\\"tag\\":\\"v2\\"}]"}'),
        ('e: "[{a: \\\n  b,\n\n  tag: v1}]"', "v2", 'e: "[{a: \\\n  b,\n\n  tag: v2}]"'),
        ("e: &x !!str |-\n  - tag: v1\n", "v2", "e: &x !!str |-\n  - tag: v2\n"),
    ],
)
def test_an_inner_value_changes_and_no_other_byte(before: str, value: str, after: str) -> None:
    assert edited(before, value) == after
    assert yaml.safe_load(yaml.safe_load(after)["e"])[0]["tag"] == value


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("e: &x |\n  - tag: v1\nb: *x\n", "f.yaml:1:4: &x is also used by the alias *x in line 3"),
        ("e: |\n  - tag: &x v1\n    b: *x\n", "f.yaml (e in line 1):1:8: &x is also used by the alias *x in line 2"),
        ("e: |\n  - tag: |\n      v1\n", "f.yaml (e in line 1):1:8: a block scalar (|) is not edited"),
    ],
)
def test_what_cannot_be_edited_exactly_is_refused(text: str, message: str) -> None:
    with pytest.raises(YamlError) as caught:
        edited(text, "v2")
    assert caught.value.message.startswith(message)


def test_an_error_inside_names_the_outer_file_and_the_line() -> None:
    with pytest.raises(YamlError) as caught:
        embedded("a: b\ne: |\n  - a: b\n  c\n")
    assert caught.value.message.startswith("f.yaml (e in line 2):3:1: not YAML")
