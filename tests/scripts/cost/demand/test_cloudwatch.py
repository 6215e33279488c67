"""AWS's APIs by botocore's own stub, which validates requests and responses against the APIs' models."""

from __future__ import annotations

import math
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from botocore.stub import Stubber
from click.testing import CliRunner

from scripts.cli import main
from scripts.cost.bill.assumptions import Assumptions
from scripts.cost.bill.fleet_shape import FleetShape
from scripts.cost.bill.load_balancer import load_balancer_lines
from scripts.cost.capacity.vcpu_throughput import function_milliseconds, read_capacity
from scripts.cost.demand import cloudwatch
from scripts.cost.demand.measured_usage import (
    measured_assumptions,
    measured_line,
    measured_response_bytes,
    week_warnings,
)
from scripts.cost.demand.weekly_demand import Demand, DemandError
from scripts.cost.prices.snapshot import project_snapshot
from tests.stubbed import client_of

if TYPE_CHECKING:
    from collections.abc import Sequence

NOW = datetime(2026, 11, 18, 10, 20, tzinfo=UTC)
"""A Wednesday."""
START = datetime(2026, 11, 11, 10, 0, tzinfo=UTC)
END = datetime(2026, 11, 18, 10, 0, tzinfo=UTC)
HOURS = [START + timedelta(hours=number) for number in range(168)]
BALANCER = "app/iris-alb-1a2b3c4/50dc6c495c0c9188"
BALANCER_ARN = f"arn:aws:elasticloadbalancing:us-east-1:123456789012:loadbalancer/{BALANCER}"
API_ARN = "arn:aws:apigateway:us-east-1::/restapis/a1b2c3d4e5"
SERVICES = ("resourcegroupstaggingapi", "elbv2", "apigateway", "lambda", "cloudwatch")


class StubbedMetricClients:
    """Stubbed clients, each of which accepts exactly the expected requests."""

    def __init__(self) -> None:
        self.clients = {name: client_of(name) for name in SERVICES}
        self.stubs = {name: Stubber(client) for name, client in self.clients.items()}

    def has(self, *arns: str) -> None:
        self.stubs["resourcegroupstaggingapi"].add_response(
            "get_resources",
            {"PaginationToken": "", "ResourceTagMappingList": [{"ResourceARN": arn} for arn in arns]},
            {
                "TagFilters": [
                    {"Key": "project", "Values": ["scalable-models"]},
                    {"Key": "stack", "Values": ["prod"]},
                ],
                "ResourceTypeFilters": [
                    *("elasticloadbalancing:loadbalancer", "apigateway", "lambda:function"),
                ],
            },
        )

    def has_balancer(self, created: datetime = datetime(2026, 1, 1, tzinfo=UTC)) -> None:
        self.stubs["elbv2"].add_response(
            "describe_load_balancers",
            {"LoadBalancers": [{"LoadBalancerArn": BALANCER_ARN, "CreatedTime": created}]},
            {"LoadBalancerArns": [BALANCER_ARN]},
        )

    def has_api(self, created: datetime) -> None:
        self.stubs["apigateway"].add_response(
            "get_rest_api",
            {"id": "a1b2c3d4e5", "name": "iris-api", "createdDate": created},
            {"restApiId": "a1b2c3d4e5"},
        )

    def has_function(self, memory_mb: int) -> None:
        self.stubs["lambda"].add_response(
            "get_function_configuration",
            {"FunctionName": "iris-fn", "MemorySize": memory_mb, "Architectures": ["arm64"]},
            {"FunctionName": "iris-fn"},
        )

    def counted(self, *results: dict[str, Any], metrics: Sequence[tuple[str, str, str, str]]) -> None:
        """Respond with one page per result."""
        request: dict[str, Any] = {
            "MetricDataQueries": [
                {
                    "Id": f"counter{number}",
                    "MetricStat": {
                        "Metric": {
                            "Namespace": namespace,
                            "MetricName": metric,
                            "Dimensions": [{"Name": name, "Value": value}],
                        },
                        "Period": 3600,
                        "Stat": "Sum",
                    },
                }
                for number, (namespace, metric, name, value) in enumerate(metrics)
            ],
            "StartTime": START,
            "EndTime": END,
        }
        for number, result in enumerate(results):
            more = {"NextToken": f"page{number + 1}"} if number + 1 < len(results) else {}
            token = {"NextToken": f"page{number}"} if number else {}
            self.stubs["cloudwatch"].add_response(
                "get_metric_data", {"MetricDataResults": [result], "Messages": [], **more}, request | token
            )

    def week(self) -> cloudwatch.MeasuredWeek:
        with ExitStack() as active:
            for stub in self.stubs.values():
                active.enter_context(stub)
            found = cloudwatch.read_week(self.clients.__getitem__, "prod", NOW)
            for stub in self.stubs.values():
                stub.assert_no_pending_responses()
        return found


