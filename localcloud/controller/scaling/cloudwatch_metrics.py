"""Metrics of a fleet under AWS's names, as `PutMetricData` takes them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from types_boto3_cloudwatch.literals import StandardUnitType
    from types_boto3_cloudwatch.type_defs import DimensionTypeDef, MetricDatumTypeDef

    from localcloud.aws.clients import Api
    from localcloud.controller.scaling.metrics import Datapoint
    from localcloud.load_balancer.response_counters import ResponseCounters

RESPONSE_CLASSES: Final = ("2", "3", "4", "5")


@dataclass(frozen=True)
class GroupCounts:
    """Sizes of an Auto Scaling group and of its target group."""

    minimum: int
    maximum: int
    desired: int
    in_service: int
    standby: int
    healthy: int
    """Healthy targets."""
    unhealthy: int
    """Targets that fail their health checks."""


def group_metrics(group: str, counts: GroupCounts, datapoint: Datapoint) -> list[MetricDatumTypeDef]:
    """Return the metrics of the namespace AWS/AutoScaling, and CPUUtilization of AWS/EC2 as its last."""
    dimensions = {"AutoScalingGroupName": group}
    sizes = {
        "GroupMinSize": counts.minimum,
        "GroupMaxSize": counts.maximum,
        "GroupDesiredCapacity": counts.desired,
        "GroupInServiceInstances": counts.in_service,
        "GroupPendingInstances": 0,
        "GroupStandbyInstances": counts.standby,
        "GroupTerminatingInstances": 0,
        "GroupTotalInstances": counts.in_service + counts.standby,
    }
    return [
        *(_datum(name, size, "None", dimensions) for name, size in sizes.items()),
        _datum("CPUUtilization", datapoint.value("ASGAverageCPUUtilization"), "Percent", dimensions),
    ]


def balancer_metrics(
    balancer: str, target_group: str, counts: GroupCounts, datapoint: Datapoint, responses: ResponseCounters
) -> list[MetricDatumTypeDef]:
    """Return the metrics of the namespace AWS/ApplicationELB.

    Args:
        balancer: name of the load balancer in CloudWatch.
        target_group: name of the target group in CloudWatch.
        counts: sizes now.
        datapoint: requests of the period.
        responses: responses in the period.
    """
    of_balancer = {"LoadBalancer": balancer}
    of_group = {"TargetGroup": target_group, **of_balancer}
    both = (of_balancer, of_group)
    metrics = [
        *(_datum("RequestCount", datapoint.requests, "Count", dimensions) for dimensions in both),
        *(
            _datum("RequestCountPerTarget", datapoint.requests / datapoint.instances, "Count", dimensions)
            for dimensions in ({"TargetGroup": target_group}, of_group)
        ),
        _datum("HealthyHostCount", counts.healthy, "Count", of_group),
        _datum("UnHealthyHostCount", counts.unhealthy, "Count", of_group),
        *(
            _datum(f"HTTPCode_Target_{digit}XX_Count", responses.by_class[digit], "Count", dimensions)
            for digit in RESPONSE_CLASSES
            if responses.by_class.get(digit)
            for dimensions in both
        ),
    ]
    metrics += [
        _datum(f"HTTPCode_ELB_{digit}XX_Count", own, "Count", of_balancer)
        for digit in ("4", "5")
        if (own := responses.own(digit))
    ]
    if times := responses.times():
        # Several values, of which CloudWatch has percentiles.
        metrics.extend(
            {
                "MetricName": "TargetResponseTime",
                "Values": list(times),
                "Counts": list(times.values()),
                "Unit": "Seconds",
                "Dimensions": _dimensions(dimensions),
            }
            for dimensions in both
        )
    return metrics


def put(api: Api, namespace: str, metrics: Iterable[MetricDatumTypeDef]) -> None:
    """Send metrics to CloudWatch with the present time."""
    api.client("cloudwatch").put_metric_data(Namespace=namespace, MetricData=list(metrics))


def _datum(
    name: str, value: float, unit: StandardUnitType, dimensions: Mapping[str, str]
) -> MetricDatumTypeDef:
    return {
        "MetricName": name,
        "Value": float(value),
        "Unit": unit,
        "Dimensions": _dimensions(dimensions),
    }


def _dimensions(dimensions: Mapping[str, str]) -> list[DimensionTypeDef]:
    return [{"Name": key, "Value": text} for key, text in dimensions.items()]
