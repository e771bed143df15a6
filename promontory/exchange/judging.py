"""How one answer is held against what is expected. The first thing that is wrong decides, from the status inwards."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta

from promontory.exchange.answer import Answer, retry_after
from promontory.exchange.expect import Expect
from promontory.exchange.fields import judge_fields
from promontory.exchange.findings import RELEASE, Finding, gravest, proven
from promontory.exchange.json_fields import MISSING, lookup, parse, shorten, show
from promontory.exchange.latency import milliseconds
from promontory.health import Health, Observation
from promontory.options import Target

COME_AGAIN = (429, 503)


def judge(expect: Expect, answer: Answer, target: Target, limit: timedelta) -> Observation:
    """``limit``: the longest that the other side may ask to be left alone. How long it took is not judged here."""
    document = parse(answer.body) if expect.fields or expect.jsonpath else MISSING
    seen = {path: lookup(document, path) for path in expect.fields}
    findings = [*_findings(expect, answer, document, seen, target)]
    waiting = retry_after(answer, limit) if answer.status in COME_AGAIN else None
    health, reason = (
        _judge_status(expect, answer, findings, waiting)
        or _judge_form(expect, answer, document)
        or gravest(findings)
        or (Health.HEALTHY, _praise(answer, findings))
    )
    return Observation(
        health=health,
        reason=reason,
        proven=proven(findings),
        retry_after=waiting,
        evidence=_evidence(answer, seen),
    )


def _findings(
    expect: Expect, answer: Answer, document: object, seen: Mapping[str, object], target: Target
) -> Iterator[Finding]:
    yield from judge_fields(expect.fields, seen, target)
    yield from _judge_headers(expect, answer, target)
    if document is not MISSING:
        yield from (condition.judge(document, target) for condition in expect.jsonpath)
    else:
        yield from (Finding("the answer is not JSON", condition.proves_release) for condition in expect.jsonpath)
    yield from expect.body.judge(answer.body, target)


def _judge_status(
    expect: Expect, answer: Answer, findings: Sequence[Finding], waiting: float | None
) -> tuple[Health, str] | None:
    if answer.status in expect.statuses:
        return None
    expected = " or ".join(str(status) for status in expect.statuses)
    told = ", ".join(finding.seen for finding in findings if finding.proof and finding.seen)
    reason = f"answers {answer.status}, not {expected}" + (f" ({told})" if told else "")
    if waiting is not None:
        return Health.PROGRESSING, f"{reason}; asks to come again in {waiting:g}s"
    return Health.UNHEALTHY, reason


def _judge_form(expect: Expect, answer: Answer, document: object) -> tuple[Health, str] | None:
    """Whether the body is something to look into at all."""
    if answer.cut and (expect.fields or expect.jsonpath):
        return Health.UNHEALTHY, "the answer is larger than 1 MB, too large to look for JSON in it"
    if answer.cut and (expect.body.matches or expect.body.does_not_match):
        return Health.UNHEALTHY, "the answer is larger than 1 MB, too large to be searched"
    if (expect.fields or expect.jsonpath) and document is MISSING:
        return Health.UNHEALTHY, f"the answer is not JSON, but {answer.content_type or 'of no declared type'}"
    if expect.fields and not isinstance(document, dict | list):
        return Health.UNHEALTHY, f"the answer is {show(document)}, not a JSON object with fields"
    return None


def _judge_headers(expect: Expect, answer: Answer, target: Target) -> Iterator[Finding]:
    for name, value in expect.headers.items():
        wanted, seen, proof = target.fill(value), answer.headers.get(name), RELEASE in value
        fault = f"answers the header {name} {show(seen)}, not {show(wanted)}" if seen != wanted else ""
        yield Finding(
            fault=f"the answer has no header {name}" if seen is None else fault and fault + (" yet" if proof else ""),
            proof=proof,
            passing=proof and seen is not None,
            seen="" if seen is None else f"{name} {show(seen)}",
        )


def _praise(answer: Answer, findings: Sequence[Finding]) -> str:
    return ", ".join(
        (f"{answer.status} in {milliseconds(answer.seconds)}", *(finding.seen for finding in findings if finding.seen))
    )


def _evidence(answer: Answer, seen: Mapping[str, object]) -> dict[str, object]:
    return {
        "url": answer.url,
        "status": answer.status,
        "latency": round(answer.seconds, 4),
        "fields": {path: shorten(value) for path, value in seen.items() if value is not MISSING},
    }
