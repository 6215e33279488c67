"""What people look at: one dashboard, a row of charts for each shape."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from infra.alarms import FleetSignals, FunctionSignals

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pulumi

    from infra.alarms import Metric, Signals

WIDTH: Final = 6
HEIGHT: Final = 6
"""Of a chart, on a dashboard of 24 columns: four in a row."""

MINUTE: Final = 60


@dataclass(frozen=True, kw_only=True)
class Chart:
    """Metrics that are read together."""

    title: str
    metrics: tuple[Metric, ...]


def dashboard_body(signals: Sequence[Signals], region: pulumi.Input[str]) -> dict[str, object]:
    """Write the dashboard as CloudWatch takes it, but for what is not known yet.

    The form is that of the CloudWatch API reference, "Dashboard body structure and syntax".
    """
    return {
        "widgets": [
            {
                "type": "metric",
                "x": column * WIDTH,
                "y": row * HEIGHT,
                "width": WIDTH,
                "height": HEIGHT,
                "properties": {
                    "title": chart.title,
                    "region": region,
                    "view": "timeSeries",
                    "period": MINUTE,
                    "metrics": [_line(metric) for metric in chart.metrics],
                },
            }
            for row, shape in enumerate(signals)
            for column, chart in enumerate(_charts(shape))
        ]
    }


def _line(metric: Metric) -> list[object]:
    names = [part for dimension in metric.dimensions.items() for part in dimension]
    return [metric.namespace, metric.name, *names, {"stat": metric.stat}]


def _charts(signals: Signals) -> tuple[Chart, Chart, Chart, Chart]:
    match signals:
        case FleetSignals() as fleet:
            return (
                Chart(title="Fleet: requests", metrics=(fleet.of_targets("RequestCount", "Sum"),)),
                Chart(
                    title="Fleet: errors",
                    metrics=(
                        fleet.of_targets("HTTPCode_Target_4XX_Count", "Sum"),
                        fleet.of_targets("HTTPCode_Target_5XX_Count", "Sum"),
                        fleet.of_balancer("HTTPCode_ELB_5XX_Count", "Sum"),
                    ),
                ),
                Chart(
                    title="Fleet: seconds to answer",
                    metrics=tuple(fleet.of_targets("TargetResponseTime", stat) for stat in ("p50", "p99")),
                ),
                Chart(
                    title="Fleet: instances",
                    metrics=(
                        fleet.of_targets("HealthyHostCount", "Minimum"),
                        fleet.of_targets("UnHealthyHostCount", "Maximum"),
                        fleet.of_instances("CPUUtilization", "Average"),
                    ),
                ),
            )
        case FunctionSignals() as function:
            return (
                Chart(title="Function: requests", metrics=(function.of_api("Count", "Sum"),)),
                Chart(
                    title="Function: errors",
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
                        *(function.of_api("Latency", stat) for stat in ("p50", "p99")),
                        *(function.of_alias("Duration", stat) for stat in ("p50", "p99")),
                    ),
                ),
                Chart(
                    title="Function: executions at once",
                    metrics=(
                        function.of_function("ConcurrentExecutions", "Maximum"),
                        function.of_alias("ProvisionedConcurrencyUtilization", "Maximum"),
                    ),
                ),
            )
