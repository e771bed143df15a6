"""The prometheus check, on a server whose series are functions of time and a clock that jumps."""

from __future__ import annotations

import asyncio
import math
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from pydantic import SecretStr, ValidationError
from pytest_httpserver import HTTPServer
from werkzeug import Response

from promontory.checks.prometheus.check import PrometheusCheck
from promontory.checks.watch import watch
from promontory.errors import UsageError
from promontory.health import CheckResult, Health
from promontory.model import Place
from promontory.options import Target
from tests.checks.fake_prometheus import FakePrometheus, refusal
from tests.checks.surroundings import facilities
from tests.checks.test_watch import JumpingClock
from tests.exchange.certificates import Authority
from tests.servers import PromptServer

PUSHED = datetime(2025, 1, 1, tzinfo=UTC)  # where the clock begins
TARGET = Target(Place("web-app", "production"), "v1.3.0", since=PUSHED)
QUERY = 'sum(rate(errors_total{app="{application}"}[2m]))'


def after(**time: float) -> datetime:
    return PUSHED + timedelta(**time)


@pytest.fixture
def prometheus(httpserver: HTTPServer) -> FakePrometheus:
    return FakePrometheus(httpserver)


def check(prometheus: FakePrometheus, **options: object) -> PrometheusCheck:
    given = {"kind": "prometheus", "server": prometheus.url, "query": QUERY, "condition": "result < 0.01"}
    return PrometheusCheck.model_validate({**given, **options})


def verdict(
    prometheus: FakePrometheus, target: Target = TARGET, tokens: dict[str, SecretStr] | None = None, **options: object
) -> CheckResult:
    means = facilities(JumpingClock(), **(tokens or {}))
    return asyncio.run(watch([check(prometheus, **options)], target, means)).checks[0]


def asked_at(prometheus: FakePrometheus) -> list[float]:
    """Seconds after the push."""
    return [float(request.args["time"]) - PUSHED.timestamp() for request in prometheus.asked]