OF_BALANCER = [
    ("AWS/ApplicationELB", name, "LoadBalancer", BALANCER)
    for name in ("RequestCount", "ProcessedBytes", "NewConnectionCount", "ConsumedLCUs")
]
OF_API = ("AWS/ApiGateway", "Count", "ApiName", "iris-api")
OF_FUNCTION = [("AWS/Lambda", name, "FunctionName", "iris-fn") for name in ("Invocations", "Duration")]
FUNCTION_ARN = "arn:aws:lambda:us-east-1:123456789012:function:iris-fn"


def result(
    hours: Sequence[datetime], values: Sequence[float], status: str = "Complete", counter: int = 0
) -> dict[str, Any]:
    return {
        "Id": f"counter{counter}",
        "Label": "any",
        "Timestamps": list(hours),
        "Values": list(values),
        "StatusCode": status,
    }


def test_hourly_sums_become_rates_from_monday_on():
    aws = StubbedMetricClients()
    aws.has(BALANCER_ARN)
    aws.has_balancer()
    # The newest hours come first, and only the last page is complete.
    values = [3_600.0 * (1 + number) for number in range(168)]
    aws.counted(
        result(HOURS[:99:-1], values[:99:-1], "PartialData"),
        result(HOURS[99::-1], values[99::-1]),
        metrics=OF_BALANCER,
    )
    week = aws.week()
    wednesday_at_ten = 2 * 24 + 10
    assert week.rates[wednesday_at_ten] == 1
    assert week.rates[wednesday_at_ten - 1] == 168
    assert week.rates[0] == 1 + 168 - wednesday_at_ten
    assert week.missing_hours == ()
    assert Demand(rates=week.rates).mean == pytest.approx(math.fsum(values) / 168 / 3_600)


@pytest.mark.parametrize(
    ("now", "hour"),
    [
        ("2026-11-18T10:14:59Z", 9),
        ("2026-11-18T10:15:00Z", 10),
        ("2026-11-18T15:44:59.999+05:30", 9),
        ("2026-11-18T15:45:00+05:30", 10),
    ],
)
def test_a_week_ends_with_the_last_hour_that_is_complete_a_quarter_later(now: str, hour: int):
    end = cloudwatch.end_of_week(datetime.fromisoformat(now))
    assert end.isoformat() == f"2026-11-18T{hour:02}:00:00+00:00"


def test_hours_without_data_are_zero_and_reported():
    aws = StubbedMetricClients()
    aws.has(BALANCER_ARN)
    aws.has_balancer()
    aws.counted(result(HOURS[2:], [7_200.0] * 166), metrics=OF_BALANCER)
    week = aws.week()
    assert week.missing_hours == (HOURS[0], HOURS[1])
    assert [week.rates[2 * 24 + hour] for hour in (9, 10, 11, 12)] == [2, 0, 0, 2]


def test_a_stack_of_both_shapes_has_the_requests_of_both():
    aws = StubbedMetricClients()
    domain = "arn:aws:apigateway:us-east-1::/domainnames"
    aws.has(BALANCER_ARN, API_ARN, f"{API_ARN}/stages/live", domain)
    aws.has_balancer()
    aws.has_api(START + timedelta(days=1))
    aws.counted(
        result(HOURS, [3_600.0] * 168, "Complete"),
        result(HOURS[24:], [1_800.0] * 144, counter=4),
        metrics=[*OF_BALANCER, OF_API],
    )
    rates = aws.week().rates
    assert sorted(set(rates)) == [1.0, 1.5]
    assert rates.count(1.5) == 144


def test_hours_before_the_creation_of_the_stack_are_unknown_not_zero():
    aws = StubbedMetricClients()
    aws.has(BALANCER_ARN)
    aws.has_balancer(START + timedelta(hours=5, minutes=30))
    with pytest.raises(DemandError, match=r"the 6 hours from 2026-11-11 10:00 UTC on are unknown"):
        aws.week()


def test_a_stack_that_was_created_at_the_start_of_the_week_is_known():
    aws = StubbedMetricClients()
    aws.has(BALANCER_ARN)
    aws.has_balancer(START)
    aws.counted(result(HOURS, [3_600.0] * 168), metrics=OF_BALANCER)
    assert set(aws.week().rates) == {1.0}


