"""The ``http`` check: one request, and what its answer says about health and about the release.

It knows what a good answer is; how to get one is `http_client`'s job, how often to look `watch`'s.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated, Literal
from urllib.parse import quote, urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from promontory.checks.contract import Check, Facilities
from promontory.exchange.answer import Answer, Refused, retry_after, shown_url
from promontory.exchange.json_fields import MISSING, FieldValue, equal, lookup, parse, shorten, show
from promontory.model import Health, Observation, Place
from promontory.options import Duration, Target, Template, check_template, format_duration

RELEASE = "{release}"
COME_AGAIN = (429, 503)


def _check_url(url: str) -> str:
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https"):
        raise ValueError(f"{url!r} is not an http or https URL")
    if "@" in parts.netloc:
        raise ValueError("a user name or password does not belong into a URL: it would be logged")
    if not parts.hostname:
        raise ValueError(f"{url!r} names no host")
    _ = parts.port  # a ValueError where it is not a number
    return url


def _check_field(value: FieldValue) -> FieldValue:
    return check_template(value) if isinstance(value, str) else value


Status = Annotated[int, Field(ge=100, le=599)]
Url = Annotated[Template, AfterValidator(_check_url)]


class Expect(BaseModel):
    """A good answer: one of these statuses, these JSON fields (dotted paths), within this latency."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    status: Status | Annotated[list[Status], Field(min_length=1)] = Field(
        default=200, description="The status of a good answer, or a list of them."
    )
    fields: dict[Annotated[str, Field(min_length=1)], Annotated[FieldValue, AfterValidator(_check_field)]] = Field(
        default={},
        alias="json",
        description="Fields of the JSON answer, by dotted path. One that holds {release} proves which release answers.",
    )
    latency: Duration | None = Field(default=None, description="How long a good answer may take, e.g. 500ms.")

    @property
    def statuses(self) -> tuple[int, ...]:
        return (self.status,) if isinstance(self.status, int) else tuple(self.status)


