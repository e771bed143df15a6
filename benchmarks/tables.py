"""A table on stdout: what was measured, the ratio that matters, and whether it keeps its promise."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Row:
    """``value`` in the table's unit; ``target`` bounds the ratio from below, or from above with ``at_most``."""

    name: str
    value: float | None
    ratio_name: str = ""
    ratio: float | None = None
    target: float | None = None
    at_most: bool = False

    @property
    def verdict(self) -> str:
        if self.ratio is None or self.target is None:
            return ""
        kept = self.ratio <= self.target if self.at_most else self.ratio >= self.target
        return "pass" if kept else "MISS"


def print_table(title: str, rows: Sequence[Row]) -> None:
    width = max(len(row.name) for row in rows)
    print(title)
    print(f"{'':{width}}  {'median':>9}  {'ratio':>26}  {'target':>7}")
    for row in rows:
        value = "" if row.value is None else f"{row.value:,.1f}"
        ratio = "" if row.ratio is None else f"{row.ratio_name} {row.ratio:,.1f}"
        target = "" if row.target is None else f"{'≤' if row.at_most else '≥'} {row.target:g}"
        print(f"{row.name:{width}}  {value:>9}  {ratio:>26}  {target:>7}  {row.verdict}".rstrip())
