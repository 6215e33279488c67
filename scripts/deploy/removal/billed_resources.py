"""Kinds of resources that cost money while they exist, each with its request to the service that bills it.

The Resource Groups Tagging API lists resources for minutes after their deletion; these requests do not.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from collections.abc import Callable

    from localcloud.aws.client_factory import ClientFactory

NOT_FOUND: Final = ("NotFound", "NoSuch", "Nonexistent", "404")
"""Parts of the error codes with which the services answer for what does not exist."""


@dataclass(frozen=True)
class BilledKind:
    """Kind of a resource, by its ARN."""

    arn_part: str
    """Part of the ARNs of this kind, and of no other."""
    bill: str
    """Unit that AWS bills while such a resource exists."""
    exists: Callable[[ClientFactory, str], bool]
    """Request for one ARN; an error of `NOT_FOUND` means that it does not exist."""


def kind_of(arn: str) -> BilledKind | None:
    """Return the kind of a resource; None if such a resource costs nothing by existing."""
    return next((kind for kind in BILLED_KINDS if kind.arn_part in arn), None)


def still_exists(clients: ClientFactory, kind: BilledKind, arn: str) -> bool:
    """Return whether a resource exists and is not being deleted, according to its service.

    Raises:
        ClientError: The service refuses to answer.
    """
    try:
        return kind.exists(clients, arn)
    except ClientError as error:
        if any(part in error.response.get("Error", {}).get("Code", "") for part in NOT_FOUND):
            return False
        raise


def _last_part(arn: str) -> str:
    return arn.rpartition("/")[2]


def _instance(clients: ClientFactory, arn: str) -> bool:
    found = clients("ec2").describe_instances(InstanceIds=[_last_part(arn)])["Reservations"]
    states = {instance["State"]["Name"] for one in found for instance in one["Instances"]}
    return not states <= {"shutting-down", "terminated"}


def _volume(clients: ClientFactory, arn: str) -> bool:
    found = clients("ec2").describe_volumes(VolumeIds=[_last_part(arn)])["Volumes"]
    return not {volume["State"] for volume in found} <= {"deleting", "deleted"}


def _address(clients: ClientFactory, arn: str) -> bool:
    return bool(clients("ec2").describe_addresses(AllocationIds=[_last_part(arn)])["Addresses"])


def _nat_gateway(clients: ClientFactory, arn: str) -> bool:
    found = clients("ec2").describe_nat_gateways(NatGatewayIds=[_last_part(arn)])["NatGateways"]
    return not {gateway["State"] for gateway in found} <= {"deleting", "deleted", "failed"}


def _endpoint(clients: ClientFactory, arn: str) -> bool:
    found = clients("ec2").describe_vpc_endpoints(VpcEndpointIds=[_last_part(arn)])["VpcEndpoints"]
    # The API's own states are in lower case, unlike those of its documentation.
    states = {endpoint["State"].lower() for endpoint in found if endpoint["VpcEndpointType"] != "Gateway"}
    return not states <= {"deleting", "deleted", "failed"}


def _load_balancer(clients: ClientFactory, arn: str) -> bool:
    return bool(clients("elbv2").describe_load_balancers(LoadBalancerArns=[arn])["LoadBalancers"])


def _bucket(clients: ClientFactory, arn: str) -> bool:
    clients("s3").head_bucket(Bucket=arn.rpartition(":")[2])
    return True


def _log_group(clients: ClientFactory, arn: str) -> bool:
    name = arn.partition(":log-group:")[2].removesuffix(":*")
    found = clients("logs").describe_log_groups(logGroupNamePrefix=name)["logGroups"]
    return any(group.get("logGroupName") == name for group in found)


def _alarm(clients: ClientFactory, arn: str) -> bool:
    name = arn.partition(":alarm:")[2]
    found = clients("cloudwatch").describe_alarms(
        AlarmNames=[name], AlarmTypes=["MetricAlarm", "CompositeAlarm"]
    )
    return bool(found["MetricAlarms"] or found["CompositeAlarms"])


def _web_acl(clients: ClientFactory, arn: str) -> bool:
    *_, name, identifier = arn.split("/")
    clients("wafv2").get_web_acl(Name=name, Id=identifier, Scope="REGIONAL")
    return True


def _key(clients: ClientFactory, arn: str) -> bool:
    # A key that is pending deletion costs nothing (AWS KMS pricing).
    state = clients("kms").describe_key(KeyId=_last_part(arn))["KeyMetadata"].get("KeyState")
    return state != "PendingDeletion"


def _detector(clients: ClientFactory, arn: str) -> bool:
    # An unknown detector is a BadRequestException, as is any other mistake.
    return _last_part(arn) in clients("guardduty").list_detectors()["DetectorIds"]


def _function(clients: ClientFactory, arn: str) -> bool:
    name = arn.partition(":function:")[2].partition(":")[0]
    found = clients("lambda").list_provisioned_concurrency_configs(FunctionName=name)
    return bool(found["ProvisionedConcurrencyConfigs"])


BILLED_KINDS: Final = (
    BilledKind(":instance/", "per second while it runs", _instance),
    BilledKind(":volume/", "per GB and month", _volume),
    BilledKind(":elastic-ip/", "per hour", _address),
    BilledKind(":natgateway/", "per hour", _nat_gateway),
    BilledKind(":vpc-endpoint/", "per hour and zone", _endpoint),
    BilledKind(":loadbalancer/", "per hour", _load_balancer),
    BilledKind(":s3:::", "per GB and month", _bucket),
    BilledKind(":log-group:", "per GB and month", _log_group),
    BilledKind(":alarm:", "per month", _alarm),
    BilledKind("/webacl/", "per month", _web_acl),
    BilledKind(":key/", "per month", _key),
    BilledKind(":detector/", "per event that it analyses", _detector),
    BilledKind(":function:", "per GB and second of provisioned concurrency", _function),
)
"""Kinds that cost without a request (the services' pricing pages).

VPCs, subnets, gateway endpoints, security groups, roles, topics, certificates, idle APIs and idle
functions are free.
"""
