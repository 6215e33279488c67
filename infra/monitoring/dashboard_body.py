"""Body of the CloudWatch dashboard: charts of each shape and of the web ACL."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import pulumi

from infra.monitoring.cost_metric import fleet_formula, fleet_label, function_formula, function_label
from infra.monitoring.metrics import FleetMetrics, FunctionMetrics

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from infra.monitoring.metrics import FirewallMetrics, Metric, ShapeMetrics

WIDTH: Final = 8
HEIGHT: Final = 6
"""Width and height of a chart, in grid units."""

CHARTS_PER_ROW: Final = 3
"""Charts in a row of 24 columns."""

PERIOD: Final = 60
"""Period of the charts, in seconds."""

RULE_LABEL: Final = "${PROP('Dim.Rule')}"
"""Label of each line of a search: the name of its rule (CloudWatch user guide, "Dynamic labels")."""


@dataclass(frozen=True, kw_only=True)
class Chart:
    """Chart of some metrics, or of a formula."""

    title: str
    label: pulumi.Input[str] | None = None
    """Label of the formula's line; None for the title."""
    metrics: tuple[Metric, ...] = ()
    formula: pulumi.Input[str] | None = None
    """Expression in CloudWatch metric math."""
    variables: Mapping[str, Metric] = field(default_factory=dict[str, "Metric"])
    """Metrics of the variables in the formula."""


def dashboard_body(
    shapes: Sequence[ShapeMetrics], firewall: FirewallMetrics, region: pulumi.Input[str]
) -> dict[str, object]:
    """Return the dashboard body, with outputs in place of values that are not known yet.

    Format: CloudWatch API reference, "Dashboard body structure and syntax".
    """
    widgets: list[dict[str, object]] = []
    top = 0
    for charts in (*(_charts(shape, region) for shape in shapes), _firewall_charts(firewall)):
        for number, chart in enumerate(charts):
            row, column = divmod(number, CHARTS_PER_ROW)
            widgets.append(_widget(chart, column * WIDTH, top + row * HEIGHT, region))
        top += math.ceil(len(charts) / CHARTS_PER_ROW) * HEIGHT
    return {"widgets": widgets}


def _widget(chart: Chart, x: int, y: int, region: pulumi.Input[str]) -> dict[str, object]:
    lines = [_line(metric) for metric in chart.metrics]
    if chart.formula is not None:
        label = chart.title if chart.label is None else chart.label
        lines.append([{"expression": chart.formula, "label": label, "id": "formula"}])
        lines += [_line(metric, id=variable, visible=False) for variable, metric in chart.variables.items()]
    return {
        "type": "metric",
        "x": x,
        "y": y,
        "width": WIDTH,
        "height": HEIGHT,
        "properties": {
            "title": chart.title,
            "region": region,
            "view": "timeSeries",
            "period": PERIOD,
            "metrics": lines,
        },
    }


def _line(metric: Metric, **options: object) -> list[object]:
    names = [part for dimension in metric.dimensions.items() for part in dimension]
    return [metric.namespace, metric.name, *names, {"stat": metric.stat, **options}]


def _charts(shape: ShapeMetrics, region: pulumi.Input[str]) -> tuple[Chart, ...]:
    match shape:
        case FleetMetrics():
            return _fleet_charts(shape, region)
        case FunctionMetrics():
            return _function_charts(shape, region)


