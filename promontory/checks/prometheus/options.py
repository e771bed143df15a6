"""What may be written of a ``prometheus`` check: query, condition, how often it is measured, and what may fail."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from promontory.checks.contract import Check
from promontory.checks.prometheus.condition import parse
from promontory.checks.prometheus.query import check_query, longest_range
from promontory.exchange.request import Server, Url
from promontory.options import Duration, Period, format_duration

LONGEST_QUERY = 4000
LONGEST_LABEL = 80
MOST_POINTS = 10_000  # of a range; Prometheus refuses more than 11,000


def _check_condition(text: str) -> str:
    parse(text)
    return text


class Range(BaseModel):
    """A range query: all values of the last ``window`` since the push are the result."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)

    window: Duration = Field(description="How far back it looks, e.g. 5m; never further than the push.")
    step: Duration = Field(default=timedelta(seconds=15), description="How long from one value to the next.")

    @model_validator(mode="after")
    def _is_not_endless(self) -> Self:
        if self.window / self.step > MOST_POINTS:
            raise ValueError(f"has more than {MOST_POINTS} steps: choose a longer step")
        return self


class Baseline(BaseModel):
    """The time before the promotion: the average of the same query."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)

    window: Duration = Field(default=timedelta(hours=1), description="How long a time is averaged.")
    offset: Period = Field(
        default=timedelta(0),
        description="How long before the push that time ends; 24h: the same time of the day before.",
    )


class PrometheusOptions(Server, Check):
    """Healthy when ``count`` measurements were made, of which ``failure_limit`` may have failed."""

    kind: Literal["prometheus"]
    name: str | None = Field(
        default=None,
        min_length=1,
        max_length=LONGEST_LABEL,
        description="How it is called in a verdict, e.g. error rate.",
    )
    server: Url = Field(description="The address below which /api/v1/query is found.")
    query: Annotated[str, AfterValidator(check_query)] = Field(
        min_length=1, max_length=LONGEST_QUERY, description="PromQL. Placeholders stand within quotes and are escaped."
    )
    condition: Annotated[str, AfterValidator(_check_condition)] = Field(
        description="What each measurement must fulfil, e.g. result < 0.01 or result <= 1.2 * baseline."
    )
    interval: Duration = Field(default=timedelta(seconds=30), description="How long from one measurement to the next.")
    count: int = Field(default=5, ge=1, le=1000, description="How many measurements are made.")
    failure_limit: int = Field(default=0, ge=0, description="How many of them may fail.")
    consecutive_error_limit: int | None = Field(
        default=None, ge=0, description="How often in a row the server may fail to answer. Left out: to the deadline."
    )
    no_data: Literal["wait", "fail", "ignore", "pass"] = Field(
        default="wait",
        description="What a measurement without data is. wait: none, it is repeated; ignore: one that neither passed "
        "nor failed; fail, pass: one that failed, or passed.",
    )
    over: Range | None = Field(default=None, alias="range", description="Left out: an instant query.")
    baseline: Baseline = Field(default=Baseline(), description="What `baseline` means in the condition.")
    initial_delay: Period | None = Field(
        default=None,
        description="How long after the push the first measurement is made. Left out: the longest range in the query, "
        "so that no data is of the release before.",
    )
    timeout: Duration = Field(default=timedelta(seconds=10), description="How long one answer may take.")
    deadline: Duration = Field(default=timedelta(minutes=15), description="How long all of it may take, e.g. 15m.")

    @model_validator(mode="after")
    def _can_be_done(self) -> Self:
        self.check_server(self.server)
        if urlsplit(self.server).query or urlsplit(self.server).fragment:
            raise ValueError("server: is an address without a query")
        for name in ("consecutive", "stable_for"):
            if name in self.model_fields_set:
                raise ValueError(f"{name} means nothing here: count and interval say how often it is measured")
        if "baseline" in self.model_fields_set and not parse(self.condition).uses_baseline:
            raise ValueError("a baseline is described, but the condition does not look at it")
        lasts = self.delay + self.interval * (self.count - 1)
        if lasts >= self.deadline:
            raise ValueError(
                f"{self.count} measurements, one every {format_duration(self.interval)}, the first "
                f"{format_duration(self.delay)} after the push, do not fit into the deadline of "
                f"{format_duration(self.deadline)}"
            )
        return self

    @property
    def delay(self) -> timedelta:
        if self.initial_delay is not None:
            return self.initial_delay
        return longest_range(self.query) + (self.over.step if self.over else timedelta(0))

    @property
    def label(self) -> str:
        query = " ".join(self.query.split())
        return self.name or f"prometheus {query if len(query) <= LONGEST_LABEL else query[: LONGEST_LABEL - 1] + '…'}"
