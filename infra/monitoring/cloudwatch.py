"""CloudWatch alarms that notify one SNS topic, and the dashboard."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pulumi
import pulumi_aws as aws

from infra.monitoring.alarm_definitions import (
    PERIOD,
    Alarm,
    ErrorRate,
    Shortage,
    alarms,
    firewall_alarms,
)
from infra.monitoring.dashboard_body import dashboard_body
from infra.monitoring.metrics import Metric

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from infra.monitoring.alarm_config import AlarmConfig
    from infra.monitoring.metrics import FirewallMetrics, ShapeMetrics


@dataclass(frozen=True, kw_only=True)
class MonitoringArgs:
    """Arguments of the alarms and the dashboard."""

    config: AlarmConfig
    shapes: Sequence[ShapeMetrics]
    """Metrics of each deployed shape."""
    firewall: FirewallMetrics
    """Metrics of the web ACL."""
    topic_arn: pulumi.Input[str]
    """SNS topic of the notifications."""
    dashboard: str
    """Name of the dashboard, unique in the account."""
    region: pulumi.Input[str]
    tags: Mapping[str, str]
    """Tags of every resource that supports them."""


class Monitoring(pulumi.ComponentResource):
    """CloudWatch alarms of the shapes and the web ACL, and one dashboard."""

    alarm_names: list[pulumi.Output[str]]
    """Names of the shapes' alarms, which stop a rollout."""
    dashboard_name: pulumi.Output[str]

    def __init__(self, name: str, args: MonitoringArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("scalable-models:aws:Observability", name, None, opts)
        self._prefix = name
        self._args = args
        self._child = pulumi.ResourceOptions(parent=self)
        shape_alarms = [self._alarm(alarm) for shape in args.shapes for alarm in alarms(shape, args.config)]
        for alarm in firewall_alarms(args.firewall, args.config):
            self._alarm(alarm)
        dashboard = aws.cloudwatch.Dashboard(
            f"{name}-dashboard",
            dashboard_name=args.dashboard,
            dashboard_body=pulumi.Output.json_dumps(dashboard_body(args.shapes, args.firewall, args.region)),
            opts=self._child,
        )
        self.alarm_names = [alarm.name for alarm in shape_alarms]
        self.dashboard_name = dashboard.dashboard_name
        self.register_outputs({"dashboard_name": self.dashboard_name})

    def _alarm(self, alarm: Alarm) -> aws.cloudwatch.MetricAlarm:
        metric = alarm.metric if isinstance(alarm.metric, Metric) else None
        is_percentile = metric is not None and metric.stat.startswith("p")
        return aws.cloudwatch.MetricAlarm(
            f"{self._prefix}-{alarm.name}",
            alarm_description=alarm.description,
            namespace=metric.namespace if metric else None,
            metric_name=metric.name if metric else None,
            dimensions=metric.dimensions if metric else None,
            period=PERIOD if metric else None,
            statistic=metric.stat if metric and not is_percentile else None,
            extended_statistic=metric.stat if metric and is_percentile else None,
            metric_queries=_queries(alarm.metric),
            comparison_operator="GreaterThanThreshold",
            threshold=alarm.threshold,
            evaluation_periods=alarm.evaluation_periods,
            datapoints_to_alarm=alarm.datapoints_to_alarm,
            # Without requests there are no errors.
            treat_missing_data="notBreaching",
            alarm_actions=[self._args.topic_arn],
            ok_actions=[self._args.topic_arn],
            tags=self._args.tags,
            opts=self._child,
        )


def _queries(
    metric: Metric | ErrorRate | Shortage,
) -> list[aws.cloudwatch.MetricAlarmMetricQueryArgs] | None:
    """Return the metric math of an alarm: the compared expression and its inputs; None for a plain metric."""
    match metric:
        case Metric():
            return None
        case ErrorRate():
            errors = {f"errors{number}": part for number, part in enumerate(metric.errors)}
            total = {f"total{number}": part for number, part in enumerate(metric.total)}
            # A metric without a count in a minute has no data point there.
            error_sum, total_sum = (
                " + ".join(f"FILL({name}, 0)" for name in part) for part in (errors, total)
            )
            expression = f"IF({total_sum} > 0, 100 * ({error_sum}) / ({total_sum}), 0)"
            return _expression("percent", expression, errors | total)
        case Shortage():
            # Not filled: the count may arrive later than the desired capacity, and would seem to be 0.
            expression = "IF(healthy < desired, desired - healthy, 0)"
            return _expression("missing", expression, {"healthy": metric.healthy, "desired": metric.desired})


def _expression(
    name: str, expression: str, inputs: Mapping[str, Metric]
) -> list[aws.cloudwatch.MetricAlarmMetricQueryArgs]:
    return [
        aws.cloudwatch.MetricAlarmMetricQueryArgs(
            id=name, label=name, expression=expression, return_data=True
        ),
        *(
            aws.cloudwatch.MetricAlarmMetricQueryArgs(
                id=variable,
                metric=aws.cloudwatch.MetricAlarmMetricQueryMetricArgs(
                    namespace=metric.namespace,
                    metric_name=metric.name,
                    dimensions=metric.dimensions,
                    period=PERIOD,
                    stat=metric.stat,
                ),
                return_data=False,
            )
            for variable, metric in inputs.items()
        ),
    ]
