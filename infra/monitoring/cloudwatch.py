"""When there is trouble: alarms that notify one topic, and a dashboard."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import pulumi
import pulumi_aws as aws

from infra.monitoring.alarm_definitions import Alarm, Share, alarms, firewall_alarms
from infra.monitoring.dashboard_body import dashboard_body
from infra.monitoring.metrics import Metric

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from infra.monitoring.alarm_config import AlarmConfig
    from infra.monitoring.metrics import FirewallSignals, Signals

PERIOD: Final = 60
"""Seconds of a data point."""

LOOKED_AT: Final = 5
"""Data points that are looked at together."""

TOO_MANY: Final = 3
"""Data points among them that raise an alarm: a single bad minute does not, and a slow rise does."""


@dataclass(frozen=True, kw_only=True)
class ObservabilityArgs:
    """What to watch, and whom to tell."""

    config: AlarmConfig
    signals: Sequence[Signals]
    """One for each shape that is there."""
    firewall: FirewallSignals
    topic_arn: pulumi.Input[str]
    """Who is told."""
    dashboard: str
    """Its name, of which an account has one in each region."""
    region: pulumi.Input[str]
    tags: Mapping[str, str]
    """On everything that takes tags."""


class Observability(pulumi.ComponentResource):
    """Looks at the shapes every minute, and tells people when it is too much."""

    alarm_names: list[pulumi.Output[str]]
    """Of the alarms that a new version can set off, and that guard its release."""
    dashboard_name: pulumi.Output[str]

    def __init__(
        self, name: str, args: ObservabilityArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("scalable-models:aws:Observability", name, None, opts)
        self._prefix = name
        self._args = args
        self._child = pulumi.ResourceOptions(parent=self)
        made = [self._alarm(alarm) for shape in args.signals for alarm in alarms(shape, args.config)]
        for alarm in firewall_alarms(args.firewall, args.config):
            self._alarm(alarm)
        dashboard = aws.cloudwatch.Dashboard(
            f"{name}-dashboard",
            dashboard_name=args.dashboard,
            dashboard_body=pulumi.Output.json_dumps(dashboard_body(args.signals, args.firewall, args.region)),
            opts=self._child,
        )
        self.alarm_names = [alarm.name for alarm in made]
        self.dashboard_name = dashboard.dashboard_name
        self.register_outputs({"dashboard_name": self.dashboard_name})

    def _alarm(self, alarm: Alarm) -> aws.cloudwatch.MetricAlarm:
        measure = alarm.measure
        single = measure if isinstance(measure, Metric) else None
        percentile = single is not None and single.stat.startswith("p")
        return aws.cloudwatch.MetricAlarm(
            f"{self._prefix}-{alarm.name}",
            alarm_description=alarm.says,
            namespace=single.namespace if single else None,
            metric_name=single.name if single else None,
            dimensions=single.dimensions if single else None,
            period=PERIOD if single else None,
            statistic=single.stat if single and not percentile else None,
            extended_statistic=single.stat if single and percentile else None,
            metric_queries=_queries(measure) if isinstance(measure, Share) else None,
            comparison_operator="GreaterThanThreshold",
            threshold=alarm.above,
            evaluation_periods=LOOKED_AT,
            datapoints_to_alarm=TOO_MANY,
            # Where nobody asks, nothing fails.
            treat_missing_data="notBreaching",
            alarm_actions=[self._args.topic_arn],
            ok_actions=[self._args.topic_arn],
            tags=self._args.tags,
            opts=self._child,
        )


def _queries(share: Share) -> list[aws.cloudwatch.MetricAlarmMetricQueryArgs]:
    failed = {f"failed{number}": metric for number, metric in enumerate(share.failed)}
    whole = {f"whole{number}": metric for number, metric in enumerate(share.whole)}
    # A metric that counted nothing in a minute has no data point for it.
    failures, all_of_them = (" + ".join(f"FILL({name}, 0)" for name in part) for part in (failed, whole))
    return [
        aws.cloudwatch.MetricAlarmMetricQueryArgs(
            id="percent",
            label="percent",
            expression=f"IF({all_of_them} > 0, 100 * ({failures}) / ({all_of_them}), 0)",
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
            for name, metric in (failed | whole).items()
        ),
    ]
