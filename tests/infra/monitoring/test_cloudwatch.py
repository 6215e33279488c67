from __future__ import annotations

import json
import re
from functools import cache
from typing import Any

import pulumi
import pytest

from infra.monitoring.alarm_config import AlarmConfig
from infra.monitoring.alarm_definitions import ErrorRate, Shortage, alarms
from infra.monitoring.cloudwatch import Monitoring, MonitoringArgs
from infra.monitoring.cost_metric import fleet_formula, fleet_label, function_formula
from infra.monitoring.metrics import FirewallMetrics, FleetMetrics, FunctionMetrics, ShapeMetrics
from tests.infra.mock_aws import REGION, TAGS, MockAws, deploy

FLEET = FleetMetrics(
    load_balancer="app/alb/1",
    target_group="targetgroup/targets/2",
    group="group",
    instance_type="t4g.small",
    replacement_seconds=260,
)
FUNCTION = FunctionMetrics(
    function="function",
    alias="function:live",
    api="api",
    stage="live",
    memory_mb=1_769,
    architecture="arm64",
    client_errors=("shop/prod", "ClientErrors"),
)
FIREWALL = FirewallMetrics(web_acl="iris-acl", region=REGION)


CONFIG = AlarmConfig(
    alarm_email=None,
    alarm_error_percent=2,
    alarm_client_error_percent=30,
    alarm_latency_ms=400,
    alarm_concurrent_executions=30,
    alarm_blocked_requests_per_minute=500,
)


@cache
def watched(*shapes: ShapeMetrics) -> MockAws:
    args = MonitoringArgs(
        config=CONFIG,
        shapes=shapes,
        firewall=FIREWALL,
        topic_arn="arn:topic",
        dashboard="project-stack",
        region=REGION,
        tags=TAGS,
    )

    def program() -> None:
        component = Monitoring("eye", args)
        pulumi.export("alarms", pulumi.Output.all(*component.alarm_names))

    return deploy(program)


def alarm_inputs(mock: MockAws) -> list[dict[str, Any]]:
    return [alarm.inputs for alarm in mock.of_type("aws:cloudwatch/metricAlarm:MetricAlarm")]


def both() -> MockAws:
    return watched(FLEET, FUNCTION)


@pytest.mark.parametrize(
    ("shape", "names"),
    [
        (FLEET, {"fleet-errors", "fleet-client-errors", "fleet-unhealthy", "fleet-latency"}),
        (
            FUNCTION,
            {
                "function-errors",
                "function-api-errors",
                "function-client-errors",
                "function-throttles",
                "function-latency",
                "function-concurrency",
            },
        ),
    ],
)
def test_each_shape_is_watched_for_what_can_go_wrong_with_it(shape: ShapeMetrics, names: set[str]):
    assert {alarm.name for alarm in alarms(shape, CONFIG)} == names
    created = watched(shape).of_type("aws:cloudwatch/metricAlarm:MetricAlarm")
    assert {resource.name for resource in created} == {f"eye-{name}" for name in (*names, "firewall-blocked")}


def test_every_alarm_says_what_is_wrong_and_tells_the_topic_when_it_comes_and_goes():
    inputs_by_name = alarm_inputs(both())
    assert len(inputs_by_name) == 11
    for alarm in inputs_by_name:
        assert alarm["alarmActions"] == alarm["okActions"] == ["arn:topic"]
        assert alarm["alarmDescription"].endswith(".")


def test_a_single_bad_minute_raises_no_alarm_and_neither_does_a_quiet_one():
    for alarm in alarm_inputs(both()):
        if "desired" not in str(alarm.get("metricQueries")):
            assert (alarm["datapointsToAlarm"], alarm["evaluationPeriods"]) == (3, 5)
        assert alarm["treatMissingData"] == "notBreaching"
        assert alarm["comparisonOperator"] == "GreaterThanThreshold"
        read = [query["metric"] for query in alarm.get("metricQueries", []) if "metric" in query]
        assert {metric["period"] for metric in read or [alarm]} == {60}


