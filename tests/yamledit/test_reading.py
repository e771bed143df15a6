"""What is read, and what is refused with its place."""

from __future__ import annotations

import pytest

from promontory.errors import YamlError
from promontory.yamledit import Scalar, add_pair, find, parse_path, read_yaml, replace
from promontory.yamledit.key_path import Selector


@pytest.mark.parametrize(
    ("content", "line", "column", "message"),
    [
        (b"a: b\nc: \xff\n", 2, 4, "not UTF-8"),
        ("ключ: ".encode() + b"\xff", 1, 7, "not UTF-8"),
        (b"\xff\xfea\0", 1, 1, "not UTF-8"),
        (b"a: b\nc: \x00", 2, 4, "U+0000 is not allowed"),
        (b"a: \x1b[31m", 1, 4, "U+001B is not allowed"),
        (b"a: [b\n", 2, 1, "not YAML"),
        (b"a: b: c\n", 1, 5, "not YAML"),
        (b"a:\n\t- b\n", 2, 1, "not YAML"),
        (b"a: {{ .Values.tag }}\nb: %x\n", 2, 4, "not YAML"),
        (b"\xef\xbb\xbfa: 1\na: 2\n", 2, 1, "duplicate key 'a', first in line 1"),
        (b"x: {a: 1, 'a': 2}\n", 1, 11, "duplicate key 'a'"),
        (b"---\na: 1\n---\nb:\n- c: 1\n  c: 2\n", 6, 3, "duplicate key 'c', first in line 5"),
        (b"a: *x\n", 1, 4, "*x refers to no anchor"),
        (b"a: &x 1\n---\nb: *x\n", 3, 4, "*x refers to no anchor"),
        (b"[" * 100_000, 1, 101, "nested deeper than 100 levels"),
        (b"- " * 100_000, 1, 201, "nested deeper than 100 levels"),
        (b"- &x 1\n" + b"- *x\n" * 10_001, 10_002, 3, "more than 10000 aliases"),
    ],
)
def test_what_is_not_safe_plain_yaml_is_refused_with_its_place(
    content: bytes, line: int, column: int, message: str
) -> None:
    with pytest.raises(YamlError) as caught:
        read_yaml(content, "dir/f.yaml")
    assert (caught.value.line, caught.value.column) == (line, column)
    assert caught.value.message.startswith(f"dir/f.yaml:{line}:{column}: ")
    assert message in caught.value.message


def test_a_file_that_is_too_big_is_refused_with_its_size() -> None:
    with pytest.raises(YamlError, match=r"f\.yaml is 11\.4 MB"):
        read_yaml(b"#" * 12_000_000, "f.yaml")


def test_a_bomb_of_aliases_is_as_small_as_its_text() -> None:
    levels = "".join(f"l{n}: &l{n} [{', '.join([f'*l{n - 1}'] * 9)}]\n" for n in range(1, 60))
    text = f"l0: &l0 x\n{levels}tag: v1\n"
    file = read_yaml(text.encode(), "f.yaml")
    assert replace(file, [(find(file, "tag"), "v2")]).decode() == text.replace("v1", "v2")


def test_an_anchor_inside_itself_is_a_leaf() -> None:
    text = "a: &a [*a]\nb: &b {<<: *b, tag: v1}\nc: v1\n"
    file = read_yaml(text.encode(), "f.yaml")
    assert replace(file, [(find(file, "c"), "v2")]).decode() == text.removesuffix("v1\n") + "v2\n"


def test_a_file_of_two_megabytes_is_edited_in_its_one_place() -> None:
    text = "items:\n" + "".join(f"- name: service-{n}\n  image: 'registry/app-{n}:v{n}'  # 🚀\n" for n in range(35_000))
    content = text.encode()
    assert len(content) > 2_000_000
    file = read_yaml(content, "f.yaml")
    edited = replace(file, [(find(file, "items[34000].image"), "x")])
    assert edited == content.replace(b"'registry/app-34000:v34000'", b"'x'")


def test_a_byte_order_mark_is_kept_by_every_edit() -> None:
    file = read_yaml(b"\xef\xbb\xbf{a: b}", "f.yaml")
    root = file.documents[0]
    assert add_pair(file, root, "k", "v") == b"\xef\xbb\xbf{a: b, k: v}"  # type: ignore[arg-type]


# --- paths -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "steps"),
    [
        ("tag", ("tag",)),
        ("image.tag", ("image", "tag")),
        ("a[0][1].b", ("a", 0, 1, "b")),
        ("[0].b", (0, "b")),
        ('a."b.c".d', ("a", "b.c", "d")),
        ("'a[0]'", ("a[0]",)),
        ("env[name=WEB VERSION].value", ("env", Selector("name", "WEB VERSION"), "value")),
        ('env[name="x]y"]', ("env", Selector("name", "x]y"))),
        ("app.kubernetes-io/name", ("app", "kubernetes-io/name")),
    ],
)
def test_a_path_is_read_as_its_steps(text: str, steps: tuple[object, ...]) -> None:
    assert parse_path(text) == steps


@pytest.mark.parametrize(
    "text", ["", ".", "a.", ".a", "a..b", "a[", "a[]", "a[-1]", "a[x]", "a]b", 'a."b', "a[0]b", "a[n=]"]
)
def test_a_path_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="path"):
        parse_path(text)


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("imag.tag", "1:1: no imag.tag here: no key 'imag' (did you mean \"image\"?)"),
        ("image[0]", "1:8: no image[0] here: [0] needs a sequence"),
        ("env[2].value", "2:6: no env[2].value here: there is no item 2, only 2"),
        ("env[name=C].value", "no item with name=C (known: A, B)"),
        ("twins[n=1]", "3:17: several items have n=1"),
        ("image.tag.x", "'x' needs a mapping to stand in"),
    ],
)
def test_a_path_that_leads_nowhere_says_how_far_it_led(path: str, message: str) -> None:
    text = "image: {tag: v1}\nenv: [{name: A}, {name: B}]\ntwins: [{n: 1}, {n: 1}]\n"
    with pytest.raises(YamlError) as caught:
        find(read_yaml(text.encode(), "f.yaml"), path)
    assert message in caught.value.message


def test_a_selector_reads_through_aliases_but_an_edit_does_not() -> None:
    file = read_yaml(b"x: &n web\nitems:\n- {name: *n, tag: v1}\n", "f.yaml")
    found = find(file, "items[name=web].tag")
    assert isinstance(found, Scalar)
    assert found.value == "v1"
