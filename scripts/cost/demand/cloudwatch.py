"""Requests of a deployed stack during the last week, as CloudWatch counted them."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

from scripts.cost.demand.calendar import HOURS_PER_WEEK
from scripts.cost.demand.weekly_demand import HOURS_PER_DAY, DemandError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from types_boto3_apigateway import APIGatewayClient
    from types_boto3_cloudwatch import CloudWatchClient
    from types_boto3_elbv2 import ElasticLoadBalancingv2Client

    from localcloud.aws.client_factory import ClientFactory

PROJECT_TAG: Final = "scalable-models"
"""Value of the tag `project` of all stacks' resources: the name in `Pulumi.yaml`."""

HOUR: Final = timedelta(hours=1)

METRIC_DELAY: Final = timedelta(minutes=15)
"""Time until CloudWatch has the last minutes of an hour. Assumed."""


@dataclass(frozen=True, kw_only=True)
class RequestMetric:
    """CloudWatch metric that counts requests."""

    namespace: str
    metric: str
    dimension: tuple[str, str]
    since: datetime
    """Creation time of the resource."""


@dataclass(frozen=True, kw_only=True)
class MeasuredWeek:
    """Requests of a stack during a week."""

    rates: tuple[float, ...]
    """Requests per second in each of the 168 hours from Monday 00:00 UTC on."""
    missing_hours: tuple[datetime, ...]
    """Hours without data. They count as zero, since load balancers and APIs report no zeros (Elastic Load
    Balancing user guide, "CloudWatch metrics for your Application Load Balancer")."""


def read_week(clients: ClientFactory, stack: str, now: datetime) -> MeasuredWeek:
    """Read the requests of a stack in the last 168 complete hours.

    Args:
        clients: for the stack's region; they may call tag:GetResources, cloudwatch:GetMetricData,
            elasticloadbalancing:DescribeLoadBalancers and, for a function, apigateway:GET.
        stack: name of the stack, as Pulumi knows it.
        now: end of the week, in any time zone.

    Raises:
        DemandError: there is no such stack, it is younger than a week, or CloudWatch's data is incomplete.
    """
    end = (now.astimezone(UTC) - METRIC_DELAY).replace(minute=0, second=0, microsecond=0)
    start = end - HOURS_PER_WEEK * HOUR
    metrics = _counters(clients, stack)
    if not metrics:
        raise DemandError(f"No load balancer or API of this region has the tags of the stack {stack}.")
    since = min(it.since for it in metrics)
    if since > start:
        unknown = -((start - since) // HOUR)
        raise DemandError(
            f"The stack {stack} has counted requests since {since:%Y-%m-%d %H:%M} UTC: of the week, the "
            f"{unknown} hours from {start:%Y-%m-%d %H:%M} UTC on are unknown. Wait for "
            f"{since + (HOURS_PER_WEEK + 1) * HOUR + METRIC_DELAY:%Y-%m-%d %H:%M} UTC, or give the demand as "
            "a CSV file."
        )
    sums = _sums(clients("cloudwatch"), metrics, start, end)
    hours = [start + number * HOUR for number in range(HOURS_PER_WEEK)]
    rates = {_hour_of_week(hour): sums.get(hour, 0.0) / HOUR.total_seconds() for hour in hours}
    return MeasuredWeek(
        rates=tuple(rates[number] for number in range(HOURS_PER_WEEK)),
        missing_hours=tuple(hour for hour in hours if hour not in sums),
    )


def _counters(clients: ClientFactory, stack: str) -> list[RequestMetric]:
    pages = (
        clients("resourcegroupstaggingapi")
        .get_paginator("get_resources")
        .paginate(
            TagFilters=[
                {"Key": "project", "Values": [PROJECT_TAG]},
                {"Key": "stack", "Values": [stack]},
            ],
            # As in their ARNs (Resource Groups Tagging API reference, "GetResources"). A service without a
            # type selects all its resources; in API Gateway the ARNs of APIs and of their stages look alike.
            ResourceTypeFilters=["elasticloadbalancing:loadbalancer", "apigateway"],
        )
    )
    arns = [str(it["ResourceARN"]) for page in pages for it in page["ResourceTagMappingList"]]
    found: list[RequestMetric] = []
    for arn in arns:
        before, balancer, name = arn.partition(":loadbalancer/")
        if balancer:
            found.append(_balancer(clients("elbv2"), arn, name))
            continue
        _, _, path = before.partition("::/restapis/")
        # A stage's ARN begins with its API's ARN, and it has the same tags.
        if path and "/" not in path:
            found.append(_api(clients("apigateway"), path))
    return found


def _balancer(elbv2: ElasticLoadBalancingv2Client, arn: str, name: str) -> RequestMetric:
    described = elbv2.describe_load_balancers(LoadBalancerArns=[arn])["LoadBalancers"][0]
    return RequestMetric(
        namespace="AWS/ApplicationELB",
        metric="RequestCount",
        dimension=("LoadBalancer", name),
        since=described["CreatedTime"].astimezone(UTC),
    )


def _api(apigateway: APIGatewayClient, identity: str) -> RequestMetric:
    described = apigateway.get_rest_api(restApiId=identity)
    return RequestMetric(
        namespace="AWS/ApiGateway",
        metric="Count",
        dimension=("ApiName", described["name"]),
        since=described["createdDate"].astimezone(UTC),
    )


def _sums(
    cloudwatch: CloudWatchClient,
    metrics: Sequence[RequestMetric],
    start: datetime,
    end: datetime,
) -> dict[datetime, float]:
    """Sum the metrics by hour, without the hours that have no data."""
    pages = cloudwatch.get_paginator("get_metric_data").paginate(
        MetricDataQueries=[
            {
                "Id": f"counter{number}",
                "MetricStat": {
                    "Metric": {
                        "Namespace": it.namespace,
                        "MetricName": it.metric,
                        "Dimensions": [{"Name": it.dimension[0], "Value": it.dimension[1]}],
                    },
                    "Period": int(HOUR.total_seconds()),
                    "Stat": "Sum",
                },
            }
            for number, it in enumerate(metrics)
        ],
        StartTime=start,
        EndTime=end,
    )
    sums: defaultdict[datetime, float] = defaultdict(float)
    status: dict[str, str] = {}
    for page in pages:
        for result in page["MetricDataResults"]:
            # The status is partial until the last page.
            status[result["Id"]] = result["StatusCode"]
            for moment, value in zip(result["Timestamps"], result["Values"], strict=True):
                sums[moment.astimezone(UTC)] += value
    if bad := {it for it in status.values() if it != "Complete"}:
        raise DemandError(f"CloudWatch's data is incomplete, with the status {', '.join(sorted(bad))}.")
    return dict(sums)


def _hour_of_week(moment: datetime) -> int:
    return moment.weekday() * HOURS_PER_DAY + moment.hour