def single(name: str) -> dict[str, Any]:
    return both().resources[f"eye-{name}"].inputs


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


def queries(name: str) -> dict[str, dict[str, Any]]:
    return {query["id"]: query for query in single(name)["metricQueries"]}


@pytest.mark.parametrize(
    "name", ["fleet-errors", "fleet-client-errors", "function-errors", "function-client-errors"]
)
def test_a_share_is_a_formula_over_the_other_queries_and_alone_is_compared(name: str):
    percent = queries(name).pop("percent")
    assert percent["returnData"] is True
    parts = {key: query for key, query in queries(name).items() if key != "percent"}
    for key, query in parts.items():
        assert key in percent["expression"]
        assert query["returnData"] is False
        assert (query["metric"]["period"], query["metric"]["stat"]) == (60, "Sum")


# 20 s of failed checks, 60 s of Auto Scaling and 180 s of boot touch 6 minutes; the alarm takes one more.
def test_an_instance_that_is_not_replaced_in_time_raises_an_alarm():
    alarm = single("fleet-unhealthy")
    assert (alarm["evaluationPeriods"], alarm["datapointsToAlarm"], alarm["threshold"]) == (7, 7, 0)
    found = queries("fleet-unhealthy")
    assert found.pop("missing")["expression"] == ("IF(healthy < desired, desired - healthy, 0)")
    metrics = {key: query["metric"] for key, query in found.items()}
    assert {key: (metric["metricName"], metric["stat"]) for key, metric in metrics.items()} == {
        "healthy": ("HealthyHostCount", "Maximum"),
        "desired": ("GroupDesiredCapacity", "Minimum"),
    }
    assert metrics["healthy"]["dimensions"] == {
        "LoadBalancer": "app/alb/1",
        "TargetGroup": "targetgroup/targets/2",
    }
    assert metrics["desired"]["dimensions"] == {"AutoScalingGroupName": "group"}


def test_the_share_of_the_fleet_counts_what_the_balancer_answers_for_want_of_an_instance():
    named = {
        key: query["metric"]["metricName"]
        for key, query in queries("fleet-errors").items()
        if "metric" in query
    }
    assert named == {
        "errors0": "HTTPCode_Target_5XX_Count",
        "errors1": "HTTPCode_ELB_5XX_Count",
        "total0": "RequestCount",
        "total1": "HTTPCode_ELB_5XX_Count",
    }
    failures = "FILL(errors0, 0) + FILL(errors1, 0)"
    whole = "FILL(total0, 0) + FILL(total1, 0)"
    formula = queries("fleet-errors")["percent"]["expression"]
    assert formula == f"IF({whole} > 0, 100 * ({failures}) / ({whole}), 0)"


def test_an_attack_raises_an_alarm():
    alarm = single("firewall-blocked")
    assert (alarm["namespace"], alarm["metricName"], alarm["threshold"]) == (
        "AWS/WAFV2",
        "BlockedRequests",
        500,
    )
    assert alarm["dimensions"] == {"WebACL": "iris-acl", "Region": REGION, "Rule": "ALL"}


def test_requests_that_are_refused_as_mistaken_raise_an_alarm_of_each_shape():
    fleet = {
        key: query["metric"]["metricName"]
        for key, query in queries("fleet-client-errors").items()
        if "metric" in query
    }
    assert fleet == {"errors0": "HTTPCode_Target_4XX_Count", "total0": "RequestCount"}
    assert single("fleet-client-errors")["threshold"] == 30
    # API Gateway's 4XXError would count blocked (403) and throttled (429) requests.
    function = {
        key: query["metric"]["metricName"]
        for key, query in queries("function-client-errors").items()
        if "metric" in query
    }
    assert function == {"errors0": "ClientErrors", "total0": "Invocations"}
    assert single("function-client-errors")["threshold"] == 30


OF_BALANCER = {"LoadBalancer": "app/alb/1"}
OF_TARGETS = {**OF_BALANCER, "TargetGroup": "targetgroup/targets/2"}
OF_GROUP = {"AutoScalingGroupName": "group"}
OF_FUNCTION = {"FunctionName": "function"}
OF_ALIAS = {**OF_FUNCTION, "Resource": "function:live"}
OF_STAGE = {"ApiName": "api", "Stage": "live"}