class TestMeasuring:
    def test_so_many_measurements_are_made_an_interval_apart_once_all_data_is_new(
        self, prometheus: FakePrometheus
    ) -> None:
        prometheus.give(0.002)

        result = verdict(prometheus)

        assert (result.health, result.proven) == (Health.HEALTHY, False)
        assert result.reason == "5 of 5 measurements made, 0 failed, the last: result 0.002"
        assert asked_at(prometheus) == [120, 150, 180, 210, 240]
        assert set(prometheus.queries) == {'sum(rate(errors_total{app="web-app"}[2m]))'}

    def test_the_first_one_can_be_made_later_or_at_once(self, prometheus: FakePrometheus) -> None:
        prometheus.give(0.002)

        verdict(prometheus, count=1, initial_delay="5m")
        verdict(prometheus, count=1, initial_delay="0s")

        assert asked_at(prometheus) == [300, 0]

    def test_when_it_was_pushed_some_time_ago_nothing_is_waited_for(self, prometheus: FakePrometheus) -> None:
        prometheus.give(0.002)

        verdict(prometheus, Target(TARGET.place, "v1.3.0", since=after(minutes=-10)), count=1)

        assert asked_at(prometheus) == [0]

    def test_where_nobody_knows_when_it_was_pushed_it_counts_from_now(self, prometheus: FakePrometheus) -> None:
        prometheus.give(0.002)

        verdict(prometheus, Target(TARGET.place, "v1.3.0"), count=1)

        assert asked_at(prometheus) == [120]

    def test_what_is_still_being_measured_has_not_been_unhealthy(self, prometheus: FakePrometheus) -> None:
        prometheus.give(lambda now: 0.5 if now == after(seconds=150) else 0.002)

        result = verdict(prometheus, failure_limit=1)

        assert (result.health, result.not_healthy) == (Health.HEALTHY, 0)  # a soak would go on

    def test_one_bad_measurement_is_one_too_many(self, prometheus: FakePrometheus) -> None:
        prometheus.give(lambda now: 0.5 if now >= after(seconds=150) else 0.002)

        result = verdict(prometheus)

        assert result.health is Health.UNHEALTHY
        assert result.reason == "1 of 2 measurements failed, none may: result 0.5, which is not result < 0.01"
        assert result.attempts == 3  # the wait for new data, and two measurements

    @pytest.mark.parametrize(("limit", "health"), [(1, Health.UNHEALTHY), (2, Health.HEALTHY)])
    def test_so_many_may_fail(self, prometheus: FakePrometheus, limit: int, health: Health) -> None:
        bad = (after(seconds=150), after(seconds=210))
        prometheus.give(lambda now: 0.5 if now in bad else 0.002)

        result = verdict(prometheus, failure_limit=limit)

        assert result.health is health
        assert result.evidence["measurements"]["failed"] == 2  # type: ignore[index]
        if limit == 1:
            assert result.reason == "2 of 4 measurements failed, 1 may: result 0.5, which is not result < 0.01"
        else:
            assert result.reason == "5 of 5 measurements made, 2 failed, the last: result 0.002"

    def test_the_evidence_says_what_was_asked_and_what_came(self, prometheus: FakePrometheus) -> None:
        prometheus.give(lambda now: 0.5 if now >= after(seconds=150) else 0.002)

        evidence = verdict(prometheus).evidence

        assert evidence == {
            "server": prometheus.url,
            "query": 'sum(rate(errors_total{app="web-app"}[2m]))',
            "condition": "result < 0.01",
            "measurements": {"wanted": 5, "made": 2, "passed": 1, "failed": 1},
            "results": [
                {"at": "2025-01-01T00:02:00+00:00", "outcome": "passed", "result": 0.002},
                {"at": "2025-01-01T00:02:30+00:00", "outcome": "failed", "result": 0.5},
            ],
        }

    def test_a_number_that_never_ends_is_a_number(self, prometheus: FakePrometheus) -> None:
        prometheus.give(math.inf)

        result = verdict(prometheus)

        assert result.reason == "1 of 1 measurement failed, none may: result inf, which is not result < 0.01"
        assert result.evidence["results"][0]["result"] == "+inf"  # type: ignore[index]

    def test_warnings_of_the_server_are_told(self, prometheus: FakePrometheus) -> None:
        prometheus.give(0.002)
        prometheus.extra = {"warnings": ["store eu-1 is\naway"]}

        result = verdict(prometheus, count=1)

        assert result.health is Health.HEALTHY
        assert result.reason.endswith(" the last: result 0.002 (the server warns: store eu-1 is away)")
        assert result.evidence["warnings"] == ["store eu-1 is away"]


class TestSeveralSeries:
    def test_the_condition_must_hold_for_all_of_them(self, prometheus: FakePrometheus) -> None:
        prometheus.give(0.002, pod="a")
        prometheus.give(0.03, pod="b")

        result = verdict(prometheus)

        assert result.reason == (
            "1 of 1 measurement failed, none may: result 0.002 to 0.03 of 2 series, which is not result < 0.01"
        )

    @pytest.mark.parametrize(
        ("condition", "health"),
        [
            ("any(result < 0.01)", Health.HEALTHY),
            ("avg(result) < 0.01", Health.UNHEALTHY),
            ("min(result) < 0.01 and max(result) < 0.05", Health.HEALTHY),
            ("sum(result) < 0.033", Health.HEALTHY),
            ("count(result) == 2", Health.HEALTHY),
        ],
    )
    def test_other_ways_to_look_at_several(self, prometheus: FakePrometheus, condition: str, health: Health) -> None:
        prometheus.give(0.002, pod="a")
        prometheus.give(0.03, pod="b")

        assert verdict(prometheus, condition=condition, count=1).health is health

    def test_what_is_no_number_is_left_out(self, prometheus: FakePrometheus) -> None:
        prometheus.give(0.002, pod="a")
        prometheus.give(math.nan, pod="b")

        assert verdict(prometheus, count=1).reason.endswith("the last: result 0.002")


