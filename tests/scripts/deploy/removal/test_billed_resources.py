"""Resources that cost while they exist, with the responses of their services written down."""

from __future__ import annotations

from typing import Any, Final

import pytest
from botocore.exceptions import ClientError
from botocore.stub import Stubber

from scripts.deploy.removal.billed_resources import kind_of, still_exists
from tests.stubbed import Answers, answering, client_of

ARN: Final = "arn:aws:{}:eu-west-1:123456789012:{}"


def instance(state: str) -> Answers:
    described = {"Reservations": [{"Instances": [{"State": {"Name": state}}]}]}
    return [("describe_instances", {"InstanceIds": ["i-1"]}, described)]


def volume(state: str) -> Answers:
    return [("describe_volumes", {"VolumeIds": ["vol-1"]}, {"Volumes": [{"State": state}]})]


def address(*found: str) -> Answers:
    described = [{"AllocationId": one} for one in found]
    return [("describe_addresses", {"AllocationIds": ["eipalloc-1"]}, {"Addresses": described})]


def gateway(state: str) -> Answers:
    described = {"NatGateways": [{"State": state}]}
    return [("describe_nat_gateways", {"NatGatewayIds": ["nat-1"]}, described)]


def endpoint(kind: str, state: str) -> Answers:
    described = {"VpcEndpoints": [{"VpcEndpointType": kind, "State": state}]}
    return [("describe_vpc_endpoints", {"VpcEndpointIds": ["vpce-1"]}, described)]


def log_group(*names: str) -> Answers:
    described = {"logGroups": [{"logGroupName": name} for name in names]}
    return [("describe_log_groups", {"logGroupNamePrefix": "/aws/lambda/iris"}, described)]


def alarm(metric: int, composite: int) -> Answers:
    request = {"AlarmNames": ["iris-slow"], "AlarmTypes": ["MetricAlarm", "CompositeAlarm"]}
    found: dict[str, Any] = {"AlarmName": "iris-slow"}
    return [
        (
            "describe_alarms",
            request,
            {"MetricAlarms": [found] * metric, "CompositeAlarms": [found] * composite},
        )
    ]


def key(state: str) -> Answers:
    return [("describe_key", {"KeyId": "k-1"}, {"KeyMetadata": {"KeyId": "k-1", "KeyState": state}})]


def detector(*found: str) -> Answers:
    return [("list_detectors", {}, {"DetectorIds": list(found)})]


def function(*provisioned: dict[str, Any]) -> Answers:
    found = {"ProvisionedConcurrencyConfigs": list(provisioned)}
    return [("list_provisioned_concurrency_configs", {"FunctionName": "iris"}, found)]


GROUP_ARN: Final = ARN.format("logs", "log-group:/aws/lambda/iris")

BUCKET: Final[Answers] = [("head_bucket", {"Bucket": "iris-archives"}, {})]

WEB_ACL: Final[Answers] = [
    ("get_web_acl", {"Name": "iris", "Id": "a-1", "Scope": "REGIONAL"}, {"LockToken": "token"})
]


