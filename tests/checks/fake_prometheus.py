"""A server that speaks Prometheus' API, and whose series are functions of time."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

Value = Callable[[datetime], float | None]


@dataclass
class FakePrometheus:
    """``series``: by their labels. ``refusals`` are answered first, one each."""

    server: HTTPServer
    series: dict[tuple[tuple[str, str], ...], Value] = field(default_factory=dict)
    refusals: list[Response] = field(default_factory=list)
    asked: list[Request] = field(default_factory=list)
    extra: Mapping[str, object] = field(default_factory=dict)
    data: object = None

    def __post_init__(self) -> None:
        self.server.expect_request("/prometheus/api/v1/query").respond_with_handler(self._instant)
        self.server.expect_request("/prometheus/api/v1/query_range").respond_with_handler(self._range)

    @property
    def url(self) -> str:
        return self.server.url_for("/prometheus")

    @property
    def queries(self) -> list[str]:
        return [request.args["query"] for request in self.asked]

    def give(self, value: Value | float | None, **labels: str) -> None:
        function: Value = value if callable(value) else lambda _: value
        self.series[tuple(sorted(labels.items()))] = function

    def _instant(self, request: Request) -> Response:
        moment = float(request.args["time"])
        found = [
            {"metric": dict(labels), "value": [moment, _text(value)]}
            for labels, function in self.series.items()
            if (value := function(_at(moment))) is not None
        ]
        return self._answer(request, {"resultType": "vector", "result": found})

    def _range(self, request: Request) -> Response:
        start, end, step = (float(request.args[name]) for name in ("start", "end", "step"))
        moments = [start + step * number for number in range(int((end - start) / step + 1e-6) + 1)]
        found = []
        for labels, function in self.series.items():
            values = [(at, value) for at in moments if (value := function(_at(at))) is not None]
            if values:
                found.append({"metric": dict(labels), "values": [[at, _text(value)] for at, value in values]})
        return self._answer(request, {"resultType": "matrix", "result": found})

    def _answer(self, request: Request, data: object) -> Response:
        self.asked.append(request)
        if self.refusals:
            return self.refusals.pop(0)
        return _json({"status": "success", "data": self.data or data, **self.extra})


def refusal(status: int, sort: str, message: str, **headers: str) -> Response:
    response = _json({"status": "error", "errorType": sort, "error": message}, status)
    response.headers.update({name.replace("_", "-"): value for name, value in headers.items()})
    return response


def _json(document: object, status: int = 200) -> Response:
    import json

    return Response(json.dumps(document), status, content_type="application/json")


def _at(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def _text(value: float) -> str:
    return {"inf": "+Inf", "-inf": "-Inf", "nan": "NaN"}.get(str(value), str(value))
