"""A good answer, as it is written in promontory.yaml. How an answer is held against it is `judging`'s job."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from promontory.exchange.findings import RELEASE
from promontory.exchange.headers import HeaderName
from promontory.exchange.json_fields import FieldText
from promontory.exchange.latency import Latency
from promontory.exchange.path_condition import PathCondition
from promontory.exchange.patterns import BodyPatterns
from promontory.options import Template

Status = Annotated[int, Field(ge=100, le=599)]
Share = Annotated[str, Field(pattern=r"^(100|[1-9]?[0-9](\.[0-9]{1,3})?)%$")]
ALL = "100%"


class Expect(BaseModel):
    """A good answer: one of these statuses, and all that is said of headers, body and time."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)

    status: Status | Annotated[list[Status], Field(min_length=1)] = Field(
        default=200, description="The status of a good answer, or a list of them."
    )
    headers: dict[HeaderName, Template] = Field(default={}, description="Headers of a good answer, and their values.")
    fields: dict[Annotated[str, Field(min_length=1)], FieldText] = Field(
        default={},
        alias="json",
        description="Fields of the JSON answer, by dotted path. One that holds {release} proves which release answers.",
    )
    jsonpath: list[PathCondition] = Field(default=[], description="Conditions on what JSONPaths find in the answer.")
    body: BodyPatterns = Field(default=BodyPatterns(), description="Regular expressions that the body is held against.")
    latency: Latency = Field(
        default={}, description="How long a good answer may take: 500ms; of several requests {p95: 300ms, p99: 1s}."
    )
    success: Share = Field(default=ALL, description="The share of several requests that must be good, e.g. 99%.")

    @property
    def statuses(self) -> tuple[int, ...]:
        return (self.status,) if isinstance(self.status, int) else tuple(self.status)

    @property
    def proves_release(self) -> bool:
        named = (*self.fields.values(), *self.headers.values())
        paths = any(condition.proves_release for condition in self.jsonpath)
        return any(RELEASE in str(value) for value in named) or paths or self.body.proves_release
