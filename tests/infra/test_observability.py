from __future__ import annotations

import json
from functools import cache
from typing import Any

import pulumi
import pytest

from infra.alarm_config import AlarmConfig
from infra.alarms import FleetSignals, FunctionSignals, Metric, Signals, alarms
from infra.observability import Observability, ObservabilityArgs
from tests.infra.recorder import ACCOUNT, REGION, TAGS, Recorder, deploy

FLEET = FleetSignals(load_balancer="app/alb/1", target_group="targetgroup/targets/2", group="group")
FUNCTION = FunctionSignals(function="function", alias="function:live", api="api", stage="live")


def config(email: str | None = None) -> AlarmConfig:
    return AlarmConfig(email=email, error_percent=2, latency_ms=400, concurrency=30)


@cache
def watched(*signals: Signals, email: str | None = None) -> Recorder:
    args = ObservabilityArgs(
        config=config(email), signals=signals, dashboard="project-stack", region=REGION, tags=TAGS
    )

    def program() -> None:
        made = Observability("eye", args)
        pulumi.export("topic", made.topic_arn)
        pulumi.export("alarms", pulumi.Output.all(*made.alarm_names))

    return deploy(program)


def found(recorder: Recorder) -> list[dict[str, Any]]:
    return [asked.inputs for asked in recorder.of_type("aws:cloudwatch/metricAlarm:MetricAlarm")]


def both() -> Recorder:
    return watched(FLEET, FUNCTION)


@pytest.mark.parametrize(
    ("signals", "names"),
    [
        (FLEET, {"fleet-errors", "fleet-unhealthy", "fleet-latency"}),
        (
            FUNCTION,
            {
                "function-errors",
                "function-api-errors",
                "function-throttles",
                "function-latency",
                "function-concurrency",
            },
        ),
    ],
)
def test_each_shape_is_watched_for_what_can_go_wrong_with_it(signals: Signals, names: set[str]):
    assert {alarm.name for alarm in alarms(signals, config())} == names
    made = watched(signals).of_type("aws:cloudwatch/metricAlarm:MetricAlarm")
    assert {asked.name for asked in made} == {f"eye-{name}" for name in names}


def test_every_alarm_says_what_is_wrong_and_tells_the_topic_when_it_comes_and_goes():
    made = found(both())
    assert len(made) == 8
    for alarm in made:
        assert alarm["alarmActions"] == alarm["okActions"] == ["arn:eye-alarms"]
        assert alarm["alarmDescription"].endswith(".")


def test_a_single_bad_minute_raises_no_alarm_and_neither_does_a_quiet_one():
    for alarm in found(both()):
        assert (alarm["datapointsToAlarm"], alarm["evaluationPeriods"]) == (3, 5)
        assert alarm["treatMissingData"] == "notBreaching"
        assert alarm["comparisonOperator"] == "GreaterThanThreshold"


def single(name: str) -> dict[str, Any]:
    return both().made[f"eye-{name}"].inputs


def test_latency_is_that_of_the_slowest_in_a_hundred_each_in_the_unit_of_its_metric():
    fleet, function = single("fleet-latency"), single("function-latency")
    assert (fleet["extendedStatistic"], fleet["metricName"], fleet["threshold"]) == (
        "p99",
        "TargetResponseTime",
        0.4,
    )
    assert (function["extendedStatistic"], function["metricName"], function["threshold"]) == (
        "p99",
        "Duration",
        400,
    )
    assert function["dimensions"] == {"FunctionName": "function", "Resource": "function:live"}


def test_the_share_of_answers_with_5xx_is_the_mean_of_what_api_gateway_counts():
    alarm = single("function-api-errors")
    assert (alarm["namespace"], alarm["metricName"], alarm["statistic"]) == (
        "AWS/ApiGateway",
        "5XXError",
        "Average",
    )
    assert alarm["threshold"] == 0.02
    assert alarm["dimensions"] == {"ApiName": "api", "Stage": "live"}


def test_a_function_that_is_not_started_or_too_often_raises_an_alarm():
    throttles, concurrency = single("function-throttles"), single("function-concurrency")
    assert (throttles["metricName"], throttles["statistic"], throttles["threshold"]) == (
        "Throttles",
        "Sum",
        0,
    )
    assert (concurrency["metricName"], concurrency["statistic"]) == ("ConcurrentExecutions", "Maximum")
    assert concurrency["threshold"] == 30


def test_an_instance_that_stays_unhealthy_raises_an_alarm():
    alarm = single("fleet-unhealthy")
    assert (alarm["metricName"], alarm["statistic"], alarm["threshold"]) == (
        "UnHealthyHostCount",
        "Maximum",
        0,
    )
    assert alarm["dimensions"] == {"LoadBalancer": "app/alb/1", "TargetGroup": "targetgroup/targets/2"}


