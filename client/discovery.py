"""Discovery of the instances of a target group in the AWS API, on AWS and on a local cloud."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from client.instance import Instance

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from types_boto3_ec2 import EC2Client
    from types_boto3_ec2.type_defs import InstanceTypeDef
    from types_boto3_elbv2 import ElasticLoadBalancingv2Client

ANSWER_SECONDS: Final = 5.0
"""Seconds in which the AWS API must answer; it is asked twice."""

ADDRESS_TAG: Final = "local-cloud:address"
"""Tag of an instance of a local cloud: `host:port` of its process. No process has its private address."""

USABLE: Final[Mapping[str, bool]] = {
    "healthy": True,
    "unavailable": True,
    "initial": False,
    "unhealthy": False,
}
"""State in `DescribeTargetHealth` -> whether the target is healthy. Targets in other states, such as
`draining`, get no requests. `unavailable`: the target group has no health check."""


class StaticInstances:
    """Discovery of instances at known addresses."""

    def __init__(self, *urls: str) -> None:
        """Create the instances of URLs such as `http://10.0.1.7:8000`, which need a port.

        Raises:
            ValueError: a URL has no host or no port.
        """
        self._instances = [_instance_at(url) for url in urls]

    def __call__(self) -> list[Instance]:
        """Return the instances."""
        return self._instances


def _instance_at(url: str) -> Instance:
    parts = urlsplit(url)
    if parts.hostname is None or parts.port is None:
        raise ValueError(f"{url} is not of the form http://host:port")
    return Instance(parts.netloc, parts.hostname, parts.port)


class TargetGroup:
    """Discovery of the targets of a target group, with their health as the load balancer measures it.

    It needs the permissions `elasticloadbalancing:DescribeTargetHealth` and `ec2:DescribeInstances`.
    """

    def __init__(
        self,
        arn: str,
        *,
        elbv2: ElasticLoadBalancingv2Client | None = None,
        ec2: EC2Client | None = None,
    ) -> None:
        """Create the discovery for the target group with this ARN.

        Args:
            arn: ARN of a target group of instances or of IP addresses.
            elbv2: boto3 client; by default one with boto3's own settings, such as `AWS_ENDPOINT_URL`, that
                waits for an answer for `ANSWER_SECONDS` instead of a minute.
            ec2: boto3 client, with the same default.
        """
        self._arn = arn
        self._elbv2: ElasticLoadBalancingv2Client = elbv2 or _new_client("elbv2")
        self._ec2: EC2Client = ec2 or _new_client("ec2")

    def __call__(self) -> list[Instance]:
        """Describe the targets and their addresses.

        Raises:
            botocore.exceptions.BotoCoreError: the AWS API does not answer.
            botocore.exceptions.ClientError: it refuses.
        """
        described = self._elbv2.describe_target_health(TargetGroupArn=self._arn)["TargetHealthDescriptions"]
        usable = {
            (target["Target"]["Id"], target["Target"].get("Port", 80)): USABLE[state]
            for target in described
            if (state := target["TargetHealth"]["State"]) in USABLE
        }
        addresses = self._addresses({target_id for target_id, _ in usable if target_id.startswith("i-")})
        return sorted(
            Instance(target_id, *_socket_address(addresses.get(target_id, target_id), port), healthy=healthy)
            for (target_id, port), healthy in usable.items()
            # An instance that has been terminated since has no address any more.
            if target_id in addresses or not target_id.startswith("i-")
        )

    def _addresses(self, instance_ids: Iterable[str]) -> dict[str, str]:
        ids = sorted(instance_ids)
        if not ids:
            return {}
        # A filter, unlike `InstanceIds`, is no error for an instance that is gone.
        pages = self._ec2.get_paginator("describe_instances").paginate(
            Filters=[{"Name": "instance-id", "Values": ids}]
        )
        found = [
            instance
            for page in pages
            for reservation in page["Reservations"]
            for instance in reservation["Instances"]
        ]
        return {instance["InstanceId"]: address for instance in found if (address := _address(instance))}


def _new_client(service: str) -> Any:  # noqa: ANN401 - the stubs have an overload for each service
    import boto3  # noqa: PLC0415 - other discoveries need no boto3
    from botocore.config import Config  # noqa: PLC0415

    create: Any = getattr(boto3, "client")  # noqa: B009 - the stubs lack most services
    # The first request waits for the discovery, and so does the end of the process.
    patience = Config(
        connect_timeout=ANSWER_SECONDS, read_timeout=ANSWER_SECONDS, retries={"total_max_attempts": 2}
    )
    return create(service, config=patience)


def _address(instance: InstanceTypeDef) -> str | None:
    tags = {tag["Key"]: tag["Value"] for tag in instance.get("Tags", [])}
    return tags.get(ADDRESS_TAG) or instance.get("PrivateIpAddress")


def _socket_address(address: str, port: int) -> tuple[str, int]:
    """Split `host:port` of a local cloud; an address of AWS has the target's port."""
    host, colon, own_port = address.partition(":")
    return (host, int(own_port)) if colon and own_port.isdecimal() else (address, port)
