"""Resources that outlived their stack, found by their tags."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from types_boto3_resourcegroupstaggingapi.type_defs import TagFilterTypeDef

    from localcloud.aws.client_factory import ClientFactory

FREE_ARN_PARTS: Final = (":iam:", ":security-group", ":log-group:/aws/apigateway/welcome")
"""Parts of the ARNs of resources that cost nothing. The role with which API Gateway logs stays on purpose:
other APIs of the account log with it, too."""


def _instance_is_terminated(clients: ClientFactory, name: str) -> bool:
    found = clients("ec2").describe_instances(InstanceIds=[name])["Reservations"]
    states = [instance["State"]["Name"] for one in found for instance in one["Instances"]]
    return set(states) <= {"shutting-down", "terminated"}


def _nat_gateway_is_deleted(clients: ClientFactory, name: str) -> bool:
    found = clients("ec2").describe_nat_gateways(NatGatewayIds=[name])["NatGateways"]
    return {gateway["State"] for gateway in found} <= {"deleting", "deleted"}


def _key_is_deleted(clients: ClientFactory, name: str) -> bool:
    # A key that is pending deletion costs nothing (AWS KMS pricing).
    return clients("kms").describe_key(KeyId=name)["KeyMetadata"]["KeyState"] == "PendingDeletion"


DELETION_CHECKS: Final[Mapping[str, Callable[[ClientFactory, str], bool]]] = {
    ":instance/": _instance_is_terminated,
    ":natgateway/": _nat_gateway_is_deleted,
    ":key/": _key_is_deleted,
}
"""Part of an ARN -> check whether such a resource, which AWS lists for a while after its end, is deleted."""


def orphaned_resources(clients: ClientFactory, tags: Mapping[str, str]) -> Iterator[str]:
    """Yield the ARNs of resources with these tags that may cost something and are not deleted."""
    for arn in sorted(_tagged(clients, tags)):
        if not any(part in arn for part in FREE_ARN_PARTS) and not _is_deleted(clients, arn):
            yield arn


def _tagged(clients: ClientFactory, tags: Mapping[str, str]) -> Iterator[str]:
    filters: list[TagFilterTypeDef] = [{"Key": key, "Values": [value]} for key, value in tags.items()]
    pages = clients("resourcegroupstaggingapi").get_paginator("get_resources").paginate(TagFilters=filters)
    for page in pages:
        for found in page["ResourceTagMappingList"]:
            yield found["ResourceARN"]


def _is_deleted(clients: ClientFactory, arn: str) -> bool:
    for part, is_deleted in DELETION_CHECKS.items():
        if part in arn:
            try:
                return is_deleted(clients, arn.rpartition("/")[2])
            except ClientError as error:
                return "NotFound" in error.response.get("Error", {}).get("Code", "")
    return False
