"""What people look at: one dashboard, with charts of each shape and of the firewall."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import pulumi

from infra.monitoring.cost_metric import fleet_formula, fleet_label, function_formula, function_label
from infra.monitoring.metrics import FleetSignals, FunctionSignals

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from infra.monitoring.metrics import FirewallSignals, Metric, Signals

WIDTH: Final = 8
HEIGHT: Final = 6
"""Of a chart."""

IN_A_ROW: Final = 3
"""On a dashboard of 24 columns."""

MINUTE: Final = 60

RULE: Final = "${PROP('Dim.Rule')}"
"""What each line of a search is called: the rule that it is of (CloudWatch user guide, "Dynamic labels")."""


@dataclass(frozen=True, kw_only=True)
class Chart:
    """Metrics that are read together, or what a formula makes of them."""

    title: str
    label: pulumi.Input[str] | None = None
    """Of what the formula draws, in CloudWatch's own terms; None takes the title."""
    metrics: tuple[Metric, ...] = ()
    formula: pulumi.Input[str] | None = None
    """In the syntax of CloudWatch's metric math."""
    of: Mapping[str, Metric] = field(default_factory=dict[str, "Metric"])
    """What the formula's words stand for."""


def dashboard_body(
    signals: Sequence[Signals], firewall: FirewallSignals, region: pulumi.Input[str]
) -> dict[str, object]:
    """Write the dashboard as CloudWatch takes it, but for what is not known yet.

    The form is that of the CloudWatch API reference, "Dashboard body structure and syntax".
    """
    widgets: list[dict[str, object]] = []
    top = 0
    for charts in (*(_charts(shape, region) for shape in signals), _firewall_charts(firewall)):
        for number, chart in enumerate(charts):
            row, column = divmod(number, IN_A_ROW)
            widgets.append(_widget(chart, column * WIDTH, top + row * HEIGHT, region))
        top += math.ceil(len(charts) / IN_A_ROW) * HEIGHT
    return {"widgets": widgets}


def _widget(chart: Chart, x: int, y: int, region: pulumi.Input[str]) -> dict[str, object]:
    lines = [_line(metric) for metric in chart.metrics]
    if chart.formula is not None:
        label = chart.title if chart.label is None else chart.label
        lines.append([{"expression": chart.formula, "label": label, "id": "formula"}])
        lines += [_line(metric, id=word, visible=False) for word, metric in chart.of.items()]
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
            "period": MINUTE,
            "metrics": lines,
        },
    }


def _line(metric: Metric, **options: object) -> list[object]:
    names = [part for dimension in metric.dimensions.items() for part in dimension]
    return [metric.namespace, metric.name, *names, {"stat": metric.stat, **options}]


def _charts(signals: Signals, region: pulumi.Input[str]) -> tuple[Chart, ...]:
    match signals:
        case FleetSignals():
            return _fleet_charts(signals, region)
        case FunctionSignals():
            return _function_charts(signals, region)


def _fleet_charts(fleet: FleetSignals, region: pulumi.Input[str]) -> tuple[Chart, ...]:
    return (
        Chart(title="Fleet: requests a minute", metrics=(fleet.of_targets("RequestCount", "Sum"),)),
        Chart(
            title="Fleet: errors a minute",
            metrics=(
                fleet.of_targets("HTTPCode_Target_4XX_Count", "Sum"),
                fleet.of_targets("HTTPCode_Target_5XX_Count", "Sum"),
                fleet.of_balancer("HTTPCode_ELB_4XX_Count", "Sum"),
                fleet.of_balancer("HTTPCode_ELB_5XX_Count", "Sum"),
            ),
        ),
        Chart(
            title="Fleet: seconds to answer",
            metrics=tuple(fleet.of_targets("TargetResponseTime", stat) for stat in ("p50", "p90", "p99")),
        ),
        Chart(
            title="Fleet: instances",
            metrics=(
                fleet.of_targets("HealthyHostCount", "Minimum"),
                fleet.of_targets("UnHealthyHostCount", "Maximum"),
                fleet.of_group("GroupDesiredCapacity", "Average"),
                fleet.of_group("GroupTotalInstances", "Average"),
            ),
        ),
        Chart(title="Fleet: percent of CPU", metrics=(fleet.of_instances("CPUUtilization", "Average"),)),
        Chart(
            title="Fleet: US dollars an hour, at list prices on demand",
            formula=pulumi.Output.from_input(region).apply(
                lambda here: fleet_formula(here, fleet.instance_type)
            ),
            label=pulumi.Output.from_input(region).apply(lambda here: fleet_label(here, fleet.instance_type)),
            of={
                "instances": fleet.of_group("GroupTotalInstances", "Average"),
                "lcus": fleet.of_balancer("ConsumedLCUs", "Average"),
                "requests": fleet.of_balancer("RequestCount", "Sum"),
            },
        ),
    )


def _function_charts(function: FunctionSignals, region: pulumi.Input[str]) -> tuple[Chart, ...]:
    return (
        Chart(title="Function: requests a minute", metrics=(function.of_api("Count", "Sum"),)),
        Chart(
            title="Function: errors a minute",
            metrics=(
                function.of_api("4XXError", "Sum"),
                function.of_api("5XXError", "Sum"),
                function.of_alias("Errors", "Sum"),
                function.of_alias("Throttles", "Sum"),
            ),
        ),
        Chart(
            title="Function: milliseconds to answer",
            metrics=(
                *(function.of_api("Latency", stat) for stat in ("p50", "p90", "p99")),
                *(function.of_alias("Duration", stat) for stat in ("p50", "p90", "p99")),
            ),
        ),
        Chart(
            title="Function: executions at once",
            metrics=(
                function.of_function("ConcurrentExecutions", "Maximum"),
                function.of_alias("ProvisionedConcurrencyUtilization", "Maximum"),
            ),
        ),
        Chart(
            title="Function: US dollars an hour, at list prices",
            formula=pulumi.Output.from_input(region).apply(
                lambda here: function_formula(here, function.architecture, function.memory_mb)
            ),
            label=pulumi.Output.from_input(region).apply(
                lambda here: function_label(here, function.architecture)
            ),
            of={
                "invocations": function.of_function("Invocations", "Sum"),
                "milliseconds": function.of_function("Duration", "Sum"),
                "requests": function.of_api("Count", "Sum"),
            },
        ),
    )


def _firewall_charts(firewall: FirewallSignals) -> tuple[Chart, ...]:
    return (
        Chart(
            title="Firewall: requests a minute",
            metrics=tuple(
                firewall.of_rules(name, "Sum")
                for name in ("AllowedRequests", "BlockedRequests", "CountedRequests")
            ),
        ),
        Chart(title="Firewall: blocked by", label=RULE, formula=_by_rule(firewall, "BlockedRequests")),
        Chart(title="Firewall: counted by", label=RULE, formula=_by_rule(firewall, "CountedRequests")),
    )


def _by_rule(firewall: FirewallSignals, name: str) -> str:
    schema = "{AWS/WAFV2,Region,Rule,WebACL}"
    return f"SEARCH('{schema} WebACL=\"{firewall.web_acl}\" MetricName=\"{name}\"', 'Sum', {MINUTE})"
