"""Prometheus' HTTP API, and what speaks it too (Thanos, Mimir, VictoriaMetrics): ask a query, read its answer.

It knows nothing of conditions. What the query cannot mend by waiting is a `UsageError`, the rest a `TransientError`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from urllib.parse import urlencode

from promontory.errors import TransientError, UsageError
from promontory.escaping.plain import words
from promontory.exchange.answer import Answer, Refused, retry_after
from promontory.exchange.call import Call
from promontory.exchange.json_fields import parse, show

MOST_BYTES = 5_000_000
MOST_WARNINGS = 5
_LONGEST_TOLD = 300
_LONGEST_PAUSE = timedelta(minutes=5)
_AGAIN = (408, 425, 429, 500, 502, 503, 504)


@dataclass(frozen=True)
class Series:
    """Numbers, oldest first; an instant query has one."""

    labels: tuple[tuple[str, str], ...]
    values: tuple[float, ...]


@dataclass(frozen=True)
class Result:
    """``warnings``: what the server could not do, while it answered."""

    series: tuple[Series, ...]
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True)
class Api:
    """``call`` is a GET of the server's address, without a path of the API. ``within`` bounds one question."""

    call: Call
    within: timedelta

    async def at(self, query: str, moment: datetime) -> Result:
        """An instant query."""
        return await self._ask("query", {"query": query, "time": _timestamp(moment)})

    async def over(self, query: str, start: datetime, end: datetime, step: timedelta) -> Result:
        """A range query."""
        times = {"start": _timestamp(start), "end": _timestamp(end), "step": f"{step.total_seconds():g}"}
        return await self._ask("query_range", {"query": query, **times})

    async def _ask(self, endpoint: str, parameters: Mapping[str, str]) -> Result:
        from promontory.exchange.client import fetch  # brings httpx, which reading a configuration does not need

        asked = urlencode({**parameters, "timeout": f"{self.within.total_seconds():g}s"})
        url = f"{self.call.url.rstrip('/')}/api/v1/{endpoint}?{asked}"
        try:
            answer = await fetch(replace(self.call, url=url), self.within, most_bytes=MOST_BYTES)
        except Refused as refused:
            raise UsageError(f"Prometheus {refused}", "correct server: in promontory.yaml") from None
        return _read(answer)


def _timestamp(moment: datetime) -> str:
    return f"{moment.timestamp():.3f}"


def _read(answer: Answer) -> Result:
    document = parse(answer.body)
    told = document if isinstance(document, dict) else {}
    if answer.status != 200:
        raise _refusal(answer, told)
    if answer.cut:
        raise UsageError(
            f"the query's result is larger than {MOST_BYTES // 1_000_000} MB", "let the query aggregate, as sum(…) does"
        )
    if told.get("status") != "success":
        raise UsageError(
            f"{answer.url} does not answer like Prometheus, but with {_form(answer)}",
            "correct server: in promontory.yaml",
        )
    try:
        return Result(_series(told["data"]), _warnings(told))
    except (KeyError, TypeError, ValueError, AttributeError):
        raise UsageError(
            f"{answer.url} gives a result that cannot be read", "correct server: in promontory.yaml"
        ) from None


def _refusal(answer: Answer, told: Mapping[str, object]) -> TransientError | UsageError:
    why = _plain(told.get("error", ""))
    message = f"Prometheus answers {answer.status}" + (f": {why}" if why else "")
    if answer.status in _AGAIN:
        return TransientError(message, retry_after=retry_after(answer, _LONGEST_PAUSE))
    if answer.status in (401, 403):
        return UsageError(message, "write authenticate: true, and give PROMONTORY_TOKENS a token that may ask queries")
    if answer.status in (400, 422) and told:
        return UsageError(message, "correct the query: try it on the server's own page")
    return UsageError(
        message, "correct server: in promontory.yaml: it is the address below which /api/v1/query is found"
    )


def _form(answer: Answer) -> str:
    return answer.content_type or "something of no declared type"


def _series(data: object) -> tuple[Series, ...]:
    if not isinstance(data, dict):
        raise TypeError
    sort, result = data["resultType"], data["result"]
    if sort == "scalar":
        return (Series((), (_number(result),)),)
    if sort not in ("vector", "matrix"):
        raise UsageError(f"the query gives a {show(str(sort))}, not numbers", "correct the query")
    return tuple(_one(each) for each in result)


def _one(each: Mapping[str, object]) -> Series:
    if "histogram" in each or "histograms" in each:
        raise UsageError("the query gives native histograms, not numbers", "wrap it in histogram_quantile(…)")
    labels = each["metric"]
    points = each["values"] if "values" in each else [each["value"]]
    if not isinstance(labels, dict) or not isinstance(points, list):
        raise TypeError
    known = tuple(sorted((str(name), str(value)) for name, value in labels.items()))
    return Series(known, tuple(_number(point) for point in points))


def _number(point: object) -> float:
    if not isinstance(point, list):
        raise TypeError
    _moment, value = point
    return float(value)


def _warnings(told: Mapping[str, object]) -> tuple[str, ...]:
    warnings = told.get("warnings") or []
    return tuple(_plain(text) for text in warnings[:MOST_WARNINGS]) if isinstance(warnings, list) else ()


def _plain(text: object) -> str:
    """What the other side says, on one line and not for ever."""
    return words(str(text)[:_LONGEST_TOLD])
