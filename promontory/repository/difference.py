"""The diff of one file, computed here, nothing is written.

It is git's format, but for reading: control characters are shown as escapes, so that a file cannot hide part of itself
from whoever approves it on a terminal.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import groupby
from typing import Literal

from promontory.escaping.plain import escaped

_CONTEXT = 3
_BINARY_PROBE = 8000  # bytes, as in git
_COMPARABLE = 5000  # lines
_ABBREVIATED = 7
# Also what reorders text or breaks lines on a screen only: "Trojan source".

_Opcode = tuple[Literal["replace", "delete", "insert", "equal"], int, int, int, int]


@dataclass(frozen=True, order=True)
class Side:
    """A file on one side of a change; ``oid`` None: it is not there."""

    oid: str | None = None
    mode: str = ""
    content: bytes = b""


def file_diff(path: str, was: Side, becomes: Side) -> str:
    """One file's part of a diff in git's format."""
    old, new = _quoted(f"a/{path}"), _quoted(f"b/{path}")
    head = f"diff --git {old} {new}\n{_extended_header(was, becomes)}"
    names = ("/dev/null" if was.oid is None else old, "/dev/null" if becomes.oid is None else new)
    if was.oid == becomes.oid:
        return head
    if b"\0" in was.content[:_BINARY_PROBE] or b"\0" in becomes.content[:_BINARY_PROBE]:
        return head + f"Binary files {names[0]} and {names[1]} differ\n"
    hunks = "".join(_hunks(_lines(was.content), _lines(becomes.content)))
    marks = [name + ("\t" if " " in name and name != "/dev/null" else "") for name in names]
    return head + (f"--- {marks[0]}\n+++ {marks[1]}\n{hunks}" if hunks else "")


def _extended_header(was: Side, becomes: Side) -> str:
    absent = "0" * _ABBREVIATED
    ids = f"index {(was.oid or absent)[:_ABBREVIATED]}..{(becomes.oid or absent)[:_ABBREVIATED]}"
    if was.oid is None:
        return f"new file mode {becomes.mode}\n{ids}\n"
    if becomes.oid is None:
        return f"deleted file mode {was.mode}\n{ids}\n"
    if was.mode != becomes.mode:
        modes = f"old mode {was.mode}\nnew mode {becomes.mode}\n"
        return modes if was.oid == becomes.oid else f"{modes}{ids}\n"
    return f"{ids} {was.mode}\n"


def _hunks(old: list[bytes], new: list[bytes]) -> Iterator[str]:
    for group in _groups(old, new):
        first, last = group[0], group[-1]
        yield f"@@ -{_range(first[1], last[2])} +{_range(first[3], last[4])} @@\n"
        for tag, old_start, old_end, new_start, new_end in group:
            if tag == "equal":
                yield from (_line(" ", line) for line in old[old_start:old_end])
                continue
            yield from (_line("-", line) for line in old[old_start:old_end])
            yield from (_line("+", line) for line in new[new_start:new_end])


class _ByPosition(SequenceMatcher[bytes]):
    """For what is too large to search: lines are compared with those at the same place, as edited scalars keep it."""

    def set_seqs(self, a: Sequence[bytes], b: Sequence[bytes]) -> None:
        self.a, self.b = a, b

    def get_opcodes(self) -> list[_Opcode]:
        runs = groupby(range(min(len(self.a), len(self.b))), key=lambda number: self.a[number] == self.b[number])
        found: list[_Opcode] = []
        for same, run in runs:
            numbers = list(run)
            span = (numbers[0], numbers[-1] + 1)
            found.append(("equal" if same else "replace", *span, *span))
        end = min(len(self.a), len(self.b))
        if len(self.a) != len(self.b):
            found.append(("replace", end, len(self.a), end, len(self.b)))
        return found


def _groups(old: list[bytes], new: list[bytes]) -> Iterator[list[tuple[str, int, int, int, int]]]:
    """Opcodes with their context. Only what lies between the common start and end is compared: difflib is slow."""
    start, end = _common(old, new)
    skipped = max(0, start - _CONTEXT)
    kept = max(0, end - _CONTEXT)
    middle_old, middle_new = old[skipped : len(old) - kept], new[skipped : len(new) - kept]
    large = max(len(middle_old), len(middle_new)) > _COMPARABLE
    matcher = (_ByPosition if large else SequenceMatcher)(None, middle_old, middle_new, autojunk=False)
    for group in matcher.get_grouped_opcodes(_CONTEXT):
        yield [(tag, a + skipped, b + skipped, c + skipped, d + skipped) for tag, a, b, c, d in group]


def _common(old: list[bytes], new: list[bytes]) -> tuple[int, int]:
    """How many lines are the same at the start, and at the end."""
    limit = min(len(old), len(new))
    start = next((number for number in range(limit) if old[number] != new[number]), limit)
    rest = limit - start
    end = next((number for number in range(rest) if old[-1 - number] != new[-1 - number]), rest)
    return start, end


def _range(start: int, end: int) -> str:
    length = end - start
    if length == 1:
        return f"{start + 1}"
    return f"{start + 1 if length else start},{length}"


def _line(sign: str, line: bytes) -> str:
    text = line.decode("utf-8", "backslashreplace")
    end = next((end for end in ("\r\n", "\n") if text.endswith(end)), "")
    shown = escaped(text.removesuffix(end))
    return f"{sign}{shown}{end}" if end else f"{sign}{shown}\n\\ No newline at end of file\n"


def _lines(content: bytes) -> list[bytes]:
    lines = content.split(b"\n")
    return [line + b"\n" for line in lines[:-1]] + ([lines[-1]] if lines[-1] else [])


def _quoted(path: str) -> str:
    if path.isprintable() and '"' not in path and "\\" not in path:
        return path
    escaped = path.replace("\\", "\\\\").replace('"', '\\"')
    raw = "".join(c if c.isprintable() else _octal(c) for c in escaped)
    return f'"{raw}"'


def _octal(character: str) -> str:
    short = {"\n": "\\n", "\t": "\\t", "\r": "\\r"}.get(character)
    return short or "".join(f"\\{byte:03o}" for byte in character.encode("utf-8", "surrogateescape"))
