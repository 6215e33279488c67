"""CloudWatch alarms that notify one SNS topic, and the dashboard."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import pulumi
import pulumi_aws as aws

from infra.monitoring.alarm_definitions import Alarm, ErrorRate, alarms, firewall_alarms
from infra.monitoring.dashboard_body import dashboard_body
from infra.monitoring.metrics import Metric

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from infra.monitoring.alarm_config import AlarmConfig
    from infra.monitoring.metrics import FirewallMetrics, ShapeMetrics

PERIOD: Final = 60
"""Length of a period, in seconds."""

EVALUATION_PERIODS: Final = 5
"""Periods that an alarm evaluates together."""

DATAPOINTS_TO_ALARM: Final = 3
"""Breaching periods among them that raise an alarm: a slow rise does, a single bad minute does not."""


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
        rate = alarm.metric if isinstance(alarm.metric, ErrorRate) else None
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
            metric_queries=_error_rate_queries(rate) if rate else None,
            comparison_operator="GreaterThanThreshold",
            threshold=alarm.threshold,
            evaluation_periods=EVALUATION_PERIODS,
            datapoints_to_alarm=DATAPOINTS_TO_ALARM,
            # Without requests there are no errors.
            treat_missing_data="notBreaching",
            alarm_actions=[self._args.topic_arn],
            ok_actions=[self._args.topic_arn],
            tags=self._args.tags,
            opts=self._child,
        )


def _error_rate_queries(rate: ErrorRate) -> list[aws.cloudwatch.MetricAlarmMetricQueryArgs]:
    """Return the metric math of an error rate, in percent."""
    errors = {f"errors{number}": metric for number, metric in enumerate(rate.errors)}
    total = {f"total{number}": metric for number, metric in enumerate(rate.total)}
    # A metric without a count in a minute has no data point there.
    error_sum, total_sum = (" + ".join(f"FILL({name}, 0)" for name in part) for part in (errors, total))
    return [
        aws.cloudwatch.MetricAlarmMetricQueryArgs(
            id="percent",
            label="percent",
            expression=f"IF({total_sum} > 0, 100 * ({error_sum}) / ({total_sum}), 0)",
            return_data=True,
        ),
        *(
            aws.cloudwatch.MetricAlarmMetricQueryArgs(
                id=name,
                metric=aws.cloudwatch.MetricAlarmMetricQueryMetricArgs(
                    namespace=metric.namespace,
                    metric_name=metric.name,
                    dimensions=metric.dimensions,
                    period=PERIOD,
                    stat=metric.stat,
                ),
                return_data=False,
            )
            for name, metric in (errors | total).items()
        ),
    ]