class TestBaseline:
    QUERY = 'latency_seconds{app="{application}"}'

    def test_it_is_the_average_of_the_hour_before_the_push(self, prometheus: FakePrometheus) -> None:
        prometheus.give(lambda now: 0.1 if now > after(seconds=1) else 0.2 if now > after(minutes=-30) else 0.4)

        result = verdict(prometheus, query=self.QUERY, condition="result <= 1.2 * baseline")

        assert result.health is Health.HEALTHY
        assert result.evidence["baseline"] == pytest.approx(0.3, abs=0.005)
        before, *now = prometheus.asked
        assert (float(before.args["start"]), float(before.args["end"])) == (
            after(hours=-1).timestamp(),
            PUSHED.timestamp(),
        )
        assert len(now) == 5  # it is asked for once

    def test_worse_than_before_fails(self, prometheus: FakePrometheus) -> None:
        prometheus.give(lambda now: 0.25 if now > PUSHED else 0.2)

        result = verdict(prometheus, query=self.QUERY, condition="result <= 1.2 * baseline", initial_delay="1s")

        assert result.reason.startswith("1 of 1 measurement failed, none may: result 0.25, baseline 0.2")

    def test_another_time_can_be_compared_with(self, prometheus: FakePrometheus) -> None:
        prometheus.give(0.2)

        verdict(
            prometheus,
            query=self.QUERY,
            condition="result <= baseline",
            count=1,
            baseline={"offset": "24h", "window": "10m"},
        )

        (before, _) = prometheus.asked
        assert float(before.args["end"]) == after(hours=-24).timestamp()
        assert float(before.args["start"]) == after(hours=-24, minutes=-10).timestamp()

    def test_each_series_is_compared_with_itself(self, prometheus: FakePrometheus) -> None:
        prometheus.give(0.1, path="/")
        prometheus.give(lambda now: 5.0 if now > PUSHED else 4.5, path="/report")

        result = verdict(
            prometheus, query=self.QUERY, condition="result <= 1.2 * baseline", count=1, initial_delay="1s"
        )

        assert result.reason.endswith("result 0.1 to 5 of 2 series, baseline 0.1 to 4.5")
        assert result.health is Health.HEALTHY

    def test_one_series_is_compared_with_one_of_other_labels(self, prometheus: FakePrometheus) -> None:
        prometheus.give(lambda now: 0.2 if now <= PUSHED else None, version="v1.2.0")
        prometheus.give(lambda now: 0.2 if now > PUSHED else None, version="v1.3.0")

        result = verdict(prometheus, query=self.QUERY, condition="result <= baseline", count=1, initial_delay="1s")

        assert result.health is Health.HEALTHY

    def test_without_a_time_before_there_is_nothing_to_compare_with(self, prometheus: FakePrometheus) -> None:
        prometheus.give(lambda now: 0.2 if now > PUSHED else None)

        result = verdict(
            prometheus, query=self.QUERY, condition="result <= baseline", no_data="fail", initial_delay="1s"
        )

        assert result.reason == "1 of 1 measurement failed, none may: result 0.2: there is no baseline"


