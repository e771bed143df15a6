"""The fields of a JSON answer, held against what is expected of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from promontory.exchange.findings import RELEASE, Finding
from promontory.exchange.json_fields import MISSING, FieldValue, equal, show, sort
from promontory.options import Target


def judge_fields(expected: Mapping[str, FieldValue], seen: Mapping[str, object], target: Target) -> Iterator[Finding]:
    """One finding for each field, in the order of ``expected``."""
    for path, value in expected.items():
        wanted = target.fill(value) if isinstance(value, str) else value
        proof = RELEASE in str(value)
        yield Finding(
            fault="" if equal(seen[path], wanted) else _fault(path, seen[path], wanted, proof=proof),
            proof=proof,
            passing=proof and isinstance(seen[path], str),
            seen="" if seen[path] is MISSING else f"{path} {show(seen[path])}",
        )


def _fault(path: str, seen: object, wanted: FieldValue, *, proof: bool) -> str:
    if seen is MISSING:
        return f"the answer has no field {path}"
    if proof and isinstance(seen, str):
        return f"answers {path} {show(seen)}, not {show(wanted)} yet"
    kinds = "" if type(seen) is type(wanted) else f" ({sort(seen)}, not {sort(wanted)})"
    return f"answers {path} {show(seen)}, not {show(wanted)}{kinds}"