def queries(name: str) -> dict[str, dict[str, Any]]:
    return {query["id"]: query for query in single(name)["metricQueries"]}


@pytest.mark.parametrize("name", ["fleet-errors", "function-errors"])
def test_a_share_is_a_formula_over_the_other_queries_and_alone_is_compared(name: str):
    percent = queries(name).pop("percent")
    assert percent["returnData"] is True
    parts = {key: query for key, query in queries(name).items() if key != "percent"}
    for key, query in parts.items():
        assert key in percent["expression"]
        assert query["returnData"] is False
        assert (query["metric"]["period"], query["metric"]["stat"]) == (60, "Sum")


def test_the_share_of_the_fleet_counts_what_the_balancer_answers_for_want_of_an_instance():
    named = {
        key: query["metric"]["metricName"]
        for key, query in queries("fleet-errors").items()
        if "metric" in query
    }
    assert named == {
        "failed0": "HTTPCode_Target_5XX_Count",
        "failed1": "HTTPCode_ELB_5XX_Count",
        "whole0": "RequestCount",
        "whole1": "HTTPCode_ELB_5XX_Count",
    }
    failures = "FILL(failed0, 0) + FILL(failed1, 0)"
    whole = "FILL(whole0, 0) + FILL(whole1, 0)"
    formula = queries("fleet-errors")["percent"]["expression"]
    assert formula == f"IF({whole} > 0, 100 * ({failures}) / ({whole}), 0)"


def test_the_topic_is_encrypted_with_a_key_that_cloudwatch_may_use():
    topic, key = both().made["eye-alarms"], both().made["eye-alarms-key"]
    assert topic["kmsMasterKeyId"] == "key-1"
    assert key["enableKeyRotation"] is True
    statements = {statement["Sid"]: statement for statement in json.loads(key["policy"])["Statement"]}
    assert statements["Administer"]["Principal"] == {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}
    assert statements["TellOfAlarms"]["Principal"] == {"Service": "cloudwatch.amazonaws.com"}
    assert statements["TellOfAlarms"]["Action"] == ["kms:Decrypt", "kms:GenerateDataKey*"]


def test_mail_is_sent_only_where_there_is_an_address():
    assert both().of_type("aws:sns/topicSubscription:TopicSubscription") == []
    (mail,) = watched(FLEET, email="ops@example.com").of_type("aws:sns/topicSubscription:TopicSubscription")
    assert (mail["topic"], mail["protocol"], mail["endpoint"]) == (
        "arn:eye-alarms",
        "email",
        "ops@example.com",
    )


def test_what_others_need_is_handed_out():
    assert watched(FLEET).exports["topic"] == "arn:eye-alarms"
    assert watched(FLEET).exports["alarms"] == [
        "eye-fleet-errors-1a2b3c4",
        "eye-fleet-unhealthy-1a2b3c4",
        "eye-fleet-latency-1a2b3c4",
    ]


def widgets(*signals: Signals) -> list[dict[str, Any]]:
    dashboard = watched(*signals).made["eye-dashboard"]
    assert dashboard["dashboardName"] == "project-stack"
    return json.loads(dashboard["dashboardBody"])["widgets"]


@pytest.mark.parametrize("signals", [(FLEET,), (FUNCTION,), (FLEET, FUNCTION)])
def test_the_dashboard_has_a_row_for_each_shape_and_no_chart_on_top_of_another(signals: tuple[Signals, ...]):
    found = widgets(*signals)
    places = {(widget["x"], widget["y"]) for widget in found}
    assert len(places) == len(found)
    assert {widget["y"] for widget in found} == {6 * row for row in range(len(signals))}
    assert all(widget["x"] + widget["width"] <= 24 for widget in found)


def test_a_line_of_a_chart_names_its_metric_as_the_alarms_do():
    lines = [line for widget in widgets(FLEET, FUNCTION) for line in widget["properties"]["metrics"]]
    assert ["AWS/ApiGateway", "5XXError", "ApiName", "api", "Stage", "live", {"stat": "Sum"}] in lines
    drawn = {(line[0], line[1]) for line in lines}
    watched_alone = {
        (alarm.measure.namespace, alarm.measure.name)
        for shape in (FLEET, FUNCTION)
        for alarm in alarms(shape, config())
        if isinstance(alarm.measure, Metric)
    }
    assert watched_alone <= drawn


def test_every_chart_shows_the_region_of_the_stack():
    assert {widget["properties"]["region"] for widget in widgets(FLEET, FUNCTION)} == {REGION}