ALARMS: dict[str, tuple[float, dict[str, dict[str, str]]]] = {
    "fleet-errors": (
        2,
        {
            "AWS/ApplicationELB HTTPCode_Target_5XX_Count Sum": OF_TARGETS,
            "AWS/ApplicationELB HTTPCode_ELB_5XX_Count Sum": OF_BALANCER,
            "AWS/ApplicationELB RequestCount Sum": OF_TARGETS,
        },
    ),
    "fleet-client-errors": (
        30,
        {
            "AWS/ApplicationELB HTTPCode_Target_4XX_Count Sum": OF_TARGETS,
            "AWS/ApplicationELB RequestCount Sum": OF_TARGETS,
        },
    ),
    "fleet-unhealthy": (
        0,
        {
            "AWS/ApplicationELB HealthyHostCount Maximum": OF_TARGETS,
            "AWS/AutoScaling GroupDesiredCapacity Minimum": OF_GROUP,
        },
    ),
    "fleet-latency": (0.4, {"AWS/ApplicationELB TargetResponseTime p99": OF_TARGETS}),
    "function-errors": (
        2,
        {"AWS/Lambda Errors Sum": OF_ALIAS, "AWS/Lambda Invocations Sum": OF_ALIAS},
    ),
    "function-api-errors": (0.02, {"AWS/ApiGateway 5XXError Average": OF_STAGE}),
    "function-client-errors": (
        30,
        {"shop/prod ClientErrors Sum": {}, "AWS/Lambda Invocations Sum": OF_ALIAS},
    ),
    "function-throttles": (0, {"AWS/Lambda Throttles Sum": OF_ALIAS}),
    "function-latency": (400, {"AWS/Lambda Duration p99": OF_ALIAS}),
    "function-concurrency": (30, {"AWS/Lambda ConcurrentExecutions Maximum": OF_FUNCTION}),
    "firewall-blocked": (
        500,
        {"AWS/WAFV2 BlockedRequests Sum": {"WebACL": "iris-acl", "Region": REGION, "Rule": "ALL"}},
    ),
}
"""Alarm -> its threshold, and its metrics with the dimensions under which AWS publishes them."""


# CloudWatch finds no data under other dimensions or in another namespace, and the alarm never rings.
@pytest.mark.parametrize("name", ALARMS)
def test_an_alarm_reads_its_metrics_where_aws_publishes_them(name: str):
    alarm = single(name)
    plain = {"stat": alarm.get("statistic") or alarm.get("extendedStatistic"), **alarm}
    read = [query["metric"] for query in alarm.get("metricQueries", []) if "metric" in query] or [plain]
    found = {
        f"{metric['namespace']} {metric['metricName']} {metric['stat']}": metric.get("dimensions", {})
        for metric in read
    }
    assert (alarm["threshold"], found) == ALARMS[name]


def test_alarms_that_a_new_version_can_set_off_are_handed_out_and_those_of_an_attack_are_not():
    assert watched(FLEET).exports["alarms"] == [
        "eye-fleet-errors-1a2b3c4",
        "eye-fleet-client-errors-1a2b3c4",
        "eye-fleet-unhealthy-1a2b3c4",
        "eye-fleet-latency-1a2b3c4",
    ]


def widgets(*shapes: ShapeMetrics) -> list[dict[str, Any]]:
    dashboard = watched(*shapes).resources["eye-dashboard"]
    assert dashboard["dashboardName"] == "project-stack"
    return json.loads(dashboard["dashboardBody"])["widgets"]


@pytest.mark.parametrize(("shapes", "rows"), [((FLEET,), 3), ((FUNCTION,), 3), ((FLEET, FUNCTION), 5)])
def test_no_chart_of_the_dashboard_is_on_top_of_another_nor_beside_the_page(
    shapes: tuple[ShapeMetrics, ...], rows: int
):
    found = widgets(*shapes)
    places = {(widget["x"], widget["y"]) for widget in found}
    assert len(places) == len(found)
    assert {widget["y"] for widget in found} == {6 * row for row in range(rows)}
    assert all(widget["x"] + widget["width"] <= 24 for widget in found)


