"""Requests and usage of a deployed stack during the last week, as CloudWatch counted them."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

from scripts.cost.demand.calendar import HOURS_PER_WEEK
from scripts.cost.demand.weekly_demand import HOURS_PER_DAY, DemandError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from types_boto3_apigateway import APIGatewayClient
    from types_boto3_cloudwatch import CloudWatchClient
    from types_boto3_elbv2 import ElasticLoadBalancingv2Client
    from types_boto3_lambda import LambdaClient

    from infra.reference_data.instance_types import Architecture
    from localcloud.aws.client_factory import ClientFactory

PROJECT_TAG: Final = "scalable-models"
"""Value of the tag `project` of all stacks' resources: the name in `Pulumi.yaml`."""

HOUR: Final = timedelta(hours=1)

METRIC_DELAY: Final = timedelta(minutes=15)
"""Time until CloudWatch has the last minutes of an hour. Assumed."""


MetricName: TypeAlias = Literal[
    "RequestCount", "ProcessedBytes", "NewConnectionCount", "ConsumedLCUs", "Count", "Duration", "Invocations"
]
"""Name of a metric whose sum is read."""

BALANCER_METRICS: Final[tuple[MetricName, ...]] = (
    *("RequestCount", "ProcessedBytes", "NewConnectionCount"),
    "ConsumedLCUs",
)
"""Metrics of a load balancer: its requests first. Like the reserved ones, the consumed capacity units are
reported by the minute, and those of an hour are their sum (Elastic Load Balancing user guide, "CloudWatch
metrics for your Application Load Balancer", "Monitor Load Balancer Capacity Unit reservation")."""

FUNCTION_METRICS: Final[tuple[MetricName, ...]] = ("Invocations", "Duration")
"""Metrics of a function; durations are in milliseconds (AWS Lambda developer guide, "Types of metrics for
Lambda functions")."""

REQUEST_METRICS: Final[frozenset[MetricName]] = frozenset({"RequestCount", "Count"})
"""Metrics that count the requests of a stack: those of its load balancer and of its API."""


@dataclass(frozen=True, kw_only=True)
class Metric:
    """CloudWatch metric of a resource."""

    namespace: str
    name: MetricName
    dimension: tuple[str, str]


@dataclass(frozen=True, kw_only=True)
class MeasuredResource:
    """Resource whose metrics are read."""

    metrics: tuple[Metric, ...]
    since: datetime | None = None
    """Creation time of a resource that counts requests."""
    memory_mb: int = 0
    """Memory of a function."""
    architecture: Architecture = "arm64"
    """Architecture of a function."""


@dataclass(frozen=True, kw_only=True)
class MeasuredUsage:
    """Usage of a stack per request, over a week. None: CloudWatch has no data, or the stack no such part."""

    bytes_per_request: float | None = None
    """Bytes that the load balancer processes for a request and its response."""
    requests_per_connection: float | None = None
    capacity_units_per_request: float | None = None
    """Hours of a capacity unit of the load balancer."""
    function_ms: float | None = None
    """Milliseconds of a request in the function, without cold starts."""
    function_memory_mb: int = 0
    function_architecture: Architecture = "arm64"
    missing: tuple[str, ...] = ()
    """Metrics without data, of the parts that the stack has."""


@dataclass(frozen=True, kw_only=True)
class MeasuredWeek:
    """Requests and usage of a stack during a week."""

    usage: MeasuredUsage
    rates: tuple[float, ...]
    """Requests per second in each of the 168 hours from Monday 00:00 UTC on."""
    missing_hours: tuple[datetime, ...]
    """Hours without data. They count as zero, since load balancers and APIs report no zeros (Elastic Load
    Balancing user guide, "CloudWatch metrics for your Application Load Balancer")."""