def _fleet_charts(fleet: FleetMetrics, region: pulumi.Input[str]) -> tuple[Chart, ...]:
    return (
        Chart(
            title="Fleet: requests per minute", metrics=(fleet.target_group_metric("RequestCount", "Sum"),)
        ),
        Chart(
            title="Fleet: errors per minute",
            metrics=(
                fleet.target_group_metric("HTTPCode_Target_4XX_Count", "Sum"),
                fleet.target_group_metric("HTTPCode_Target_5XX_Count", "Sum"),
                fleet.load_balancer_metric("HTTPCode_ELB_4XX_Count", "Sum"),
                fleet.load_balancer_metric("HTTPCode_ELB_5XX_Count", "Sum"),
            ),
        ),
        Chart(
            title="Fleet: response time in seconds",
            metrics=tuple(
                fleet.target_group_metric("TargetResponseTime", stat) for stat in ("p50", "p90", "p99")
            ),
        ),
        Chart(
            title="Fleet: instances",
            metrics=(
                fleet.target_group_metric("HealthyHostCount", "Minimum"),
                fleet.target_group_metric("UnHealthyHostCount", "Maximum"),
                fleet.group_metric("GroupDesiredCapacity", "Average"),
                fleet.group_metric("GroupTotalInstances", "Average"),
            ),
        ),
        Chart(
            title="Fleet: CPU utilization in percent",
            metrics=(fleet.instance_metric("CPUUtilization", "Average"),),
        ),
        Chart(
            title="Fleet: US dollars per hour, at on-demand list prices",
            formula=pulumi.Output.from_input(region).apply(
                lambda name: fleet_formula(name, fleet.instance_type)
            ),
            label=pulumi.Output.from_input(region).apply(lambda name: fleet_label(name, fleet.instance_type)),
            variables={
                "instances": fleet.group_metric("GroupTotalInstances", "Average"),
                "lcus": fleet.load_balancer_metric("ConsumedLCUs", "Average"),
                "requests": fleet.load_balancer_metric("RequestCount", "Sum"),
            },
        ),
    )


def _function_charts(function: FunctionMetrics, region: pulumi.Input[str]) -> tuple[Chart, ...]:
    return (
        Chart(title="Function: requests per minute", metrics=(function.api_metric("Count", "Sum"),)),
        Chart(
            title="Function: errors per minute",
            metrics=(
                function.api_metric("4XXError", "Sum"),
                function.client_errors_metric,
                function.api_metric("5XXError", "Sum"),
                function.alias_metric("Errors", "Sum"),
                function.alias_metric("Throttles", "Sum"),
            ),
        ),
        Chart(
            title="Function: response time in milliseconds",
            metrics=(
                *(function.api_metric("Latency", stat) for stat in ("p50", "p90", "p99")),
                *(function.alias_metric("Duration", stat) for stat in ("p50", "p90", "p99")),
            ),
        ),
        Chart(
            title="Function: concurrent executions",
            metrics=(
                function.function_metric("ConcurrentExecutions", "Maximum"),
                function.alias_metric("ProvisionedConcurrencyUtilization", "Maximum"),
            ),
        ),
        Chart(
            title="Function: US dollars per hour, at list prices",
            formula=pulumi.Output.from_input(region).apply(
                lambda name: function_formula(name, function.architecture, function.memory_mb)
            ),
            label=pulumi.Output.from_input(region).apply(
                lambda name: function_label(name, function.architecture)
            ),
            variables={
                "invocations": function.function_metric("Invocations", "Sum"),
                "milliseconds": function.function_metric("Duration", "Sum"),
                "requests": function.api_metric("Count", "Sum"),
            },
        ),
    )


def _firewall_charts(firewall: FirewallMetrics) -> tuple[Chart, ...]:
    return (
        Chart(
            title="Firewall: requests per minute",
            metrics=tuple(
                firewall.rule_metric(name, "Sum")
                for name in ("AllowedRequests", "BlockedRequests", "CountedRequests")
            ),
        ),
        Chart(
            title="Firewall: blocked requests by rule",
            label=RULE_LABEL,
            formula=_search_by_rule(firewall, "BlockedRequests"),
        ),
        Chart(
            title="Firewall: counted requests by rule",
            label=RULE_LABEL,
            formula=_search_by_rule(firewall, "CountedRequests"),
        ),
    )


def _search_by_rule(firewall: FirewallMetrics, name: str) -> str:
    schema = "{AWS/WAFV2,Region,Rule,WebACL}"
    return f"SEARCH('{schema} WebACL=\"{firewall.web_acl}\" MetricName=\"{name}\"', 'Sum', {PERIOD})"