# States of the services' API references: Instance, Volume, NatGateway, VpcEndpoint, KeyMetadata.
# A stopped instance is not billed by the second, but keeps its volumes and returns when it is started.
@pytest.mark.parametrize(
    ("arn", "service", "answers", "is_there"),
    [
        *(
            (ARN.format("ec2", "instance/i-1"), "ec2", instance(state), is_there)
            for state, is_there in {
                **dict.fromkeys(["pending", "running", "stopping", "stopped"], True),
                **dict.fromkeys(["shutting-down", "terminated"], False),
            }.items()
        ),
        *(
            (ARN.format("ec2", "volume/vol-1"), "ec2", volume(state), is_there)
            for state, is_there in {
                **dict.fromkeys(["creating", "available", "in-use", "error"], True),
                **dict.fromkeys(["deleting", "deleted"], False),
            }.items()
        ),
        (ARN.format("ec2", "elastic-ip/eipalloc-1"), "ec2", address("eipalloc-1"), True),
        (ARN.format("ec2", "elastic-ip/eipalloc-1"), "ec2", address(), False),
        *(
            (ARN.format("ec2", "natgateway/nat-1"), "ec2", gateway(state), is_there)
            for state, is_there in {
                **dict.fromkeys(["pending", "available"], True),
                **dict.fromkeys(["deleting", "deleted", "failed"], False),
            }.items()
        ),
        *(
            (ARN.format("ec2", "vpc-endpoint/vpce-1"), "ec2", endpoint(kind, state), is_there)
            for kind, state, is_there in [
                ("Interface", "available", True),
                ("Interface", "Available", True),
                ("Interface", "pendingAcceptance", True),
                ("Interface", "deleting", False),
                ("Interface", "Deleted", False),
                ("Interface", "failed", False),
                ("Gateway", "available", False),
            ]
        ),
        (GROUP_ARN, "logs", log_group("/aws/lambda/iris"), True),
        (f"{GROUP_ARN}:*", "logs", log_group("/aws/lambda/iris"), True),
        (GROUP_ARN, "logs", log_group("/aws/lambda/iris-of-another-stack"), False),
        (ARN.format("cloudwatch", "alarm:iris-slow"), "cloudwatch", alarm(1, 0), True),
        (ARN.format("cloudwatch", "alarm:iris-slow"), "cloudwatch", alarm(0, 1), True),
        (ARN.format("cloudwatch", "alarm:iris-slow"), "cloudwatch", alarm(0, 0), False),
        (ARN.format("wafv2", "regional/webacl/iris/a-1"), "wafv2", WEB_ACL, True),
        *(
            (ARN.format("kms", "key/k-1"), "kms", key(state), is_there)
            for state, is_there in {
                **dict.fromkeys(["Enabled", "Disabled", "PendingImport"], True),
                "PendingDeletion": False,
            }.items()
        ),
        (ARN.format("guardduty", "detector/d-1"), "guardduty", detector("d-1"), True),
        (ARN.format("guardduty", "detector/d-1"), "guardduty", detector("d-2"), False),
        (ARN.format("lambda", "function:iris"), "lambda", function({"FunctionArn": "arn:1"}), True),
        (ARN.format("lambda", "function:iris:live"), "lambda", function(), False),
        ("arn:aws:s3:::iris-archives", "s3", BUCKET, True),
    ],
)
def test_a_resource_costs_as_long_as_its_service_describes_it(
    arn: str, service: str, answers: Answers, *, is_there: bool
):
    kind = kind_of(arn)
    assert kind is not None
    with answering(service, answers) as client:
        assert still_exists({service: client}.__getitem__, kind, arn) is is_there


# The codes are those of the services' API references.
@pytest.mark.parametrize(
    ("arn", "service", "operation", "code"),
    [
        (ARN.format("ec2", "instance/i-1"), "ec2", "describe_instances", "InvalidInstanceID.NotFound"),
        (ARN.format("ec2", "volume/vol-1"), "ec2", "describe_volumes", "InvalidVolume.NotFound"),
        (ARN.format("ec2", "natgateway/nat-1"), "ec2", "describe_nat_gateways", "NatGatewayNotFound"),
        ("arn:aws:s3:::iris-archives", "s3", "head_bucket", "404"),
        ("arn:aws:s3:::iris-archives", "s3", "head_bucket", "NoSuchBucket"),
        (
            ARN.format("wafv2", "regional/webacl/iris/a-1"),
            "wafv2",
            "get_web_acl",
            "WAFNonexistentItemException",
        ),
        (ARN.format("kms", "key/k-1"), "kms", "describe_key", "NotFoundException"),
        (
            ARN.format("lambda", "function:iris"),
            "lambda",
            "list_provisioned_concurrency_configs",
            "ResourceNotFoundException",
        ),
    ],
)
def test_what_its_service_does_not_know_is_gone(arn: str, service: str, operation: str, code: str):
    kind, client = kind_of(arn), client_of(service)
    assert kind is not None
    with Stubber(client) as stubber:
        stubber.add_client_error(operation, code)
        assert not still_exists({service: client}.__getitem__, kind, arn)


def test_a_service_that_refuses_to_answer_leaves_the_question_open():
    client, arn = client_of("kms"), ARN.format("kms", "key/k-1")
    kind = kind_of(arn)
    assert kind is not None
    with Stubber(client) as stubber:
        stubber.add_client_error("describe_key", "AccessDeniedException")
        with pytest.raises(ClientError):
            still_exists({"kms": client}.__getitem__, kind, arn)


@pytest.mark.parametrize(
    "free",
    ["ec2:vpc/vpc-1", "ec2:subnet/subnet-1", "ec2:security-group/sg-1", "iam:role/iris", "sns:iris-alarms"],
)
def test_what_costs_nothing_by_existing_has_no_kind(free: str):
    service, _, rest = free.partition(":")
    assert kind_of(ARN.format(service, rest)) is None