def read_week(clients: ClientFactory, stack: str, now: datetime) -> MeasuredWeek:
    """Read the requests and the usage of a stack in the last 168 complete hours.

    Args:
        clients: for the stack's region; they may call tag:GetResources, cloudwatch:GetMetricData,
            elasticloadbalancing:DescribeLoadBalancers and, for a function, apigateway:GET and
            lambda:GetFunctionConfiguration.
        stack: name of the stack, as Pulumi knows it.
        now: end of the week, in any time zone.

    Raises:
        DemandError: there is no such stack, it is younger than a week, or CloudWatch's data is incomplete.
    """
    end = end_of_week(now)
    start = end - HOURS_PER_WEEK * HOUR
    resources = _measured_resources(clients, stack)
    created = [it.since for it in resources if it.since]
    if not created:
        raise DemandError(f"No load balancer or API of this region has the tags of the stack {stack}.")
    since = min(created)
    if since > start:
        unknown = -((start - since) // HOUR)
        raise DemandError(
            f"The stack {stack} has counted requests since {since:%Y-%m-%d %H:%M} UTC: of the week, the "
            f"{unknown} hours from {start:%Y-%m-%d %H:%M} UTC on are unknown. Wait for "
            f"{since + (HOURS_PER_WEEK + 1) * HOUR + METRIC_DELAY:%Y-%m-%d %H:%M} UTC, or give the demand as "
            "a CSV file."
        )
    metrics = [metric for it in resources for metric in it.metrics]
    sums = _sums(clients("cloudwatch"), metrics, start, end)
    requests: defaultdict[datetime, float] = defaultdict(float)
    for metric in metrics:
        if metric.name in REQUEST_METRICS:
            for moment, value in sums[metric].items():
                requests[moment] += value
    hours = [start + number * HOUR for number in range(HOURS_PER_WEEK)]
    rates = {_hour_of_week(hour): requests.get(hour, 0.0) / HOUR.total_seconds() for hour in hours}
    return MeasuredWeek(
        usage=_usage(resources, sums),
        rates=tuple(rates[number] for number in range(HOURS_PER_WEEK)),
        missing_hours=tuple(hour for hour in hours if hour not in requests),
    )


def end_of_week(now: datetime) -> datetime:
    """Return the end of the last hour that CloudWatch knows completely."""
    return (now.astimezone(UTC) - METRIC_DELAY).replace(minute=0, second=0, microsecond=0)


def _usage(
    resources: Sequence[MeasuredResource], sums: Mapping[Metric, Mapping[datetime, float]]
) -> MeasuredUsage:
    """Compute the usage per request from the sums of the week."""
    totals: dict[MetricName, float] = {}
    for resource in resources:
        for it in resource.metrics:
            totals[it.name] = totals.get(it.name, 0.0) + sum(sums[it].values())

    def ratio(of: MetricName, to: MetricName) -> float | None:
        numerator, denominator = totals.get(of, 0.0), totals.get(to, 0.0)
        return numerator / denominator if numerator and denominator else None

    function = next((it for it in resources if it.memory_mb), MeasuredResource(metrics=()))
    return MeasuredUsage(
        bytes_per_request=ratio("ProcessedBytes", "RequestCount"),
        requests_per_connection=ratio("RequestCount", "NewConnectionCount"),
        capacity_units_per_request=ratio("ConsumedLCUs", "RequestCount"),
        function_ms=ratio("Duration", "Invocations"),
        function_memory_mb=function.memory_mb,
        function_architecture=function.architecture,
        missing=tuple(name for name, total in totals.items() if not total and name not in REQUEST_METRICS),
    )


def _measured_resources(clients: ClientFactory, stack: str) -> list[MeasuredResource]:
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
            ResourceTypeFilters=["elasticloadbalancing:loadbalancer", "apigateway", "lambda:function"],
        )
    )
    arns = [str(it["ResourceARN"]) for page in pages for it in page["ResourceTagMappingList"]]
    found: list[MeasuredResource] = []
    for arn in arns:
        before, balancer, name = arn.partition(":loadbalancer/")
        if balancer:
            found.append(_balancer(clients("elbv2"), arn, name))
            continue
        before, function, name = arn.partition(":function:")
        if function:
            found.append(_function(clients("lambda"), name))
            continue
        _, _, path = before.partition("::/restapis/")
        # A stage's ARN begins with its API's ARN, and it has the same tags.
        if path and "/" not in path:
            found.append(_api(clients("apigateway"), path))
    return found


def _balancer(elbv2: ElasticLoadBalancingv2Client, arn: str, name: str) -> MeasuredResource:
    described = elbv2.describe_load_balancers(LoadBalancerArns=[arn])["LoadBalancers"][0]
    return MeasuredResource(
        metrics=tuple(
            Metric(namespace="AWS/ApplicationELB", name=metric, dimension=("LoadBalancer", name))
            for metric in BALANCER_METRICS
        ),
        since=described["CreatedTime"].astimezone(UTC),
    )


def _api(apigateway: APIGatewayClient, identity: str) -> MeasuredResource:
    described = apigateway.get_rest_api(restApiId=identity)
    return MeasuredResource(
        metrics=(Metric(namespace="AWS/ApiGateway", name="Count", dimension=("ApiName", described["name"])),),
        since=described["createdDate"].astimezone(UTC),
    )


def _function(lambda_: LambdaClient, name: str) -> MeasuredResource:
    described = lambda_.get_function_configuration(FunctionName=name)
    return MeasuredResource(
        metrics=tuple(
            Metric(namespace="AWS/Lambda", name=metric, dimension=("FunctionName", name))
            for metric in FUNCTION_METRICS
        ),
        memory_mb=described["MemorySize"],
        architecture="arm64" if "arm64" in described.get("Architectures", []) else "x86_64",
    )


def _sums(
    cloudwatch: CloudWatchClient,
    metrics: Sequence[Metric],
    start: datetime,
    end: datetime,
) -> dict[Metric, dict[datetime, float]]:
    """Sum each metric by hour, without the hours that have no data."""
    ids = {f"counter{number}": metric for number, metric in enumerate(metrics)}
    pages = cloudwatch.get_paginator("get_metric_data").paginate(
        MetricDataQueries=[
            {
                "Id": name,
                "MetricStat": {
                    "Metric": {
                        "Namespace": it.namespace,
                        "MetricName": it.name,
                        "Dimensions": [{"Name": it.dimension[0], "Value": it.dimension[1]}],
                    },
                    "Period": int(HOUR.total_seconds()),
                    "Stat": "Sum",
                },
            }
            for name, it in ids.items()
        ],
        StartTime=start,
        EndTime=end,
    )
    sums: dict[Metric, dict[datetime, float]] = {it: {} for it in metrics}
    status: dict[str, str] = {}
    for page in pages:
        for result in page["MetricDataResults"]:
            # The status is partial until the last page.
            status[result["Id"]] = result["StatusCode"]
            of_metric = sums[ids[result["Id"]]]
            for moment, value in zip(result["Timestamps"], result["Values"], strict=True):
                hour = moment.astimezone(UTC)
                of_metric[hour] = of_metric.get(hour, 0.0) + value
    if bad := {it for it in status.values() if it != "Complete"}:
        raise DemandError(f"CloudWatch's data is incomplete, with the status {', '.join(sorted(bad))}.")
    return sums


def _hour_of_week(moment: datetime) -> int:
    return moment.weekday() * HOURS_PER_DAY + moment.hour