class TestNoData:
    def test_it_is_waited_for(self, prometheus: FakePrometheus) -> None:
        prometheus.give(lambda now: 0.002 if now >= after(minutes=4) else None)

        result = verdict(prometheus)

        assert result.health is Health.HEALTHY
        assert asked_at(prometheus)[-1] == 360

    def test_but_not_for_ever(self, prometheus: FakePrometheus) -> None:
        result = verdict(prometheus)

        assert result.health is Health.UNHEALTHY
        assert result.reason == "not healthy within 15m: the query gives no data; measured again"

    @pytest.mark.parametrize(
        ("policy", "health", "reason"),
        [
            ("fail", Health.UNHEALTHY, "1 of 1 measurement failed, none may: the query gives no data"),
            ("pass", Health.HEALTHY, "2 of 2 measurements made, 0 failed, the last: the query gives no data"),
            ("ignore", Health.UNHEALTHY, "none of 2 measurements had data: the query gives no data"),
        ],
    )
    def test_policies(self, prometheus: FakePrometheus, policy: str, health: Health, reason: str) -> None:
        result = verdict(prometheus, no_data=policy, count=2)

        assert (result.health, result.reason) == (health, reason)

    def test_some_measurements_without_data_can_be_ignored(self, prometheus: FakePrometheus) -> None:
        prometheus.give(lambda now: 0.002 if now >= after(seconds=150) else None)

        result = verdict(prometheus, no_data="ignore", count=2)

        assert (result.health, result.attempts) == (Health.HEALTHY, 3)

    @pytest.mark.parametrize("value", [math.nan, 0.0])
    def test_nothing_divided_by_nothing_is_no_data(self, prometheus: FakePrometheus, value: float) -> None:
        prometheus.give(value)

        result = verdict(prometheus, condition="not result / result > 1", no_data="fail")

        assert result.health is Health.UNHEALTHY
        assert result.reason.startswith("1 of 1 measurement failed")


MINUTE = {"window": "1m", "step": "15s"}


class TestRange:
    def times(self, prometheus: FakePrometheus) -> list[tuple[float, float, str]]:
        """Of each question: start and end in seconds after the push, and the step."""
        pushed = PUSHED.timestamp()
        return [
            (float(request.args["start"]) - pushed, float(request.args["end"]) - pushed, request.args["step"])
            for request in prometheus.asked
        ]

    def test_all_values_since_the_push_are_the_result(self, prometheus: FakePrometheus) -> None:
        prometheus.give(lambda now: 9.0 if now <= PUSHED else 0.002)

        result = verdict(prometheus, query="errors", range=MINUTE, count=4)

        assert result.health is Health.HEALTHY
        assert self.times(prometheus) == [(15, 30, "15"), (15, 60, "15"), (30, 90, "15"), (60, 120, "15")]

    def test_what_the_query_looks_back_by_is_left_out_too(self, prometheus: FakePrometheus) -> None:
        prometheus.give(0.002)

        verdict(prometheus, range={"window": "10m", "step": "30s"}, count=2)

        assert self.times(prometheus) == [(150, 150, "30"), (150, 180, "30")]

    def test_one_bad_value_is_one_too_many_unless_the_average_counts(self, prometheus: FakePrometheus) -> None:
        prometheus.give(lambda now: 0.02 if now == after(seconds=30) else 0.002)
        options = {"query": "errors", "range": MINUTE, "initial_delay": "15s", "interval": "1m", "count": 1}

        worst = verdict(prometheus, **options)
        average = verdict(prometheus, **options, condition="avg(result) < 0.01")

        assert worst.reason.endswith("result 0.002 to 0.02, which is not result < 0.01")
        assert average.health is Health.HEALTHY


