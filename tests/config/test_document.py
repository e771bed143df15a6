from __future__ import annotations

import time

import pytest

from config.samples import problems


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("a: 1\na: 2\n", "promontory.yaml:2:1: a: this key stands here twice"),
        ("a: {b: {c: 1, c: 2}}\n", "promontory.yaml:1:15: a.b.c: this key stands here twice"),
        ("a: [\n", "promontory.yaml:2:1: not valid YAML:"),
        ("a: b: c\n", "promontory.yaml:1:5: not valid YAML: mapping values are not allowed"),
        ("a: 1\n---\nb: 2\n", "not valid YAML: expected a single document"),
        ("a: !!python/object/apply:os.system [ls]\n", "unknown key"),
        ("a: !secret x\n", "promontory.yaml:1:4: a: cannot read 'x' as YAML"),
        ("a: 2026-13-45\n", "promontory.yaml:1:4: a: cannot read '2026-13-45' as YAML: if it is text, quote it"),
        ("a: " + "9" * 5000, "promontory.yaml:1:4: a: cannot read"),
        ("? [a]\n: 1\n", "promontory.yaml:1:3: a key must be plain text"),
        ("a: {<<: 5}\n", "<< needs a mapping to merge"),
        ("a: *b\n", "not valid YAML: found undefined alias"),
        ("a: &a [*a]\n", "an alias stands inside of what it names"),
        ("a: &a {<<: *a}\n", "an alias stands inside of what it names"),
        ("a: \x00\n", "promontory.yaml: not valid YAML:"),
        ("\ud800", "not UTF-8 text"),
        (b"a: \xff\n", "promontory.yaml: not UTF-8 text: byte 3 cannot be read"),
        ("[" * 500_000, "nested deeper than 40 levels"),
        ("# " + "x" * 1_000_000, "the file is larger than 1,000,000 bytes"),
    ],
)
def test_yaml_that_cannot_be_read_is_told_with_its_place(text: str | bytes, problem: str) -> None:
    found = problems(text)

    assert any(problem in line for line in found), found


@pytest.mark.parametrize("template", ["[{0}]", "{{{0}}}"])
def test_aliases_do_not_blow_up(template: str) -> None:
    lines = ["a0: &a0 {x: 1}"]
    for level in range(1, 30):
        many = [f"*a{level - 1}"] * 9
        inner = "[" + ", ".join(many) + "]" if template == "[{0}]" else "{<<: [" + ", ".join(many) + "]}"
        lines.append(f"a{level}: &a{level} {inner}")

    started = time.monotonic()
    found = problems("\n".join(lines))

    assert any("once aliases are expanded" in line for line in found)
    assert time.monotonic() - started < 20


def test_a_byte_order_mark_is_no_part_of_the_text() -> None:
    (problem, *_) = problems(b"\xef\xbb\xbfspots: 1\n")

    assert problem.startswith("promontory.yaml:1:1:")
