"""What is offered to be pasted is one command, whatever its words hold."""

from __future__ import annotations

import shlex

from hypothesis import given
from hypothesis import strategies as st

from promontory.escaping.shell import command


@given(st.lists(st.text(), min_size=1))
def test_a_shell_reads_the_words_that_were_meant_and_nothing_else(words: list[str]) -> None:
    line = command(*words)

    assert line.isprintable()
    assert shlex.split(line) == ["".join(letter for letter in word if letter.isprintable()) for word in words]