def lines(*shapes: ShapeMetrics) -> list[Any]:
    return [line for widget in widgets(*shapes) for line in widget["properties"]["metrics"]]


def test_a_line_of_a_chart_names_its_metric_as_the_alarms_do():
    found = lines(FLEET, FUNCTION)
    assert ["AWS/ApiGateway", "5XXError", "ApiName", "api", "Stage", "live", {"stat": "Sum"}] in found
    drawn = {(line[0], line[1]) for line in found if len(line) > 1}
    watched_alone = {
        (metric.namespace, metric.name)
        for shape in (FLEET, FUNCTION)
        for alarm in alarms(shape, CONFIG)
        for metric in (
            (*alarm.metric.errors, *alarm.metric.total)
            if isinstance(alarm.metric, ErrorRate)
            else (alarm.metric.healthy, alarm.metric.desired)
            if isinstance(alarm.metric, Shortage)
            else (alarm.metric,)
        )
    }
    assert watched_alone <= drawn


# Names of metrics, in the user guides of the services.
CHARTS = {
    "Fleet: requests per minute": ["ApplicationELB RequestCount Sum"],
    "Fleet: errors per minute": [
        "ApplicationELB HTTPCode_Target_4XX_Count Sum",
        "ApplicationELB HTTPCode_Target_5XX_Count Sum",
        "ApplicationELB HTTPCode_ELB_4XX_Count Sum",
        "ApplicationELB HTTPCode_ELB_5XX_Count Sum",
    ],
    "Fleet: response time in seconds": [
        f"ApplicationELB TargetResponseTime {stat}" for stat in ("p50", "p90", "p99")
    ],
    "Fleet: instances": [
        "ApplicationELB HealthyHostCount Minimum",
        "ApplicationELB UnHealthyHostCount Maximum",
        "AutoScaling GroupDesiredCapacity Average",
        "AutoScaling GroupTotalInstances Average",
    ],
    "Fleet: CPU utilization in percent": ["EC2 CPUUtilization Average"],
    "Fleet: US dollars per hour, at on-demand list prices": [
        "AutoScaling GroupTotalInstances Average",
        "ApplicationELB ConsumedLCUs Average",
        "ApplicationELB RequestCount Sum",
    ],
    "Function: requests per minute": ["ApiGateway Count Sum"],
    "Function: errors per minute": [
        "ApiGateway 4XXError Sum",
        "shop/prod ClientErrors Sum",
        "ApiGateway 5XXError Sum",
        "Lambda Errors Sum",
        "Lambda Throttles Sum",
    ],
    "Function: response time in milliseconds": [
        *(f"ApiGateway Latency {stat}" for stat in ("p50", "p90", "p99")),
        *(f"Lambda Duration {stat}" for stat in ("p50", "p90", "p99")),
    ],
    "Function: concurrent executions": [
        "Lambda ConcurrentExecutions Maximum",
        "Lambda ProvisionedConcurrencyUtilization Maximum",
    ],
    "Function: US dollars per hour, at list prices": [
        "Lambda Invocations Sum",
        "Lambda Duration Sum",
        "ApiGateway Count Sum",
    ],
    "Firewall: requests per minute": [
        "WAFV2 AllowedRequests Sum",
        "WAFV2 BlockedRequests Sum",
        "WAFV2 CountedRequests Sum",
    ],
    "Firewall: blocked requests by rule": [],
    "Firewall: counted requests by rule": [],
}


def test_each_chart_is_of_metrics_that_aws_publishes_once_a_minute():
    found = {
        widget["properties"]["title"]: [
            f"{line[0].removeprefix('AWS/')} {line[1]} {line[-1]['stat']}"
            for line in widget["properties"]["metrics"]
            if len(line) > 1
        ]
        for widget in widgets(FLEET, FUNCTION)
    }
    assert found == CHARTS
    for widget in widgets(FLEET, FUNCTION):
        assert (widget["type"], widget["width"], widget["height"]) == ("metric", 8, 6)
        assert (widget["properties"]["view"], widget["properties"]["period"]) == ("timeSeries", 60)