def test_bytes_connections_capacity_units_and_durations_are_measured_per_request():
    aws = StubbedMetricClients()
    aws.has(BALANCER_ARN, FUNCTION_ARN, API_ARN)
    aws.has_balancer()
    aws.has_api(START)
    aws.has_function(1_769)
    aws.counted(
        result(HOURS, [36_000.0] * 168),
        result(HOURS, [43_200_000.0] * 168, counter=1),
        # A metric without traffic has no data point.
        result(HOURS[:84], [24_000.0] * 84, counter=2),
        result(HOURS, [0.36] * 168, counter=3),
        result(HOURS[:1], [2_000.0], counter=4),
        result(HOURS[:1], [7_000.0], counter=5),
        result(HOURS, [0.0] * 168, counter=6),
        metrics=[*OF_BALANCER, *OF_FUNCTION, OF_API],
    )
    usage = aws.week().usage
    assert usage.bytes_per_request == pytest.approx(1_200)
    assert usage.requests_per_connection == pytest.approx(3)
    assert usage.capacity_units_per_request == pytest.approx(1e-5)
    assert usage.function_ms == pytest.approx(3.5)
    assert (usage.function_memory_mb, usage.function_architecture) == (1_769, "arm64")
    assert usage.missing == ()


def test_metrics_without_data_are_named_and_leave_the_assumptions():
    aws = StubbedMetricClients()
    aws.has(BALANCER_ARN)
    aws.has_balancer()
    aws.counted(result(HOURS, [3_600.0] * 168), metrics=OF_BALANCER)
    week = aws.week()
    assert week.usage.missing == ("ProcessedBytes", "NewConnectionCount", "ConsumedLCUs")
    assert measured_assumptions(week.usage, read_capacity()) == Assumptions()
    assert measured_response_bytes(week.usage, 500) is None
    assert measured_line(week.usage) == []
    (warning,) = week_warnings(week)
    assert str(warning) == (
        "CloudWatch has no data of ProcessedBytes, NewConnectionCount, ConsumedLCUs: assumptions take their "
        "place."
    )
    assert warning.text("es").startswith("CloudWatch no tiene datos de ProcessedBytes")


def test_what_was_measured_takes_the_place_of_the_assumptions():
    usage = cloudwatch.MeasuredUsage(
        bytes_per_request=1_200.4,
        requests_per_connection=3.0,
        function_ms=5.0,
        function_memory_mb=512,
        function_architecture="arm64",
    )
    capacity = read_capacity()
    found = measured_assumptions(usage, capacity)
    assert found.requests_per_connection == 3
    # The function computes for a part of these 5 ms; the rest is independent of its memory.
    computed = function_milliseconds(capacity, "arm64", 512)
    assert computed + found.function_overhead_ms == pytest.approx(5)
    assert measured_response_bytes(usage, 500) == 700
    assert measured_response_bytes(usage, 5_000) == 1
    (line,) = measured_line(usage)
    assert line.text("es") == (
        "Medido por CloudWatch en la última semana: 1,200 bytes por petición y su respuesta, 3 peticiones "
        "por conexión, 5 ms por petición en la función."
    )


def test_measured_capacity_units_are_billed_as_they_are():
    prices = project_snapshot().region("us-east-1")
    # 10 requests per second are 36,000 per hour, and 0.36 units of 0.008 USD in each of 730 hours.
    demand = Demand(rates=(10.0,) * 168, capacity_units_per_request=1e-5)
    lines = load_balancer_lines(FleetShape(instance_type="t4g.small"), demand, prices, Assumptions())
    (line,) = [it for it in lines if it.item == "load balancer capacity"]
    assert line.usd == pytest.approx(Decimal("0.36") * 730 * Decimal("0.008"), abs=Decimal("1e-9"))
    assert line.basis == "measured"


@pytest.mark.parametrize("status", ["PartialData", "InternalError", "Forbidden"])
def test_incomplete_data_is_rejected(status: str):
    aws = StubbedMetricClients()
    aws.has(BALANCER_ARN)
    aws.has_balancer()
    aws.counted(result(HOURS[:5], [1.0] * 5, status), metrics=OF_BALANCER)
    with pytest.raises(DemandError, match=status):
        aws.week()


def test_an_unknown_stack_is_named():
    aws = StubbedMetricClients()
    aws.has()
    with pytest.raises(DemandError, match="the stack prod"):
        aws.week()


def test_stacks_are_found_by_the_program_s_tag():
    project = yaml.safe_load((Path(__file__).parents[4] / "Pulumi.yaml").read_text(encoding="utf-8"))
    assert project["name"] == cloudwatch.PROJECT_TAG


def test_missing_credentials_are_one_line(monkeypatch: pytest.MonkeyPatch):
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE", "AWS_ENDPOINT_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/nowhere")
    monkeypatch.setenv("AWS_CONFIG_FILE", "/nowhere")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    response = CliRunner().invoke(main, ["cost", "--demand", "cloudwatch:prod"])
    assert response.exit_code == 1
    assert response.stderr.startswith("Error: CloudWatch can't be read")
    assert len(response.stderr.strip().splitlines()) == 1
    assert CliRunner().invoke(main, ["cost", "--demand", "cloudwatch:"]).exit_code == 1
