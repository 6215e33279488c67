"""CloudWatch alarms of scaling policies: those that refer to a policy, and the two of target tracking."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final, Protocol, cast
from uuid import NAMESPACE_URL, uuid5

from localstack.aws.connect import connect_to
from localstack.services.cloudwatch.models import cloudwatch_stores
from localstack.services.plugins import SERVICE_PLUGINS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from localstack.services.cloudwatch.provider_v2 import CloudwatchProvider

    from scalable_models_localstack.autoscaling.backend import ScalingBackend

Alarm = dict[str, Any]
"""Alarm in the shape of DescribeAlarms."""


class CloudWatchClient(Protocol):
    """Client of LocalStack's own CloudWatch."""

    def put_metric_alarm(self, **parameters: object) -> object:
        """Create or replace an alarm."""
        ...

    def delete_alarms(self, *, AlarmNames: Sequence[str]) -> object:  # noqa: N803 - the API's name
        """Delete alarms."""
        ...


ACTIONS: Final = {
    "OK": "OKActions",
    "ALARM": "AlarmActions",
    "INSUFFICIENT_DATA": "InsufficientDataActions",
}
"""State of an alarm -> key of the actions of the transition into it."""

SCALE_IN_SHARE: Final = 0.9
"""Threshold of the lower alarm as a share of the target: 10 % below it, as AWS creates it."""

DATAPOINTS: Final = {"High": 3, "Low": 15}
"""Datapoints of a minute after which each alarm of target tracking rings, as AWS creates them."""

METRICS: Final = {
    "ALBRequestCountPerTarget": ("AWS/ApplicationELB", "RequestCountPerTarget", "Sum"),
    "ASGAverageCPUUtilization": ("AWS/EC2", "CPUUtilization", "Average"),
    "ASGAverageNetworkIn": ("AWS/EC2", "NetworkIn", "Average"),
    "ASGAverageNetworkOut": ("AWS/EC2", "NetworkOut", "Average"),
}
"""Predefined metric -> its namespace, name and statistic ("Target tracking scaling policies")."""


def alarms_for(backend: ScalingBackend, policy_arn: str) -> list[Alarm]:
    """Return the alarms with a policy among their actions."""
    store = cloudwatch_stores[backend.account_id][backend.region_name]
    alarms: list[Alarm] = [dict(each.alarm) for each in list(store.alarms.values())]
    return [
        alarm for alarm in alarms if any(policy_arn in alarm.get(actions, []) for actions in ACTIONS.values())
    ]


def breach_of(alarm: Alarm) -> float:
    """Return by how much the latest datapoint of an alarm is above its threshold.

    An alarm that was set off by hand without state reason data is at its threshold.
    """
    try:
        latest = json.loads(alarm["StateReasonData"])["recentDatapoints"][-1]
        return float(latest) - float(alarm["Threshold"])
    except (KeyError, IndexError, TypeError, ValueError):
        return 0.0


def tracking_alarms(policy: Mapping[str, Any]) -> list[Alarm]:
    """Return the alarms of a target tracking policy, as PutMetricAlarm takes them; none of other metrics.

    The alarms' names are those of the user guide, "TargetTracking-my-asg-AlarmHigh-<UUID>".
    """
    configuration: Mapping[str, Any] = policy["TargetTrackingConfiguration"]
    metric = _metric(policy["AutoScalingGroupName"], configuration)
    if metric is None:
        return []
    target = float(configuration["TargetValue"])
    thresholds = {"High": target}
    if not configuration["DisableScaleIn"]:
        thresholds["Low"] = target * SCALE_IN_SHARE
    return [
        {
            "AlarmName": f"TargetTracking-{policy['AutoScalingGroupName']}-Alarm{side}-"
            f"{uuid5(NAMESPACE_URL, policy['PolicyARN'] + side)}",
            "AlarmDescription": (
                f"DO NOT EDIT OR DELETE. For TargetTrackingScaling policy {policy['PolicyARN']}."
            ),
            "AlarmActions": [policy["PolicyARN"]],
            "ComparisonOperator": "GreaterThanThreshold" if side == "High" else "LessThanThreshold",
            "EvaluationPeriods": DATAPOINTS[side],
            "Period": 60,
            "Threshold": threshold,
            **metric,
        }
        for side, threshold in thresholds.items()
    ]


def put_tracking_alarms(backend: ScalingBackend, policy: Mapping[str, Any]) -> None:
    """Replace the alarms of a target tracking policy, whose states the local cloud sets."""
    delete_tracking_alarms(backend, policy["PolicyARN"])
    if not policy["Enabled"]:
        return
    for alarm in tracking_alarms(policy):
        _client(backend).put_metric_alarm(**alarm)
    service = SERVICE_PLUGINS.get_service("cloudwatch")
    if service is None:
        return
    # LocalStack would evaluate them once in 3 and in 15 minutes.
    scheduler = cast("CloudwatchProvider", service.lifecycle_hook).alarm_scheduler
    for alarm in alarms_for(backend, policy["PolicyARN"]):
        scheduler.delete_scheduler_for_alarm(alarm["AlarmArn"])


def delete_tracking_alarms(backend: ScalingBackend, policy_arn: str) -> None:
    """Delete the alarms that a target tracking policy has created."""
    names = [
        alarm["AlarmName"]
        for alarm in alarms_for(backend, policy_arn)
        if alarm["AlarmName"].startswith("TargetTracking-")
    ]
    if names:
        _client(backend).delete_alarms(AlarmNames=names)


def _metric(group: str, configuration: Mapping[str, Any]) -> dict[str, Any] | None:
    if custom := configuration.get("CustomizedMetricSpecification"):
        known = ("MetricName", "Namespace", "Dimensions", "Statistic", "Unit")
        return {key: custom[key] for key in known if key in custom} if "MetricName" in custom else None
    specification: Mapping[str, str] = configuration["PredefinedMetricSpecification"]
    kind = specification["PredefinedMetricType"]
    if kind not in METRICS:
        return None
    namespace, name, statistic = METRICS[kind]
    dimensions = {"AutoScalingGroupName": group}
    if kind == "ALBRequestCountPerTarget":
        balancer, _, targets = specification["ResourceLabel"].partition("/targetgroup/")
        dimensions = {"TargetGroup": f"targetgroup/{targets}", "LoadBalancer": balancer}
    return {
        "Namespace": namespace,
        "MetricName": name,
        "Statistic": statistic,
        "Dimensions": [{"Name": key, "Value": value} for key, value in dimensions.items()],
    }


def _client(backend: ScalingBackend) -> CloudWatchClient:
    clients = connect_to(aws_access_key_id=backend.account_id, region_name=backend.region_name)
    # LocalStack has no stubs of its clients in this environment.
    return cast("CloudWatchClient", clients.cloudwatch)  # pyright: ignore[reportUnknownMemberType] - no stubs
