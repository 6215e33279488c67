"""Protocols of the project's boto3, which is newer than LocalStack's."""

from __future__ import annotations

from hashlib import sha256
from io import BytesIO
from typing import TYPE_CHECKING, Any

import pytest
from boto3.s3.transfer import TransferConfig, create_transfer_manager

if TYPE_CHECKING:
    from tests.localcloud.localstack.running import Running

ACCOUNT = {"AccountId": "000000000000"}
LAMBDA = {"ServiceNamespace": "lambda"}
REGIONAL = {"Scope": "REGIONAL"}

REQUESTS: list[tuple[str, str, dict[str, Any], str]] = [
    ("apigateway", "get_rest_apis", {}, "items"),
    (
        "application-autoscaling",
        "describe_scalable_targets",
        {"ServiceNamespace": "lambda"},
        "ScalableTargets",
    ),
    ("autoscaling", "describe_auto_scaling_groups", {}, "AutoScalingGroups"),
    ("budgets", "describe_budgets", ACCOUNT, "Budgets"),
    ("cloudwatch", "describe_alarms", {}, "MetricAlarms"),
    ("ec2", "describe_vpcs", {}, "Vpcs"),
    ("elbv2", "describe_load_balancers", {}, "LoadBalancers"),
    ("guardduty", "list_detectors", {}, "DetectorIds"),
    ("iam", "list_roles", {}, "Roles"),
    ("lambda", "list_functions", {}, "Functions"),
    ("logs", "describe_log_groups", {}, "logGroups"),
    ("s3", "list_buckets", {}, "Buckets"),
    ("sns", "list_topics", {}, "Topics"),
    ("ssm", "describe_parameters", {}, "Parameters"),
    ("sts", "get_caller_identity", {}, "Account"),
    ("wafv2", "list_web_acls", REGIONAL, "WebACLs"),
]


@pytest.mark.parametrize(
    ("service", "operation", "parameters", "member"), REQUESTS, ids=[each[0] for each in REQUESTS]
)
def test_each_service_answers(
    localstack: Running, service: str, operation: str, parameters: dict[str, Any], member: str
) -> None:
    answer = getattr(localstack.client(service), operation)(**parameters)

    assert member in answer


def test_an_alarm_reads_back(localstack: Running) -> None:
    cloudwatch = localstack.client("cloudwatch")
    parameters = {
        "AlarmName": "slow",
        "Namespace": "AWS/ApplicationELB",
        "MetricName": "TargetResponseTime",
        "ExtendedStatistic": "p99",
        "Dimensions": [{"Name": "LoadBalancer", "Value": "app/iris/1"}],
        "Period": 60,
        "EvaluationPeriods": 3,
        "Threshold": 0.5,
        "ComparisonOperator": "GreaterThanThreshold",
    }

    cloudwatch.put_metric_alarm(**parameters)

    (alarm,) = cloudwatch.describe_alarms(AlarmNames=["slow"])["MetricAlarms"]
    assert alarm.items() >= parameters.items()


def test_a_small_object_comes_back_from_s3(localstack: Running) -> None:
    s3 = localstack.client("s3")
    s3.create_bucket(Bucket="small", CreateBucketConfiguration={"LocationConstraint": s3.meta.region_name})

    put = s3.put_object(Bucket="small", Key="hello", Body=b"hello")

    got = s3.get_object(Bucket="small", Key="hello", ChecksumMode="ENABLED")
    with got["Body"] as body:
        assert body.read() == b"hello"
    checksums = {key for key in put if key.startswith("Checksum")}
    assert {got[key] for key in checksums} == {put[key] for key in checksums}
    assert checksums


def test_an_archive_in_many_parts_comes_back_from_s3(localstack: Running) -> None:
    s3 = localstack.client("s3")
    s3.create_bucket(Bucket="large", CreateBucketConfiguration={"LocationConstraint": s3.meta.region_name})
    archive = bytes(range(256)) * (20 * 2**12)

    back = BytesIO()
    with create_transfer_manager(s3, TransferConfig()) as transfers:
        transfers.upload(BytesIO(archive), "large", "archive.zip").result()
        transfers.download("large", "archive.zip", back).result()

    assert sha256(back.getvalue()).digest() == sha256(archive).digest()
