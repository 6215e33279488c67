"""Answers of EC2 about the zones of a region, written down."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tests.stubbed import Answers

ZONES: Mapping[str, str] = {"eu-west-1a": "euw1-az1", "eu-west-1b": "euw1-az2", "eu-west-1c": "euw1-az3"}
"""Name of a zone -> its id."""


def zone_answers(
    offered: Mapping[str, Sequence[str]],
    *,
    zones: Mapping[str, str] = ZONES,
    subnets: Sequence[str] = (),
    tags: Mapping[str, str] | None = None,
) -> Answers:
    """Return the requests for offerings, zones and subnets of the stack, and their responses."""
    offerings: dict[str, Any] = {
        "InstanceTypeOfferings": [
            {"InstanceType": name, "LocationType": "availability-zone", "Location": zone}
            for name, places in offered.items()
            for zone in places
        ]
    }
    filters = [
        {"Name": "state", "Values": ["available"]},
        {"Name": "opt-in-status", "Values": ["opt-in-not-required"]},
    ]
    named = [{"Name": f"tag:{key}", "Values": [value]} for key, value in (tags or {"stack": "prod"}).items()]
    return [
        (
            "describe_instance_type_offerings",
            {
                "LocationType": "availability-zone",
                "Filters": [{"Name": "instance-type", "Values": list(offered)}],
            },
            offerings,
        ),
        (
            "describe_availability_zones",
            {"Filters": filters},
            {"AvailabilityZones": [{"ZoneName": name, "ZoneId": zone} for name, zone in zones.items()]},
        ),
        (
            "describe_subnets",
            {"Filters": named},
            {"Subnets": [{"AvailabilityZone": zone} for zone in subnets]},
        ),
    ]
