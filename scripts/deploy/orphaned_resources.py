"""What is still there of a stack that is gone, by its tags."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from scripts.rollout.stack import Clients

FREE: Final = (":iam:", ":security-group", ":log-group:/aws/apigateway/welcome")
"""Parts of the names of what costs nothing. The role that API Gateway logs with stays on purpose: other APIs
of the account log with it, too."""


def _instance_is_gone(clients: Clients, name: str) -> bool:
    found = clients("ec2").describe_instances(InstanceIds=[name])["Reservations"]
    states = [instance["State"]["Name"] for one in found for instance in one["Instances"]]
    return set(states) <= {"shutting-down", "terminated"}


def _gateway_is_gone(clients: Clients, name: str) -> bool:
    found = clients("ec2").describe_nat_gateways(NatGatewayIds=[name])["NatGateways"]
    return {gateway["State"] for gateway in found} <= {"deleting", "deleted"}


def _key_is_gone(clients: Clients, name: str) -> bool:
    # A key that waits for its deletion costs nothing (AWS KMS pricing).
    return clients("kms").describe_key(KeyId=name)["KeyMetadata"]["KeyState"] == "PendingDeletion"


LINGERING: Final[Mapping[str, Callable[[Clients, str], bool]]] = {
    ":instance/": _instance_is_gone,
    ":natgateway/": _gateway_is_gone,
    ":key/": _key_is_gone,
}
"""Part of an ARN -> whether a thing of that kind, which AWS lists for a while after its end, has ended."""


def leftovers(clients: Clients, tags: Mapping[str, str]) -> Iterator[str]:
    """Give the ARNs of what has these tags, may cost something, and has not ended."""
    for arn in sorted(_tagged(clients, tags)):
        if not any(part in arn for part in FREE) and not _is_gone(clients, arn):
            yield arn


def _tagged(clients: Clients, tags: Mapping[str, str]) -> Iterator[str]:
    filters: list[dict[str, Any]] = [{"Key": key, "Values": [value]} for key, value in tags.items()]
    pages = clients("resourcegroupstaggingapi").get_paginator("get_resources").paginate(TagFilters=filters)
    for page in pages:
        for found in page["ResourceTagMappingList"]:
            yield found["ResourceARN"]


def _is_gone(clients: Clients, arn: str) -> bool:
    for part, has_ended in LINGERING.items():
        if part in arn:
            try:
                return has_ended(clients, arn.rpartition("/")[2])
            except ClientError as error:
                return "NotFound" in error.response.get("Error", {}).get("Code", "")
    return False
