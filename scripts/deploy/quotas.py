"""Whether a region of an account has room for a stack: quotas, and what others use of them."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from botocore.exceptions import ClientError

from infra.reference_data.instance_types import instance_types
from scripts.deploy.check_result import Finding, note, ok, problem

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from scripts.deploy.required_quota import Needs
    from scripts.rollout.stack import Clients

STANDARD: Final = tuple("acdhimrtz")
"""First letters of the families whose vCPUs count together, on demand and at spot each for themselves (EC2
user guide, "On-Demand Instance quotas" and "Spot Instance quotas")."""

ALIVE: Final = [{"Name": "instance-state-name", "Values": ["pending", "running"]}]


@dataclass(frozen=True, kw_only=True)
class Quota:
    """One of AWS's limits that a stack may meet."""

    service: str
    """As Service Quotas calls it."""
    code: str
    what: str
    needed: Callable[[Needs], int]
    used: Callable[[Clients, Mapping[str, str]], int]
    """How much is taken already, by others than the stack with these tags."""


def _own(tags: list[dict[str, str]], ours: Mapping[str, str]) -> bool:
    return ours.items() <= {tag["Key"]: tag["Value"] for tag in tags}.items()


def _pages(client: Any, operation: str, key: str, **arguments: object) -> Iterator[dict[str, Any]]:  # noqa: ANN401 - boto3 makes a client's methods at run time
    for page in client.get_paginator(operation).paginate(**arguments):
        yield from page[key]


def _vpcs(clients: Clients, ours: Mapping[str, str]) -> int:
    found = _pages(clients("ec2"), "describe_vpcs", "Vpcs")
    return sum(not _own(vpc.get("Tags", []), ours) for vpc in found)


def _addresses(clients: Clients, ours: Mapping[str, str]) -> int:
    found = clients("ec2").describe_addresses()["Addresses"]
    return sum(not _own(address.get("Tags", []), ours) for address in found)


def _vcpus(clients: Clients, ours: Mapping[str, str], *, spot: bool = False) -> int:
    reservations = _pages(clients("ec2"), "describe_instances", "Reservations", Filters=ALIVE)
    return sum(
        _threads(instance)
        for reservation in reservations
        for instance in reservation["Instances"]
        if instance["InstanceType"].startswith(STANDARD) and not _own(instance.get("Tags", []), ours)
        # One on demand has no such field.
        if (instance.get("InstanceLifecycle") == "spot") is spot
    )


def _threads(instance: Mapping[str, Any]) -> int:
    """Say how many vCPUs an instance has: as it was started, or as its type says where nobody chose."""
    if options := instance.get("CpuOptions"):
        return options["CoreCount"] * options["ThreadsPerCore"]
    known = instance_types().get(instance["InstanceType"])
    return known.vcpus if known else 0


def _gateways(clients: Clients, ours: Mapping[str, str]) -> int:
    """The most in any one zone, since it is zones that are limited."""
    client = clients("ec2")
    alive = [{"Name": "state", "Values": ["pending", "available", "deleting"]}]
    others = [
        gateway["SubnetId"]
        for gateway in _pages(client, "describe_nat_gateways", "NatGateways", Filter=alive)
        if not _own(gateway.get("Tags", []), ours)
    ]
    zones = {
        subnet["SubnetId"]: subnet["AvailabilityZone"]
        for subnet in _pages(client, "describe_subnets", "Subnets")
    }
    return max(Counter(zones.get(subnet) for subnet in others).values(), default=0)


def _balancers(clients: Clients, ours: Mapping[str, str]) -> int:
    client = clients("elbv2")
    arns = [
        found["LoadBalancerArn"]
        for found in _pages(client, "describe_load_balancers", "LoadBalancers")
        if found["Type"] == "application"
    ]
    # It tells of twenty at a time.
    described = [
        one
        for start in range(0, len(arns), 20)
        for one in client.describe_tags(ResourceArns=arns[start : start + 20])["TagDescriptions"]
    ]
    return sum(not _own(one["Tags"], ours) for one in described)


QUOTAS: Final = (
    Quota(
        service="ec2",
        code="L-1216C47A",
        what="vCPUs of on-demand instances",
        needed=lambda needs: needs.vcpus,
        used=_vcpus,
    ),
    Quota(
        service="ec2",
        code="L-34B43A08",
        what="vCPUs of spot instances",
        needed=lambda needs: needs.spot_vcpus,
        used=partial(_vcpus, spot=True),
    ),
    Quota(service="vpc", code="L-F678F1CE", what="VPCs", needed=lambda needs: needs.vpcs, used=_vpcs),
    Quota(
        service="ec2",
        code="L-0263D0A3",
        what="Elastic IP addresses",
        needed=lambda needs: needs.elastic_ips,
        used=_addresses,
    ),
    Quota(
        service="vpc",
        code="L-FE5A380F",
        what="NAT gateways in a zone",
        needed=lambda needs: needs.nat_gateways_in_a_zone,
        used=_gateways,
    ),
    Quota(
        service="elasticloadbalancing",
        code="L-53DA6B97",
        what="application load balancers",
        needed=lambda needs: needs.load_balancers,
        used=_balancers,
    ),
    Quota(
        service="lambda",
        code="L-B99A9384",
        what="executions of functions at once",
        needed=lambda needs: needs.concurrency,
        # What others have set aside stands in no one answer; the limit itself is what new accounts lack.
        used=lambda _clients, _ours: 0,
    ),
)
"""Those that accounts meet first; the codes are those of the Service Quotas console."""


def examine_quotas(needs: Needs, clients: Clients, region: str, ours: Mapping[str, str]) -> Iterator[Finding]:
    """Hold each quota that a stack needs something of against what is left of it.

    Args:
        needs: Of the whole stack.
        clients: Of the region.
        region: Its name, for the address of the console.
        ours: Tags of the stack, which may be there already.
    """
    for quota in QUOTAS:
        if needed := quota.needed(needs):
            yield _examine(quota, needed, clients, region, ours)


def _examine(quota: Quota, needed: int, clients: Clients, region: str, ours: Mapping[str, str]) -> Finding:
    check = f"quota {quota.service} {quota.code}"
    console = (
        f"https://{region}.console.aws.amazon.com/servicequotas/home/services/{quota.service}"
        f"/quotas/{quota.code}"
    )
    try:
        limit, used = _limit(quota, clients), quota.used(clients, ours)
    except ClientError as error:
        return note(check, f"how many {quota.what} are allowed can't be asked: {error}", f"look at {console}")
    says = f"{needed} {quota.what} needed, {used} of {limit} taken by others"
    if needed + used > limit:
        return problem(check, says, f"ask for {needed + used} at {console}")
    return ok(check, says)


def _limit(quota: Quota, clients: Clients) -> int:
    client = clients("service-quotas")
    asked = {"ServiceCode": quota.service, "QuotaCode": quota.code}
    try:
        found = client.get_service_quota(**asked)
    except client.exceptions.NoSuchResourceException:
        # Nobody has changed it here: the one for everybody applies.
        found = client.get_aws_default_service_quota(**asked)
    return int(found["Quota"]["Value"])
