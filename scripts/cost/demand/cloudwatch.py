"""How many requests a deployed stack had over the last week, as CloudWatch counted them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from scripts.cost.demand.calendar import HOURS_PER_WEEK
from scripts.cost.demand.weekly_demand import HOURS_PER_DAY, DemandError

if TYPE_CHECKING:
    from collections.abc import Sequence

Clients: TypeAlias = Callable[[str], Any]
"""Makes the boto3 client of a service, by its name; boto3 makes its clients' methods as it runs."""

PROJECT_TAG: Final = "scalable-models"
"""What the resources of all stacks are tagged with, as `project`: the name in `Pulumi.yaml`."""

HOUR: Final = timedelta(hours=1)

SETTLING: Final = timedelta(minutes=15)
"""Time that the last minutes of an hour get to arrive in CloudWatch. Assumed."""


@dataclass(frozen=True, kw_only=True)
class Counter:
    """A metric that counts requests."""

    namespace: str
    metric: str
    dimension: tuple[str, str]
    since: datetime
    """Since when there has been something to count."""


@dataclass(frozen=True, kw_only=True)
class Week:
    """A week of a stack's requests."""

    rates: tuple[float, ...]
    """Requests per second in each of the 168 hours from Monday 00:00 UTC on."""
    silent: tuple[datetime, ...]
    """Hours of which there is no figure. They count as zero: load balancers and APIs report no zeros (Elastic
    Load Balancing user guide, "CloudWatch metrics for your Application Load Balancer")."""


def read_week(clients: Clients, stack: str, now: datetime) -> Week:
    """Read the last 168 whole hours of a stack.

    Args:
        clients: for the stack's region; they may call tag:GetResources, cloudwatch:GetMetricData,
            elasticloadbalancing:DescribeLoadBalancers and, for a function, apigateway:GET.
        stack: name of the stack, as Pulumi knows it.
        now: when the week is over.

    Raises:
        DemandError: there is no such stack, it is younger than a week, or CloudWatch has no whole answer.
    """
    end = (now.astimezone(UTC) - SETTLING).replace(minute=0, second=0, microsecond=0)
    start = end - HOURS_PER_WEEK * HOUR
    counters = _counters(clients, stack)
    if not counters:
        raise DemandError(f"Nothing that counts requests is tagged as of the stack {stack} in this region.")
    since = min(it.since for it in counters)
    if since > start:
        unknown = -((start - since) // HOUR)
        raise DemandError(
            f"The stack {stack} counts requests since {since:%Y-%m-%d %H:%M} UTC: "
            f"of the week, the {unknown} hours from {start:%Y-%m-%d %H:%M} UTC on are unknown. "
            f"Wait for {since + (HOURS_PER_WEEK + 1) * HOUR + SETTLING:%Y-%m-%d %H:%M} UTC, "
            "or give the demand as a CSV file."
        )
    sums = _sums(clients("cloudwatch"), counters, start, end)
    hours = [start + number * HOUR for number in range(HOURS_PER_WEEK)]
    rates = {_hour_of_week(hour): sums.get(hour, 0.0) / HOUR.total_seconds() for hour in hours}
    return Week(
        rates=tuple(rates[number] for number in range(HOURS_PER_WEEK)),
        silent=tuple(hour for hour in hours if hour not in sums),
    )


def _counters(clients: Clients, stack: str) -> list[Counter]:
    pages = (
        clients("resourcegroupstaggingapi")
        .get_paginator("get_resources")
        .paginate(
            TagFilters=[
                {"Key": "project", "Values": [PROJECT_TAG]},
                {"Key": "stack", "Values": [stack]},
            ],
            # As in their ARNs (Resource Groups Tagging API reference, "GetResources"); a service alone means
            # everything in it, and in API Gateway the names of APIs and of their parts look alike.
            ResourceTypeFilters=["elasticloadbalancing:loadbalancer", "apigateway"],
        )
    )
    arns = [str(it["ResourceARN"]) for page in pages for it in page["ResourceTagMappingList"]]
    found: list[Counter] = []
    for arn in arns:
        before, balancer, name = arn.partition(":loadbalancer/")
        if balancer:
            found.append(_balancer(clients("elbv2"), arn, name))
            continue
        _, _, path = before.partition("::/restapis/")
        # A stage has an ARN below its API's, and is tagged like it.
        if path and "/" not in path:
            found.append(_api(clients("apigateway"), path))
    return found


def _balancer(elbv2: Any, arn: str, name: str) -> Counter:  # noqa: ANN401 (boto3 makes its methods as it runs)
    described = elbv2.describe_load_balancers(LoadBalancerArns=[arn])["LoadBalancers"][0]
    return Counter(
        namespace="AWS/ApplicationELB",
        metric="RequestCount",
        dimension=("LoadBalancer", name),
        since=described["CreatedTime"].astimezone(UTC),
    )


def _api(apigateway: Any, identity: str) -> Counter:  # noqa: ANN401 (the same)
    described = apigateway.get_rest_api(restApiId=identity)
    return Counter(
        namespace="AWS/ApiGateway",
        metric="Count",
        dimension=("ApiName", described["name"]),
        since=described["createdDate"].astimezone(UTC),
    )


def _sums(
    cloudwatch: Any,  # noqa: ANN401 (the same)
    counters: Sequence[Counter],
    start: datetime,
    end: datetime,
) -> dict[datetime, float]:
    """Add up the counters, hour by hour; an hour without a figure is left out."""
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
            for number, it in enumerate(counters)
        ],
        StartTime=start,
        EndTime=end,
    )
    sums: defaultdict[datetime, float] = defaultdict(float)
    status: dict[str, str] = {}
    for page in pages:
        for result in page["MetricDataResults"]:
            # Partial until the last page.
            status[result["Id"]] = result["StatusCode"]
            for moment, value in zip(result["Timestamps"], result["Values"], strict=True):
                sums[moment.astimezone(UTC)] += value
    if bad := {it for it in status.values() if it != "Complete"}:
        raise DemandError(f"CloudWatch has no whole answer: it says {', '.join(sorted(bad))}.")
    return dict(sums)


def _hour_of_week(moment: datetime) -> int:
    return moment.weekday() * HOURS_PER_DAY + moment.hour