class HttpCheck(Check):
    """Healthy when the answer is as expected; ``timeout`` bounds one look, its redirects included."""

    kind: Literal["http"]
    url: Url = Field(description="What is asked, by GET; http or https, without a user name or password.")
    expect: Expect = Field(default=Expect(), description="What a good answer is. Left out: any with the status 200.")
    timeout: Duration = Field(
        default=timedelta(seconds=5), description="How long one look may take, with its redirects."
    )

    @property
    def label(self) -> str:
        return shown_url(self.url)

    @property
    def proves_release(self) -> bool:
        return any("{release}" in str(value) for value in self.expect.fields.values())

    async def observe(self, target: Target, facilities: Facilities) -> Observation:  # noqa: ARG002 - nothing else is needed
        from promontory.exchange.call import Call
        from promontory.exchange.client import fetch  # brings httpx, which reading a configuration does not need

        expect, url = self.expect, _fill_url(self.url, target)
        try:
            answer = await fetch(Call(url), self.timeout, stop_at=expect.statuses)
        except Refused as refused:
            return Observation(health=Health.UNHEALTHY, reason=str(refused), evidence={"url": shown_url(url)})
        document = parse(answer.body) if expect.fields else MISSING
        seen = {path: lookup(document, path) for path in expect.fields}
        return self._judge(answer, document, seen, target)

    def _judge(self, answer: Answer, document: object, seen: Mapping[str, object], target: Target) -> Observation:
        """The first thing that is wrong decides, from the status inwards."""
        wanted = {path: _fill_field(value, target) for path, value in self.expect.fields.items()}
        proofs = [path for path, value in self.expect.fields.items() if RELEASE in str(value)]
        health, reason = (
            self._judge_status(answer, {path: seen[path] for path in proofs})
            or self._judge_fields(answer, document, seen, wanted)
            or self._judge_latency(answer)
            or (Health.HEALTHY, _praise(answer, seen))
        )
        return Observation(
            health=health,
            reason=reason,
            proven=bool(proofs) and all(equal(seen[path], wanted[path]) for path in proofs),
            retry_after=self._retry_after(answer),
            evidence={
                "url": answer.url,
                "status": answer.status,
                "latency": round(answer.seconds, 4),
                "fields": {path: shorten(value) for path, value in seen.items() if value is not MISSING},
            },
        )

    def _judge_status(self, answer: Answer, proofs: Mapping[str, object]) -> tuple[Health, str] | None:
        if answer.status in self.expect.statuses:
            return None
        expected = " or ".join(str(status) for status in self.expect.statuses)
        told = ", ".join(f"{path} {show(value)}" for path, value in proofs.items() if value is not MISSING)
        reason = f"answers {answer.status}, not {expected}" + (f" ({told})" if told else "")
        if (seconds := self._retry_after(answer)) is not None:
            return Health.PROGRESSING, f"{reason}; asks to come again in {seconds:g}s"
        return Health.UNHEALTHY, reason

    def _retry_after(self, answer: Answer) -> float | None:
        return retry_after(answer, limit=self.deadline) if answer.status in COME_AGAIN else None

    def _judge_fields(
        self, answer: Answer, document: object, seen: Mapping[str, object], wanted: Mapping[str, FieldValue]
    ) -> tuple[Health, str] | None:
        if wanted and answer.cut:
            return Health.UNHEALTHY, "the answer is larger than 1 MB, too large to look for JSON in it"
        if wanted and document is MISSING:
            return Health.UNHEALTHY, f"the answer is not JSON, but {answer.content_type or 'of no declared type'}"
        if wanted and not isinstance(document, dict | list):
            return Health.UNHEALTHY, f"the answer is {show(document)}, not a JSON object with fields"
        wrong = [path for path in wanted if not equal(seen[path], wanted[path])]
        # What cannot be waited for is said first; another release is the normal sight during a rollout.
        wrong.sort(key=self._may_be_old)
        return self._judge_field(wrong[0], seen[wrong[0]], wanted[wrong[0]]) if wrong else None

    def _judge_field(self, path: str, seen: object, wanted: FieldValue) -> tuple[Health, str]:
        if seen is MISSING:
            return Health.UNHEALTHY, f"the answer has no field {path}"
        if self._may_be_old(path) and isinstance(seen, str):
            return Health.PROGRESSING, f"answers {path} {show(seen)}, not {show(wanted)} yet"
        kinds = "" if type(seen) is type(wanted) else f" ({_sort(seen)}, not {_sort(wanted)})"
        return Health.UNHEALTHY, f"answers {path} {show(seen)}, not {show(wanted)}{kinds}"

    def _may_be_old(self, path: str) -> bool:
        return RELEASE in str(self.expect.fields[path])

    def _judge_latency(self, answer: Answer) -> tuple[Health, str] | None:
        bound = self.expect.latency
        if bound is None or answer.seconds <= bound.total_seconds():
            return None
        return Health.UNHEALTHY, f"answers in {_milliseconds(answer)}, not within {format_duration(bound)}"


def _fill_url(url: str, target: Target) -> str:
    """Fill the placeholders so that a ``+`` or ``@`` of a release stays a part of its segment."""
    place = target.place
    quoted = Place(quote(place.application, safe=""), quote(place.environment, safe=""))
    return Target(quoted, quote(target.release, safe="")).fill(url)


def _fill_field(value: FieldValue, target: Target) -> FieldValue:
    return target.fill(value) if isinstance(value, str) else value


def _praise(answer: Answer, seen: Mapping[str, object]) -> str:
    fields = "".join(f", {path} {show(value)}" for path, value in seen.items())
    return f"{answer.status} in {_milliseconds(answer)}{fields}"


def _milliseconds(answer: Answer) -> str:
    return f"{answer.seconds * 1000:.0f} ms"


def _sort(value: object) -> str:
    if value is None:
        return "null"
    names = {bool: "a boolean", int: "a number", float: "a number", str: "a string", dict: "an object", list: "a list"}
    return names[type(value)]
