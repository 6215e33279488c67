"""Resources that outlived their stack and cost money, as the services list them."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from scripts.deploy.removal.billed_resources import kind_of, still_exists

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from types_boto3_ec2.type_defs import FilterTypeDef
    from types_boto3_resourcegroupstaggingapi.type_defs import TagFilterTypeDef

    from localcloud.aws.client_factory import ClientFactory

KEPT_ARN_PARTS: Final = (":log-group:/aws/apigateway/welcome",)
"""Parts of the ARNs of what stays on purpose: API Gateway logs its access to the account there, once."""

RETAINED_ARN_PARTS: Final = (":log-group:iris-instances-log-",)
"""Parts of the ARNs of what the program keeps on purpose: the log of instances that lost their way to
CloudWatch Logs while the stack was protected."""

TIMEOUT_SECONDS: Final = 180.0
"""Seconds after which a resource counts as left: volumes and interfaces go a minute or two after their
instance."""

RETRY_SECONDS: Final = 10.0


@dataclass(frozen=True, order=True)
class Orphan:
    """Resource that is left."""

    name: str
    """ARN or id."""
    bill: str
    """Unit that AWS bills for it; empty for what is free, but prevents the deletion of its VPC."""

    def __str__(self) -> str:
        return f"{self.name} ({f'billed {self.bill}' if self.bill else 'free, but its VPC needs it gone'})"


@dataclass(frozen=True, kw_only=True)
class RemovedStack:
    """Names by which resources of a removed stack are found."""

    tags: Mapping[str, str]
    vpc_ids: Sequence[str] = ()
    """VPCs of the stack: AWS's own interfaces and endpoints in them may have no tags."""
    dashboards: Sequence[str] = ()
    """Dashboards, which can't have tags."""


def wait_until_removed(
    clients: ClientFactory,
    removed: RemovedStack,
    on_progress: Callable[[str], None],
    *,
    timeout: float = TIMEOUT_SECONDS,
) -> list[Orphan]:
    """Wait until no resource is left, or for `timeout` seconds; return what is left then."""
    deadline = time.monotonic() + timeout
    while True:
        left = sorted(set(orphaned_resources(clients, removed)))
        if not left or time.monotonic() + RETRY_SECONDS > deadline:
            return left
        on_progress(f"Waiting for AWS to delete {', '.join(one.name for one in left)}")
        time.sleep(RETRY_SECONDS)


def orphaned_resources(clients: ClientFactory, removed: RemovedStack) -> Iterator[Orphan]:
    """Yield the resources of a removed stack that exist and cost money."""
    for arn in _tagged(clients, removed.tags):
        kind = kind_of(arn)
        is_kept = any(part in arn for part in (*KEPT_ARN_PARTS, *RETAINED_ARN_PARTS))
        if kind and not is_kept and still_exists(clients, kind, arn):
            yield Orphan(_short(arn), kind.bill)
    tag_filters: list[FilterTypeDef] = [
        {"Name": f"tag:{key}", "Values": [value]} for key, value in removed.tags.items()
    ]
    yield from _volumes(clients, tag_filters)
    yield from _addresses(clients, tag_filters)
    if removed.vpc_ids:
        yield from _endpoints(clients, [{"Name": "vpc-id", "Values": list(removed.vpc_ids)}])
        yield from _interfaces(clients, [{"Name": "vpc-id", "Values": list(removed.vpc_ids)}])
    for name in removed.dashboards:
        entries = clients("cloudwatch").list_dashboards(DashboardNamePrefix=name)["DashboardEntries"]
        if any(entry.get("DashboardName") == name for entry in entries):
            yield Orphan(f"dashboard {name}", "per month")


def retained_resources(clients: ClientFactory, removed: RemovedStack) -> Iterator[Orphan]:
    """Yield what a removed stack keeps on purpose, and what it costs."""
    for arn in _tagged(clients, removed.tags):
        kind = kind_of(arn)
        is_retained = any(part in arn for part in RETAINED_ARN_PARTS)
        if kind and is_retained and still_exists(clients, kind, arn):
            yield Orphan(_short(arn), kind.bill)


def _short(arn: str) -> str:
    """Return the id of a resource of EC2, which is unique, and the ARN of any other."""
    return arn.rpartition("/")[2] if ":ec2:" in arn else arn


def _tagged(clients: ClientFactory, tags: Mapping[str, str]) -> Iterator[str]:
    filters: list[TagFilterTypeDef] = [{"Key": key, "Values": [value]} for key, value in tags.items()]
    pages = clients("resourcegroupstaggingapi").get_paginator("get_resources").paginate(TagFilters=filters)
    for page in pages:
        for found in page["ResourceTagMappingList"]:
            yield found["ResourceARN"]


def _volumes(clients: ClientFactory, filters: Sequence[FilterTypeDef]) -> Iterator[Orphan]:
    for page in clients("ec2").get_paginator("describe_volumes").paginate(Filters=filters):
        for volume in page["Volumes"]:
            if volume["State"] not in {"deleting", "deleted"}:
                yield Orphan(volume["VolumeId"], "per GB and month")


def _addresses(clients: ClientFactory, filters: Sequence[FilterTypeDef]) -> Iterator[Orphan]:
    for address in clients("ec2").describe_addresses(Filters=filters)["Addresses"]:
        yield Orphan(address["AllocationId"], "per hour")


def _endpoints(clients: ClientFactory, filters: Sequence[FilterTypeDef]) -> Iterator[Orphan]:
    for page in clients("ec2").get_paginator("describe_vpc_endpoints").paginate(Filters=filters):
        for endpoint in page["VpcEndpoints"]:
            is_gone = endpoint["State"].lower() in {"deleting", "deleted", "failed"}
            if endpoint["VpcEndpointType"] != "Gateway" and not is_gone:
                yield Orphan(endpoint["VpcEndpointId"], "per hour and zone")


def _interfaces(clients: ClientFactory, filters: Sequence[FilterTypeDef]) -> Iterator[Orphan]:
    """Yield the interfaces in a VPC: each belongs to something that costs, or holds a public address."""
    for page in clients("ec2").get_paginator("describe_network_interfaces").paginate(Filters=filters):
        for interface in page["NetworkInterfaces"]:
            has_address = bool(interface.get("Association", {}).get("PublicIp"))
            yield Orphan(
                interface["NetworkInterfaceId"], "per hour for its public address" if has_address else ""
            )
