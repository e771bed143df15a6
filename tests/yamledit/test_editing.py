"""Edits in tables: text before, what is done, text after."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from promontory.errors import YamlError
from promontory.yamledit import (
    Mapping,
    Sequence,
    YamlFile,
    add_item,
    add_pair,
    add_sequence,
    find,
    read_yaml,
    remove_pair,
    replace,
    text_at,
)

ITEM = {"name": "web", "newTag": "v2"}


def edited(text: str, edit: Callable[[YamlFile], bytes]) -> str:
    return edit(read_yaml(text.encode(), "f.yaml")).decode()


def mapping(file: YamlFile, path: str) -> Mapping:
    node = find(file, path) if path else file.documents[0]
    assert isinstance(node, Mapping)
    return node


def sequence(file: YamlFile, path: str) -> Sequence:
    node = find(file, path)
    assert isinstance(node, Sequence)
    return node


@pytest.mark.parametrize(
    ("before", "value", "after"),
    [
        ("a: v1 # c", "v2", "a: v2 # c"),
        ("a: 'v1'", "it's", "a: 'it''s'"),
        ('a: "v1"', 'say "x"', 'a: "say \\"x\\""'),
        ("a: 'v1'", "two\nlines", 'a: "two\\nlines"'),
        ("a: v1", "two\nlines", 'a: "two\\nlines"'),
        ("a: v1", "x: y", 'a: "x: y"'),
        ("a: v1", "x #y", 'a: "x #y"'),
        ("a: v1", "-x", 'a: "-x"'),
        ("a: v1", "x:", 'a: "x:"'),
        ("a: v1", "", 'a: ""'),
        ("a: v1", "registry:5000/app:v2@sha256:00ff", "a: registry:5000/app:v2@sha256:00ff"),
        ("a:", "v2", "a: v2"),
        ("a: # c\nb: x\n", "v2", "a: v2 # c\nb: x\n"),
        ("a: null", "v2", "a: v2"),
        ("a: &x v1", "v2", "a: &x v2"),
        ("a: &x", "v2", "a: &x v2"),
        ("a: !!str v1", "v2", "a: !!str v2"),
        ("a: &x !!str # c\n  v1", "v2", "a: &x !!str # c\n  v2"),
        ("a: one\n  two\nb: x", "v2", "a: v2\nb: x"),
        ("? a\n: v1\n", "v2", "? a\n: v2\n"),
        ("{a: v1}", "x,y", '{a: "x,y"}'),
        ("{a: v1}", "x:y", "{a: x:y}"),
        ('{"a":"v1"}', "v2", '{"a":"v2"}'),
        ('{"a":1}', "v2", '{"a":"v2"}'),
        ("%YAML 1.1\n---\na: v1\n...\n", "v2", "%YAML 1.1\n---\na: v2\n...\n"),
    ],
)
def test_a_scalar_is_replaced_in_its_own_style(before: str, value: str, after: str) -> None:
    assert edited(before, lambda file: replace(file, [(find(file, "a"), value)])) == after


@pytest.mark.parametrize(
    "value",
    ["1.10", "1e3", "1E5", ".5", "5.", "0x1F", "0o17", "017", "0b1", "1_000", "1_0.5", "12e4567", "1234567", "+1",
     "2026-01-01", "2026-1-1", "2026-01-01T10:00:00Z", "on", "Off", "yes", "NO", "y", "N", "true",
     "null", "~", ".inf", ".NaN", "<<", "="],
)  # fmt: skip
def test_what_a_reader_could_take_for_something_else_is_quoted(value: str) -> None:
    assert edited("a: v1\n", lambda file: replace(file, [(find(file, "a"), value)])) == f'a: "{value}"\n'


@pytest.mark.parametrize("value", ["v1", "1.2.3", "1.10-rc1", "latest", "0abc", "1e3x", "2026-01-01-1", "a_b", "once"])
def test_what_is_plainly_text_is_not_quoted(value: str) -> None:
    assert edited("a: v1\n", lambda file: replace(file, [(find(file, "a"), value)])) == f"a: {value}\n"


@pytest.mark.parametrize(
    ("before", "place", "message"),
    [
        ("a: &x v1\nb: *x\n", "b", "2:4: *x is an alias, and an alias is not edited through"),
        ("a: &x v1\nb: *x\n", "a", "1:4: &x is also used by the alias *x in line 2"),
        ("a: &x {b: v1}\nc: *x\n", "a.b", "1:11: &x is also used by the alias *x in line 2"),
        ("a: &x v1\n---\na: &x v2\nb: *x\n", "b", "4:4: *x is an alias"),
        ("a: |\n  v1\n", "a", "1:4: a block scalar (|) is not edited"),
        ("a: >-\n  v1\n", "a", "1:4: a block scalar (>) is not edited"),
        ("a: {b: c}\n", "a", "1:4: a mapping stands here"),
        ("a:\n- b\n", "a", "2:1: a sequence stands here"),
        ("{a, b: c}\n", "a", "1:3: an edit here would"),
    ],
)
def test_a_place_that_cannot_be_edited_is_refused_by_name(before: str, place: str, message: str) -> None:
    with pytest.raises(YamlError) as caught:
        edited(before, lambda file: replace(file, [(find(file, place), "v2")]))
    assert caught.value.message.startswith(f"f.yaml:{message}")
    assert f"{caught.value.line}:{caught.value.column}:" in message


def test_an_anchor_of_another_document_is_another_anchor() -> None:
    text = "a: &x v1\n---\nb: &x v1\nc: *x\n"
    assert edited(text, lambda file: replace(file, [(find(file, "a"), "v2")])) == text.replace("v1", "v2", 1)


def test_thousands_of_scalars_are_replaced_in_one_pass() -> None:
    text = "".join(f"- image: app:v1 # {number}\n" for number in range(5000))
    after = edited(text, lambda file: replace(file, [(find(file, f"[{n}].image"), "app:v22") for n in range(5000)]))
    assert after == text.replace("app:v1", "app:v22")


def test_several_scalars_are_replaced_at_once() -> None:
    text = "a: v1\nb: [v1, 'v1']\n"
    places = ("a", "b[0]", "b[1]")
    after = edited(text, lambda file: replace(file, [(find(file, place), "v22") for place in places]))
    assert after == text.replace("v1", "v22")


@pytest.mark.parametrize(
    ("before", "path", "after"),
    [
        ("- a: 1\n  b: 2 # c\n\n- x\n", "[0]", "- a: 1\n  b: 2 # c\n  k: v\n\n- x\n"),
        ("a:\n    'b': 'c'", "a", "a:\n    'b': 'c'\n    'k': 'v'"),
        ("a: {b: c}\n", "a", "a: {b: c, k: v}\n"),
        ("a: { b: c }\n", "a", "a: { b: c, k: v }\n"),
        ("a: {b: c,}\n", "a", "a: {b: c, k: v,}\n"),
        ("a: {}\n", "a", "a: {k: v}\n"),
        ('{"a":{"b":"c","d":1}}', "a", '{"a":{"b":"c","d":1,"k":"v"}}'),
        ('{\n  "b": "c",\n  "d": 1\n}\n', "", '{\n  "b": "c",\n  "d": 1,\n  "k": "v"\n}\n'),
        ("{\n  b: c, # x\n  d: 1 # y\n}\n", "", "{\n  b: c, # x\n  d: 1,\n  k: v # y\n}\n"),
        ("a:\r\n  b:\r\n    c: d\r\nx: y\n", "a.b", "a:\r\n  b:\r\n    c: d\r\n    k: v\r\nx: y\n"),
        ("a: |-\n  x\n", "", "a: |-\n  x\nk: v\n"),
        ("a: |-\n  x", "", "a: |-\n  x\nk: v"),
    ],
)
def test_a_key_is_added_in_the_style_of_its_neighbours(before: str, path: str, after: str) -> None:
    assert edited(before, lambda file: add_pair(file, mapping(file, path), "k", "v")) == after


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("i:\n- a: b\n", "i:\n- a: b\n- name: web\n  newTag: v2\n"),
        ("i: &x # c\n  -   a: b\n", "i: &x # c\n  -   a: b\n  -   name: web\n      newTag: v2\n"),
        ("i:\n- # first\n  a: b\n", "i:\n- # first\n  a: b\n- name: web\n  newTag: v2\n"),
        ("i:\n- name: 'a'\n  newTag: \"b\"\n", "i:\n- name: 'a'\n  newTag: \"b\"\n- name: 'web'\n  newTag: \"v2\"\n"),
        ("i:\n- {name: a}\n", "i:\n- {name: a}\n- {name: web, newTag: v2}\n"),
        ("i: [{a: b}]\n", "i: [{a: b}, {name: web, newTag: v2}]\n"),
        ("i: [\n  {a: b}, # c\n]\n", "i: [\n  {a: b},\n  {name: web, newTag: v2}, # c\n]\n"),
        ("i: [ ]\n", "i: [ {name: web, newTag: v2}]\n"),
    ],
)
def test_an_item_is_added_in_the_style_of_its_neighbours(before: str, after: str) -> None:
    assert edited(before, lambda file: add_item(file, sequence(file, "i"), ITEM)) == after


def test_an_item_in_json_is_laid_out_as_the_one_before() -> None:
    before = '{"i": [\n    {\n      "name": "a",\n      "newTag": "b"\n    }\n  ]}'
    added = '\n    },\n    {\n      "name": "web",\n      "newTag": "v2"\n    }\n  ]}'
    assert (
        edited(before, lambda file: add_item(file, sequence(file, "i"), ITEM))
        == before[: -len("\n    }\n  ]}")] + added
    )


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("a: b\n", "a: b\ni:\n- name: web\n  newTag: v2\n"),
        ("a:\n    - b", "a:\n    - b\ni:\n    - name: web\n      newTag: v2"),
        ("a: b # c\n# end\n", "a: b # c\ni:\n- name: web\n  newTag: v2\n# end\n"),
        ("i:\na: b\n", "i:\n- name: web\n  newTag: v2\na: b\n"),
        ("i: ~ # c\n", "i: [{name: web, newTag: v2}] # c\n"),
        ("{a: b}", "{a: b, i: [{name: web, newTag: v2}]}"),
        ("{a: b, i: }", "{a: b, i: [{name: web, newTag: v2}]}"),
        ('{"a": 1, "i": null}', '{"a": 1, "i": [{"name": "web", "newTag": "v2"}]}'),
    ],
)
def test_a_sequence_is_added_in_the_files_own_style(before: str, after: str) -> None:
    assert edited(before, lambda file: add_sequence(file, mapping(file, ""), "i", ITEM)) == after


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("a: 1\nk: 2 # c\nb: 3\n", "a: 1\nb: 3\n"),
        ("a: 1\r\nk:\r\n- x\r\n- y", "a: 1"),
        ("a: 1\nk: |\n  x\nb: 3\n", "a: 1\nb: 3\n"),
        ("{a: 1, k: 2, b: 3}", "{a: 1, b: 3}"),
        ("{a: 1, k: 2}", "{a: 1}"),
        ("{\n a: 1,\n k: 2,\n}", "{\n a: 1,\n}"),
    ],
)
def test_a_key_is_removed_with_its_lines(before: str, after: str) -> None:
    assert edited(before, lambda file: remove_pair(file, mapping(file, ""), "k")) == after


@pytest.mark.parametrize(
    ("before", "message"),
    [
        ("k: 1\na: 2\n", "k is the first key here"),
        ("{a: 1, # c\n k: 2}", "a comment stands between"),
        ("a: 1\nk: &x 2\nb: *x\n", "an edit here would break the file"),
    ],
)
def test_a_key_that_cannot_be_removed_alone_stays(before: str, message: str) -> None:
    with pytest.raises(YamlError, match=message):
        edited(before, lambda file: remove_pair(file, mapping(file, ""), "k"))


def test_an_edit_that_would_change_more_is_refused() -> None:
    """A last line without an end would give the block scalar a line break that it does not have."""
    with pytest.raises(YamlError, match="would change more than this place"):
        edited("a: |\n  x", lambda file: add_pair(file, mapping(file, ""), "k", "v"))


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("a:\n- x\n", "a:\n- x\n- v:2\n"),
        ("a:\n  -   'x' # c\nb: c", "a:\n  -   'x' # c\n  -   'v:2'\nb: c"),
        ('a: [x, "y"]\n', 'a: [x, "y", "v:2"]\n'),
        ("a: []\n", "a: [v:2]\n"),
        ('{"a":["x","y"]}', '{"a":["x","y","v:2"]}'),
        ("a:\n- |\n  x\n", "a:\n- |\n  x\n- v:2\n"),
    ],
)
def test_a_text_is_added_in_the_style_of_the_items_before_it(before: str, after: str) -> None:
    assert edited(before, lambda file: add_item(file, sequence(file, "a"), "v:2")) == after


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("a:\n  b: c\n", "a:\n  b: c\nk:\n  l:\n  - v\n"),
        ("a:\n    b:\n      - c\n", "a:\n    b:\n      - c\nk:\n    l:\n      - v\n"),
        ("a: b\r\n", "a: b\r\nk:\r\n  l:\r\n  - v\r\n"),
        ("{a: b}\n", "{a: b, k: {l: [v]}}\n"),
        ('{"a": "b"}', '{"a": "b", "k": {"l": ["v"]}}'),
    ],
)
def test_keys_in_each_other_are_added_as_deep_as_the_file_indents(before: str, after: str) -> None:
    assert edited(before, lambda file: add_sequence(file, mapping(file, ""), ("k", "l"), "v")) == after


@pytest.mark.parametrize(
    ("text", "path", "found"),
    [
        ("a: {b: 'x'}\n", "a.b", "x"),
        ("d: &d {b: x}\na: *d\n", "a.b", "x"),
        ("d: &d {b: x}\na: {<<: *d, b: y}\n", "a.b", "y"),
        ("c: &c {b: x}\nd: &d {<<: *c}\na: {<<: [*d]}\n", "a.b", "x"),
        ("c: &c {b: x}\nd: &d {b: y}\na: {<<: [*c, *d]}\n", "a.b", "x"),
        ("a: &a {<<: *a, c: d}\n", "a.b", None),
        ("a: [{n: x, v: 1}, {n: y, v: 2}]\n", "a[n=y].v", "2"),
        ("a: [x, y]\n", "a[1]", "y"),
        ("a: [x, y]\n", "a[2]", None),
        ("a: [x, y]\n", "a.b", None),
        ("a: {b: [x]}\n", "a.b", None),
        ("a: x\n", "a.b", None),
    ],
)
def test_a_reader_follows_aliases_and_merge_keys(text: str, path: str, found: str | None) -> None:
    (document,) = read_yaml(text.encode(), "f.yaml").documents
    assert text_at(document, path) == found


def test_a_long_chain_of_merge_keys_is_followed_without_recursion() -> None:
    chain = "".join(f"m{number}: &m{number} {{<<: *m{number - 1}}}\n" for number in range(1, 5000))
    (document,) = read_yaml(f"m0: &m0 {{b: x}}\n{chain}".encode(), "f.yaml").documents
    assert text_at(document, "m4999.b") == "x"


def test_merge_keys_that_fan_out_are_looked_at_once_each() -> None:
    levels = "".join(
        f"m{number}: &m{number} {{<<: [{', '.join([f'*m{number - 1}'] * 9)}]}}\n" for number in range(1, 60)
    )
    (document,) = read_yaml(f"m0: &m0 {{c: x}}\n{levels}".encode(), "f.yaml").documents
    assert text_at(document, "m59.b") is None
