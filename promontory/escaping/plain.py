"""Text that is only read: on a terminal, in a pipe, in a log.

What cannot be seen is shown as U+FFFD, not left out: a name with something invisible in it is not to look like another
name. That is what `str.isprintable` calls so: control characters of both sets (escape sequences begin with them), marks
that change the direction of text, characters without width, separators, halves of surrogate pairs.
"""

from __future__ import annotations

import re

UNSEEN = "\ufffd"
# Colours and the like mean nothing in a log, a web page or a record, and NUL breaks PostgreSQL.
_TERMINAL = re.compile(r"\x1b\[[0-?]*[ -/]*[@-~]|\r(?=\n)|[\x00-\x08\x0b-\x1f\x7f-\x9f]")


def printable(text: str) -> str:
    """Text of several lines, which stay lines, with its tabs."""
    if text.isprintable():
        return text
    lines = text.replace("\r\n", "\n")
    return "".join(letter if letter.isprintable() or letter in "\n\t" else UNSEEN for letter in lines)


def in_line(text: str) -> str:
    """A piece of a line, with its blanks: a line break would begin a line that could say anything."""
    if text.isprintable():
        return text
    return "".join(
        letter if letter.isprintable() or letter == "\t" else " " if letter.isspace() else UNSEEN for letter in text
    )


def escaped(line: str) -> str:
    """A line whose every character counts, as of a diff: what cannot be seen is shown as Python writes it."""
    if line.isprintable():
        return line
    return "".join(
        letter if letter.isprintable() or letter == "\t" else letter.encode("unicode_escape").decode()
        for letter in line
    )


def one_line(text: str, most: int | None = None) -> str:
    """On one line, white space in one blank each, cut to ``most`` characters."""
    line = in_line(" ".join(text.split()))
    return line if most is None or len(line) <= most else f"{line[: most - 1]}…"


def of_program(output: str) -> str:
    """What a program wrote for a terminal, without what was meant for the terminal."""
    return printable(_TERMINAL.sub("", output))


def words(said: str, most: int | None = None) -> str:
    """What a program or a server said, as it may stand in a reason: on one line, cut to ``most`` characters."""
    return one_line(of_program(said), most)


def legible(typed: str) -> str:
    """What somebody typed, without what nobody can see: it is to be stored, or pasted."""
    return "".join(letter for letter in typed if letter.isprintable())


def indented(text: str) -> str:
    """A message of several lines, of which only the first begins at the margin, where ours do."""
    first, *others = printable(text).split("\n")
    return "\n".join([first, *(line if line.startswith("  ") else f"  {line}" for line in others)])
