"""Checks of the service quotas of the account and region against what the stack requires."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Final

from botocore.exceptions import ClientError

from infra.reference_data.instance_types import instance_types
from scripts.deploy.checks.check_result import CheckResult, note, ok, problem

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from types_boto3_ec2.type_defs import FilterTypeDef, InstanceTypeDef
    from types_boto3_ec2.type_defs import TagTypeDef as EC2TagTypeDef
    from types_boto3_elbv2.type_defs import TagTypeDef as ELBTagTypeDef

    from localcloud.aws.client_factory import ClientFactory
    from scripts.deploy.checks.required_quota import RequiredQuota

STANDARD_FAMILIES: Final = tuple("acdhimrtz")
"""First letters of the instance families that share one quota of vCPUs on demand, and one at spot (EC2 user
guide, "On-Demand Instance quotas" and "Spot Instance quotas")."""

ALIVE: Final[Sequence[FilterTypeDef]] = [{"Name": "instance-state-name", "Values": ["pending", "running"]}]


@dataclass(frozen=True, kw_only=True)
class Quota:
    """Service quota that a stack may exceed."""

    service: str
    """Service code in Service Quotas."""
    code: str
    description: str
    required: Callable[[RequiredQuota], int]
    used: Callable[[ClientFactory, Mapping[str, str]], int]
    """Usage by resources that do not have the tags of the stack."""


def _has_tags(tags: Iterable[EC2TagTypeDef | ELBTagTypeDef], stack_tags: Mapping[str, str]) -> bool:
    return stack_tags.items() <= {tag["Key"]: tag["Value"] for tag in tags}.items()


def _vpcs(clients: ClientFactory, stack_tags: Mapping[str, str]) -> int:
    pages = clients("ec2").get_paginator("describe_vpcs").paginate()
    return sum(not _has_tags(vpc.get("Tags", []), stack_tags) for page in pages for vpc in page["Vpcs"])


def _addresses(clients: ClientFactory, stack_tags: Mapping[str, str]) -> int:
    found = clients("ec2").describe_addresses()["Addresses"]
    return sum(not _has_tags(address.get("Tags", []), stack_tags) for address in found)


def _vcpus(clients: ClientFactory, stack_tags: Mapping[str, str], *, spot: bool = False) -> int:
    pages = clients("ec2").get_paginator("describe_instances").paginate(Filters=ALIVE)
    return sum(
        _vcpus_of(instance)
        for page in pages
        for reservation in page["Reservations"]
        for instance in reservation["Instances"]
        if instance["InstanceType"].startswith(STANDARD_FAMILIES)
        and not _has_tags(instance.get("Tags", []), stack_tags)
        # On-demand instances lack this field.
        if (instance.get("InstanceLifecycle") == "spot") is spot
    )


def _vcpus_of(instance: InstanceTypeDef) -> int:
    """Return the number of vCPUs of an instance: its CPU options, or the default of its type."""
    if options := instance.get("CpuOptions"):
        return options["CoreCount"] * options["ThreadsPerCore"]
    known = instance_types().get(instance["InstanceType"])
    return known.vcpus if known else 0


def _nat_gateways(clients: ClientFactory, stack_tags: Mapping[str, str]) -> int:
    """Return the maximum number of gateways in one zone, as the quota is per zone."""
    client = clients("ec2")
    alive: FilterTypeDef = {"Name": "state", "Values": ["pending", "available", "deleting"]}
    others = [
        gateway["SubnetId"]
        for page in client.get_paginator("describe_nat_gateways").paginate(Filters=[alive])
        for gateway in page["NatGateways"]
        if not _has_tags(gateway.get("Tags", []), stack_tags)
    ]
    zones = {
        subnet["SubnetId"]: subnet["AvailabilityZone"]
        for page in client.get_paginator("describe_subnets").paginate()
        for subnet in page["Subnets"]
    }
    return max(Counter(zones.get(subnet) for subnet in others).values(), default=0)


def _load_balancers(clients: ClientFactory, stack_tags: Mapping[str, str]) -> int:
    client = clients("elbv2")
    arns = [
        balancer["LoadBalancerArn"]
        for page in client.get_paginator("describe_load_balancers").paginate()
        for balancer in page["LoadBalancers"]
        if balancer["Type"] == "application"
    ]
    # One call describes twenty load balancers at most.
    described = [
        one
        for start in range(0, len(arns), 20)
        for one in client.describe_tags(ResourceArns=arns[start : start + 20])["TagDescriptions"]
    ]
    return sum(not _has_tags(one["Tags"], stack_tags) for one in described)


QUOTAS: Final = (
    Quota(
        service="ec2",
        code="L-1216C47A",
        description="vCPUs of on-demand instances",
        required=lambda quota: quota.vcpus,
        used=_vcpus,
    ),
    Quota(
        service="ec2",
        code="L-34B43A08",
        description="vCPUs of spot instances",
        required=lambda quota: quota.spot_vcpus,
        used=partial(_vcpus, spot=True),
    ),
    Quota(
        service="vpc", code="L-F678F1CE", description="VPCs", required=lambda quota: quota.vpcs, used=_vpcs
    ),
    Quota(
        service="ec2",
        code="L-0263D0A3",
        description="Elastic IP addresses",
        required=lambda quota: quota.elastic_ips,
        used=_addresses,
    ),
    Quota(
        service="vpc",
        code="L-FE5A380F",
        description="NAT gateways in a zone",
        required=lambda quota: quota.nat_gateways_in_a_zone,
        used=_nat_gateways,
    ),
    Quota(
        service="elasticloadbalancing",
        code="L-53DA6B97",
        description="application load balancers",
        required=lambda quota: quota.load_balancers,
        used=_load_balancers,
    ),
    Quota(
        service="lambda",
        code="L-B99A9384",
        description="concurrent executions of functions",
        required=lambda quota: quota.concurrency,
        # No API returns what other functions have reserved; the limit itself is what new accounts lack.
        used=lambda _clients, _ours: 0,
    ),
)
"""Quotas that accounts exceed first; the codes are those of the Service Quotas console."""


def check_quotas(
    required: RequiredQuota,
    clients: ClientFactory,
    region: str,
    stack_tags: Mapping[str, str],
    *,
    initial: RequiredQuota | None = None,
) -> Iterator[CheckResult]:
    """Compare each quota that the stack requires with what is left of it.

    Args:
        required: Quota that the whole stack requires.
        clients: Clients of the region.
        region: Name of the region, for the URL of the console.
        stack_tags: Tags of the stack, which may exist already.
        initial: Quota that the deployment itself requires, if that is less: a lack of the rest is a remark.
    """
    for quota in QUOTAS:
        if needed := quota.required(required):
            now = quota.required(initial or required)
            yield _check_quota(quota, needed, now, clients, region, stack_tags)


def _check_quota(
    quota: Quota,
    needed: int,
    now: int,
    clients: ClientFactory,
    region: str,
    stack_tags: Mapping[str, str],
) -> CheckResult:
    check = f"quota {quota.service} {quota.code}"
    console = (
        f"https://{region}.console.aws.amazon.com/servicequotas/home/services/{quota.service}"
        f"/quotas/{quota.code}"
    )
    try:
        limit, used = _limit(quota, clients), quota.used(clients, stack_tags)
    except ClientError as error:
        return note(
            check,
            f"how many {quota.description} are allowed can't be checked: {error}",
            f"check it at {console}",
        )
    message = f"{needed} {quota.description} needed, {used} of {limit} used by other resources"
    advice = f"request {needed + used} at {console}"
    if now + used > limit:
        return problem(check, message, advice)
    if needed + used > limit:
        return note(check, f"{message}; {now} are enough until the fleet grows or is rolled out", advice)
    return ok(check, message)


def _limit(quota: Quota, clients: ClientFactory) -> int:
    client = clients("service-quotas")
    quota_id = {"ServiceCode": quota.service, "QuotaCode": quota.code}
    try:
        response = client.get_service_quota(**quota_id)
    except client.exceptions.NoSuchResourceException:
        # The quota was never changed in this account: AWS's default applies.
        response = client.get_aws_default_service_quota(**quota_id)
    return int(response["Quota"]["Value"])