def test_each_line_has_the_dimensions_under_which_aws_publishes_its_metric():
    found = {
        (line[0].removeprefix("AWS/"), line[1]): dict(zip(line[2:-1:2], line[3:-1:2], strict=True))
        for line in lines(FLEET, FUNCTION)
        if len(line) > 1 and not (line[-1].get("id") and line[1] in {"Duration", "Invocations"})
    }
    metrics = {
        ("ApplicationELB", "RequestCount"): OF_BALANCER,
        ("ApplicationELB", "HTTPCode_Target_5XX_Count"): OF_TARGETS,
        ("ApplicationELB", "HTTPCode_ELB_4XX_Count"): OF_BALANCER,
        ("ApplicationELB", "HTTPCode_ELB_5XX_Count"): OF_BALANCER,
        ("ApplicationELB", "HealthyHostCount"): OF_TARGETS,
        ("ApplicationELB", "ConsumedLCUs"): OF_BALANCER,
        ("AutoScaling", "GroupTotalInstances"): OF_GROUP,
        ("EC2", "CPUUtilization"): OF_GROUP,
        ("ApiGateway", "Latency"): OF_STAGE,
        ("Lambda", "ConcurrentExecutions"): OF_FUNCTION,
        ("Lambda", "Duration"): OF_ALIAS,
        ("Lambda", "Throttles"): OF_ALIAS,
        ("WAFV2", "BlockedRequests"): {"WebACL": "iris-acl", "Region": REGION, "Rule": "ALL"},
        ("shop/prod", "ClientErrors"): {},
    }
    assert {name: found[name] for name in metrics} == metrics


def formulas(*shapes: ShapeMetrics) -> dict[str, str]:
    """By title; every word of a formula has to be the id of a hidden line beside it."""
    found: dict[str, str] = {}
    for widget in widgets(*shapes):
        plotted = widget["properties"]["metrics"]
        for line in plotted:
            if "expression" in line[0]:
                found[widget["properties"]["title"]] = line[0]["expression"]
                words = set(re.findall(r"\b[a-z]+\b", line[0]["expression"]))
                hidden = {other[-1]["id"] for other in plotted if other[-1].get("visible") is False}
                assert words == hidden or line[0]["expression"].startswith("SEARCH(")
    return found


def test_each_shape_shows_what_an_hour_of_it_costs_at_the_region_s_prices():
    found = formulas(FLEET, FUNCTION)
    assert found["Fleet: US dollars per hour, at on-demand list prices"] == fleet_formula(REGION, "t4g.small")
    assert found["Function: US dollars per hour, at list prices"] == function_formula(REGION, "arm64", 1_769)


def test_what_an_hour_costs_is_labelled_with_the_region_of_the_prices():
    labels = {line[0]["label"] for line in lines(FLEET, FUNCTION) if "expression" in line[0]}
    assert {label for label in labels if label.startswith("USD")} == {fleet_label(REGION, "t4g.small")}


def test_the_firewall_shows_which_rules_have_turned_away_how_many():
    assert formulas(FLEET)["Firewall: blocked requests by rule"] == (
        "SEARCH('{AWS/WAFV2,Region,Rule,WebACL} "
        'WebACL="iris-acl" MetricName="BlockedRequests"\', \'Sum\', 60)'
    )


def test_each_line_of_a_search_is_called_by_its_rule():
    searches = [
        line[0]
        for widget in widgets(FLEET)
        for line in widget["properties"]["metrics"]
        if "SEARCH(" in str(line[0])
    ]
    assert [search["label"] for search in searches] == ["${PROP('Dim.Rule')}"] * 2


def test_every_chart_shows_the_region_of_the_stack():
    assert {widget["properties"]["region"] for widget in widgets(FLEET, FUNCTION)} == {REGION}