class TestRefusals:
    @pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
    def test_what_may_work_next_time_is_asked_again(self, prometheus: FakePrometheus, status: int) -> None:
        prometheus.give(0.002)
        prometheus.refusals = [refusal(status, "unavailable", "try later")] * 3

        result = verdict(prometheus)

        assert (result.health, result.errors) == (Health.HEALTHY, 3)
        assert result.last_error == f"Prometheus answers {status}: try later"

    def test_it_waits_as_long_as_it_is_told_to(self, prometheus: FakePrometheus) -> None:
        prometheus.give(0.002)
        prometheus.refusals = [refusal(503, "unavailable", "", Retry_After="100")]

        verdict(prometheus, count=1)

        assert asked_at(prometheus) == [120, 220]

    def test_errors_in_a_row_can_be_too_many(self, prometheus: FakePrometheus) -> None:
        prometheus.give(0.002)
        prometheus.refusals = [refusal(503, "unavailable", "busy")] * 3

        result = verdict(prometheus, consecutive_error_limit=2)

        assert result.health is Health.UNKNOWN
        assert result.reason == "no answer 3 times in a row, more than 2: Prometheus answers 503: busy"
        assert result.attempts == 4

    @pytest.mark.parametrize(
        ("answer", "reason"),
        [
            (refusal(400, "bad_data", "1:5: parse error: x"), "Prometheus answers 400: 1:5: parse error: x"),
            (refusal(422, "execution", "many-to-many"), "Prometheus answers 422: many-to-many"),
            (refusal(401, "", "who\nare you"), "Prometheus answers 401: who are you"),
            (Response("<html>", 403, content_type="text/html"), "Prometheus answers 403"),
            (Response("not found", 404), "Prometheus answers 404"),
            (
                Response("<html>Log in", content_type="text/html"),
                "{url}/api/v1/query does not answer like Prometheus, but with text/html",
            ),
            (
                Response('{"status": "success", "data": []}', content_type="application/json"),
                "{url}/api/v1/query gives a result that cannot be read",
            ),
        ],
    )
    def test_what_waiting_cannot_mend_ends_the_wait(
        self, prometheus: FakePrometheus, answer: Response, reason: str
    ) -> None:
        prometheus.refusals = [answer]

        result = verdict(prometheus, initial_delay="0s")

        assert (result.health, result.attempts) == (Health.UNKNOWN, 1)
        assert result.reason == reason.replace("{url}", prometheus.url)
        assert result.evidence["query"] == 'sum(rate(errors_total{app="web-app"}[2m]))'

    @pytest.mark.parametrize(
        ("data", "reason"),
        [
            ({"resultType": "string", "result": [0, "x"]}, "the query gives a string, not numbers"),
            (
                {"resultType": "vector", "result": [{"metric": {}, "histogram": [0, {}]}]},
                "the query gives native histograms, not numbers",
            ),
            ({"resultType": "vector", "result": [{"metric": {}}]}, "gives a result that cannot be read"),
            ({"resultType": "vector", "result": [{"metric": {}, "value": [0, "x"]}]}, "gives a result that cannot be"),
            ({"resultType": "vector", "result": [{"metric": {}, "value": "ab"}]}, "gives a result that cannot be read"),
            ({"resultType": "vector", "result": [7]}, "gives a result that cannot be read"),
        ],
    )
    def test_results_of_another_form(self, prometheus: FakePrometheus, data: object, reason: str) -> None:
        prometheus.data = data

        result = verdict(prometheus, initial_delay="0s")

        assert result.health is Health.UNKNOWN
        assert reason in result.reason

    def test_a_scalar_is_a_result(self, prometheus: FakePrometheus) -> None:
        prometheus.data = {"resultType": "scalar", "result": [0, "0.002"]}

        assert verdict(prometheus, count=1).health is Health.HEALTHY


class TestBeforehand:
    def lint(self, prometheus: FakePrometheus, release: str = "v1.2.0", **options: object) -> list[str]:
        target = Target(TARGET.place, release)
        found = asyncio.run(check(prometheus, **options).lint(target, facilities(JumpingClock())))
        return [remark.message for remark in found]

    def test_a_query_that_gives_something_is_not_remarked(self, prometheus: FakePrometheus) -> None:
        prometheus.give(9.0)

        assert self.lint(prometheus) == []
        assert len(prometheus.asked) == 1

    def test_one_that_gives_nothing_is(self, prometheus: FakePrometheus) -> None:
        assert self.lint(prometheus, name="errors of {application}") == ["errors of web-app gives no data at present"]

    def test_unless_it_asks_for_a_release_that_nobody_knows(self, prometheus: FakePrometheus) -> None:
        assert self.lint(prometheus, release="", query='up{version="{release}"}') == []

    def test_one_that_is_refused_is_an_error(self, prometheus: FakePrometheus) -> None:
        prometheus.refusals = [refusal(400, "bad_data", "parse error")]

        with pytest.raises(UsageError, match=r"^Prometheus answers 400: parse error"):
            self.lint(prometheus)


