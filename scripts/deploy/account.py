"""Whether AWS lets us in, and has in the region what a stack is made of."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    NoCredentialsError,
    PartialCredentialsError,
    ProfileNotFound,
)

from scripts.deploy.check_result import Finding, note, ok, problem
from scripts.deploy.required_quota import shapes_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from infra.fleet.config import FleetConfig
    from infra.network.domain_config import Domain
    from infra.stack_config import StackConfig
    from scripts.rollout.stack import Clients

SIGN_IN: Final = (
    "`aws configure sso` and `aws sso login`, or AWS_PROFILE, or AWS_ACCESS_KEY_ID and its companions"
)

ON: Final = {"opt-in-not-required", "opted-in"}


def examine_credentials(clients: Clients) -> Finding:
    """Ask AWS who we are."""
    check = "credentials"
    try:
        found = clients("sts").get_caller_identity()
    except (NoCredentialsError, PartialCredentialsError):
        return problem(check, "AWS finds no credentials here", SIGN_IN)
    except ProfileNotFound as error:
        return problem(check, str(error), "name another one in AWS_PROFILE")
    except ClientError as error:
        return problem(check, f"AWS does not let us in: {_message(error)}", SIGN_IN)
    except BotoCoreError as error:
        return problem(check, f"AWS can't be reached: {error}", "look at the network, a proxy, or the region")
    arn: str = found["Arn"]
    if arn.endswith(":root"):
        return note(
            check,
            f"account {found['Account']}, as its root user, who may do anything",
            "deploy as a role or user of its own (Well-Architected SEC01-BP02)",
        )
    return ok(check, f"account {found['Account']}, as {arn.rpartition(':')[2]}")


def examine_region(
    clients: Clients, region: str, config: StackConfig, ours: Mapping[str, str]
) -> Iterator[Finding]:
    """Ask whether the region is on, and has what the stack is made of; nothing more if it is off.

    Args:
        clients: Of the region.
        region: Its name.
        config: Of the stack.
        ours: Tags of the stack, which may be there already.
    """
    try:
        described = clients("ec2").describe_regions(RegionNames=[region], AllRegions=True)["Regions"]
    except ClientError as error:
        yield problem("region", f"{region}: {_message(error)}", "`pulumi config set aws:region ...`")
        return
    if not any(one.get("OptInStatus", "opt-in-not-required") in ON for one in described):
        yield problem(
            "region", f"{region} is unknown or switched off in this account", "take another, or switch it on"
        )
        return
    yield ok("region", region)
    fleet, function = shapes_of(config.compute)
    if fleet:
        yield _machines(clients("ec2"), region, fleet)
    if function and function.domain:
        yield _hosted_zone(clients, function.domain)
    if config.guard_duty:
        yield _detector(clients, ours)


def _message(error: ClientError) -> str:
    return error.response.get("Error", {}).get("Message") or str(error)


def _machines(client: Any, region: str, fleet: FleetConfig) -> Finding:  # noqa: ANN401 - boto3 makes a client's methods at run time
    """See that the zones have the fleet's types; of a mix, each zone needs one of them."""
    names = [machine.name for machine in fleet.machines.types]
    pages = client.get_paginator("describe_instance_type_offerings").paginate(
        LocationType="availability-zone", Filters=[{"Name": "instance-type", "Values": names}]
    )
    zones: dict[str, set[str]] = {name: set() for name in names}
    for page in pages:
        for offering in page["InstanceTypeOfferings"]:
            zones[offering["InstanceType"]].add(offering["Location"])
    check, needed = "instance type", fleet.network.zones
    either = " or ".join(names)
    reached = sorted(set[str]().union(*zones.values()))
    if len(reached) < needed:
        return problem(
            check,
            f"{region} has {either} in {', '.join(reached) or 'no zone'}, and the fleet spans {needed}",
            "`pulumi config set instanceType ...`, or take another region",
        )
    scarce = [f"{name} in {len(here)}" for name, here in zones.items() if len(here) < needed]
    if scarce:
        return note(
            check,
            f"of the fleet's {needed} zones, {region} has {', '.join(scarce)}; the other types stand in",
            "`pulumi config set alternativeInstanceTypes ...` to have more to choose from",
        )
    return ok(check, f"{either} in {min(map(len, zones.values()))} zones of {region}")


def _hosted_zone(clients: Clients, domain: Domain) -> Finding:
    name = f"{domain.hosted_zone}."
    found = clients("route53").list_hosted_zones_by_name(DNSName=name)["HostedZones"]
    if any(zone["Name"] == name and not zone["Config"]["PrivateZone"] for zone in found):
        return ok("hosted zone", f"{domain.hosted_zone} holds {domain.name}")
    return problem(
        "hosted zone",
        f"this account has no public zone {domain.hosted_zone}, which is to hold {domain.name}",
        "make it in Route 53, or `pulumi config set hostedZoneName ...`",
    )


def _detector(clients: Clients, ours: Mapping[str, str]) -> Finding:
    client = clients("guardduty")
    try:
        # There is one at most.
        found = client.list_detectors()["DetectorIds"]
        tags = {one: client.get_detector(DetectorId=one).get("Tags", {}) for one in found}
    except ClientError as error:
        return note("GuardDuty", f"can't be asked: {_message(error)}", "look at its console")
    others = [one for one in found if not ours.items() <= tags[one].items()]
    if others:
        return problem(
            "GuardDuty",
            f"the account has a detector in this region already, {others[0]}, and can't have two",
            "`pulumi config set guardDuty false`: what it finds is told by whoever switched it on",
        )
    return ok("GuardDuty", "no other stack has switched it on in this region")
