"""Text for terminals, pipes, logs and programs: nothing in it that cannot be seen, and no line that was not one."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as some

from promontory.escaping.json_text import json_text
from promontory.escaping.plain import escaped, in_line, indented, of_program, one_line, printable, words

ANY = some.text(some.characters(exclude_categories=[])) | some.text(some.sampled_from("a \n\r\t\x1b[\x9b\u2028\ud800m"))


@given(ANY)
def test_what_cannot_be_seen_is_shown(text: str) -> None:
    assert set(printable(text)) <= {"\n", "\t"} | {letter for letter in printable(text) if letter.isprintable()}
    assert in_line(text).replace("\t", "").isprintable()
    assert one_line(text).isprintable()
    assert escaped(text).replace("\t", "").isprintable()
    assert words(text).isprintable()
    printable(text).encode()


@given(ANY)
def test_of_a_message_only_the_first_line_begins_at_the_margin(text: str) -> None:
    assert all(line.startswith("  ") for line in indented(text).split("\n")[1:])


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a\x1b[31mb", "a\ufffd[31mb"),
        ("a\u202eb", "a\ufffdb"),
        ("Zoë 日本 😀", "Zoë 日本 😀"),
        ("a\r\nb\tc", "a\nb\tc"),
    ],
)
def test_text_that_can_be_read_stays_as_it_is(text: str, shown: str) -> None:
    assert printable(text) == shown


def test_a_program_s_colours_are_left_out() -> None:
    assert of_program("\x1b[1;31mno\x1b[0m\r\nmore\x08\u202e") == "no\nmore\ufffd"


JSON = some.recursive(
    some.none() | some.booleans() | some.integers() | some.floats(allow_nan=False) | ANY,
    lambda inner: some.lists(inner, max_size=3) | some.dictionaries(ANY, inner, max_size=3),
    max_leaves=8,
)


@given(JSON)
def test_a_document_reads_the_same_to_programs_and_holds_nothing_raw(document: object) -> None:
    for text in (json_text(document), json_text(document, indent=None)):
        assert text.replace("\n", "").isprintable()
        assert json.dumps(json.loads(text)) == json.dumps(json.loads(json.dumps(document)))