class TestServer:
    def test_token_and_headers_are_sent_over_tls(self, tmp_path: Path) -> None:
        authority = Authority(tmp_path)
        with PromptServer(host="127.0.0.1", ssl_context=authority.server_context("127.0.0.1")) as server:
            prometheus = FakePrometheus(server)
            prometheus.give(0.002)
            result = verdict(
                prometheus,
                tokens={"127.0.0.1": SecretStr("hunter2")},
                authenticate=True,
                headers={"X-Scope-OrgID": "{environment}"},
                tls={"ca": str(authority.file)},
                count=1,
            )

        assert result.health is Health.HEALTHY
        (request,) = prometheus.asked
        assert request.headers["Authorization"] == "Bearer hunter2"
        assert request.headers["X-Scope-OrgID"] == "production"
        assert "hunter2" not in str(result)

    def test_without_a_token_nothing_is_asked(self, prometheus: FakePrometheus) -> None:
        result = verdict(prometheus, authenticate=True, initial_delay="0s")

        assert result.health is Health.UNKNOWN
        assert result.reason.startswith("there is no token for localhost:")
        assert prometheus.asked == []

    def test_a_hostile_release_stays_a_value(self, prometheus: FakePrometheus) -> None:
        prometheus.give(0.002)
        target = Target(TARGET.place, 'v1"} or vector(0) #', since=PUSHED)

        verdict(prometheus, target, query='up{version="{release}"}', count=1)

        assert prometheus.queries == [r'up{version="v1\U00000022} or vector(0) #"}']


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"condition": "result"}, "'result' is a number: compare it with one, as in result < 0.01"),
        ({"condition": "__import__('os')"}, "has no meaning in a condition"),
        ({"query": "up{app={application}}"}, "{application} stands outside of quotes: write it within quotes"),
        ({"query": 'up{app="{app}"}'}, "unknown placeholder {app}"),
        ({"query": ""}, "at least 1 character"),
        ({"server": "prometheus:9090"}, "is not an http or https URL"),
        ({"server": "http://p/?x=1"}, "server: is an address without a query"),
        ({"server": "http://p/", "authenticate": True}, "authenticate: true wants https"),
        ({"consecutive": 3}, "consecutive means nothing here: count and interval say how often it is measured"),
        ({"stable_for": "1m"}, "stable_for means nothing here"),
        ({"baseline": {"window": "1h"}}, "a baseline is described, but the condition does not look at it"),
        ({"range": {"window": "10d", "step": "15s"}}, "has more than 10000 steps: choose a longer step"),
        ({"no_data": "maybe"}, "'wait', 'fail', 'ignore' or 'pass'"),
        ({"failure_limit": -1}, "greater than or equal to 0"),
        (
            {"interval": "5m", "deadline": "20m"},
            "5 measurements, one every 5m, the first 2m after the push, do not fit into the deadline of 20m",
        ),
    ],
)
def test_bad_options_are_refused(options: dict[str, object], message: str) -> None:
    given = {"kind": "prometheus", "server": "https://p/", "query": QUERY, "condition": "result < 1"}

    with pytest.raises(ValidationError, match=re.escape(message)):
        PrometheusCheck.model_validate({**given, **options})


def test_the_label_is_its_name_or_the_beginning_of_the_query(prometheus: FakePrometheus) -> None:
    assert check(prometheus, name="error rate").label == "error rate"
    assert check(prometheus, query="sum(\n  up\n)").label == "prometheus sum( up )"
    assert check(prometheus, query="a" * 100).label == f"prometheus {'a' * 79}…"
