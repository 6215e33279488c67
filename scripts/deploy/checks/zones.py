"""Check of the availability zones that a deployment chooses for the fleet."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from infra.network.zones import EXCLUDED_ZONE_IDS, ZONE_FILTERS, usable_zones
from scripts.deploy.checks.check_result import CheckResult, note, ok, problem

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from types_boto3_ec2 import EC2Client

    from infra.fleet.config import FleetConfig

CHECK: Final = "instance type"


def check_zones(
    client: EC2Client, region: str, fleet: FleetConfig, stack_tags: Mapping[str, str]
) -> CheckResult:
    """Check that the zones that the program chooses offer all instance types of the fleet.

    Present subnets keep their zones; each other subnet gets the first unused zone that offers all types.

    Args:
        client: Client of EC2 in the region.
        region: Name of the region.
        fleet: Configuration of the fleet.
        stack_tags: Tags of the stack, which may exist already.
    """
    types = [machine.name for machine in fleet.instances.types]
    offered = _offered(client, types)
    usable = usable_zones(_zones(client), list(offered.values()))
    present = _present_zones(client, stack_tags)
    needed = fleet.network.availability_zones
    chosen = [*present, *(zone for zone in usable if zone not in present)][:needed]
    all_types = " and ".join(types)
    if len(chosen) < needed:
        scarce = ", ".join(f"{name} in {len(here)}" for name, here in offered.items() if len(here) < needed)
        return problem(
            CHECK,
            f"{region} has {all_types} in {', '.join(usable) or 'no zone'}, and the fleet spans {needed} "
            "zones" + (f" ({scarce})" if scarce and len(types) > 1 else ""),
            "choose others with `pulumi config set instanceType ...` or `... alternativeInstanceTypes ...`",
        )
    if without := [zone for zone in chosen if zone not in usable]:
        return note(
            CHECK,
            f"the stack has subnets in {' and '.join(without)}, which lacks {all_types}: instances only "
            "launch in its other zones",
            "choose types that all zones of the stack offer",
        )
    return ok(CHECK, f"{all_types} in {' and '.join(chosen)}")


def _offered(client: EC2Client, types: Sequence[str]) -> dict[str, list[str]]:
    """Return the zones of the region that offer each type, those that a stack can't use included."""
    pages = client.get_paginator("describe_instance_type_offerings").paginate(
        LocationType="availability-zone", Filters=[{"Name": "instance-type", "Values": list(types)}]
    )
    zones: dict[str, list[str]] = {name: [] for name in types}
    for page in pages:
        for offering in page["InstanceTypeOfferings"]:
            zones[offering["InstanceType"]].append(offering["Location"])
    return zones


def _zones(client: EC2Client) -> list[str]:
    """Return the zones of the region that the program considers, by name."""
    found = client.describe_availability_zones(
        Filters=[
            {"Name": "state", "Values": ["available"]},
            *({"Name": name, "Values": [value]} for name, value in ZONE_FILTERS.items()),
        ]
    )["AvailabilityZones"]
    return sorted(zone["ZoneName"] for zone in found if zone["ZoneId"] not in EXCLUDED_ZONE_IDS)


def _present_zones(client: EC2Client, stack_tags: Mapping[str, str]) -> list[str]:
    """Return the zones of the stack's subnets, if it is deployed."""
    pages = client.get_paginator("describe_subnets").paginate(
        Filters=[{"Name": f"tag:{key}", "Values": [value]} for key, value in stack_tags.items()]
    )
    return sorted({subnet["AvailabilityZone"] for page in pages for subnet in page["Subnets"]})
