"""Data sources of a Pulumi program, answered by AWS API calls."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from types_boto3_ec2.type_defs import FilterTypeDef

    from localcloud.aws.clients import Api
    from localcloud.provisioning.resource_type import Inputs


class NotFoundError(LookupError):
    """Missing object of a data source."""


def _filters(arguments: Inputs) -> list[FilterTypeDef]:
    return [{"Name": item["name"], "Values": item["values"]} for item in arguments.get("filters", [])]


def _zones(api: Api, arguments: Inputs) -> dict[str, Any]:
    found = api.client("ec2").describe_availability_zones(Filters=_filters(arguments))["AvailabilityZones"]
    excluded = arguments.get("excludeZoneIds", [])
    zones = [zone for zone in found if zone["ZoneId"] not in excluded]
    return {
        "names": [zone["ZoneName"] for zone in zones],
        "zoneIds": [zone["ZoneId"] for zone in zones],
    }


def _parameter(api: Api, arguments: Inputs) -> dict[str, Any]:
    found = api.client("ssm").get_parameter(Name=arguments["name"])["Parameter"]
    return {"value": found["Value"], "insecureValue": found["Value"], "type": found["Type"]}


def _identity(api: Api, _arguments: Inputs) -> dict[str, Any]:
    found = api.client("sts").get_caller_identity()
    return {"accountId": found["Account"], "arn": found["Arn"], "userId": found["UserId"]}


def _hosted_zone(api: Api, arguments: Inputs) -> dict[str, Any]:
    """Return the zone with a name, with or without the final dot."""
    name = f"{arguments['name'].removesuffix('.')}."
    found = api.client("route53").list_hosted_zones_by_name(DNSName=name)["HostedZones"]
    for zone in found:
        if zone["Name"] == name and zone["Config"]["PrivateZone"] == arguments.get("privateZone", False):
            return {"zoneId": zone["Id"].removeprefix("/hostedzone/"), "name": name.removesuffix(".")}
    raise NotFoundError(f"there is no hosted zone {name}")


def _object(api: Api, arguments: Inputs) -> dict[str, Any]:
    """Return the metadata of an object; its content is not needed."""
    version = {"Bucket": arguments["bucket"], "Key": arguments["key"], "VersionId": arguments["versionId"]}
    try:
        found = api.client("s3").head_object(**version)
    except ClientError as error:
        raise NotFoundError(
            f"there is no version {arguments['versionId']} of s3://{arguments['bucket']}/{arguments['key']}"
        ) from error
    return {"versionId": found["VersionId"], "metadata": found["Metadata"]}


def _offerings(api: Api, arguments: Inputs) -> dict[str, Any]:
    described = api.client("ec2").describe_instance_type_offerings(
        LocationType=arguments["locationType"], Filters=_filters(arguments)
    )
    return {"locations": [offering["Location"] for offering in described["InstanceTypeOfferings"]]}


def _groups(api: Api, arguments: Inputs) -> dict[str, Any]:
    """Return the names of the Auto Scaling groups with all tags of the filters."""
    tags = {item["name"].removeprefix("tag:"): item["values"] for item in arguments.get("filters", [])}
    described = api.client("autoscaling").describe_auto_scaling_groups()["AutoScalingGroups"]
    names = [
        group["AutoScalingGroupName"]
        for group in described
        if all(
            any(tag["Key"] == key and tag["Value"] in values for tag in group["Tags"])
            for key, values in tags.items()
        )
    ]
    return {"names": names}


def _group(api: Api, arguments: Inputs) -> dict[str, Any]:
    """Return the limits, the subnets and the launch template of an Auto Scaling group."""
    name = arguments["name"]
    described = api.client("autoscaling").describe_auto_scaling_groups(AutoScalingGroupNames=[name])
    if not described["AutoScalingGroups"]:
        raise NotFoundError(f"there is no Auto Scaling group {name}")
    group = described["AutoScalingGroups"][0]
    policy = group.get("MixedInstancesPolicy")
    template = policy["LaunchTemplate"]["LaunchTemplateSpecification"] if policy else group["LaunchTemplate"]
    return {
        "minSize": group["MinSize"],
        "maxSize": group["MaxSize"],
        "vpcZoneIdentifier": group["VPCZoneIdentifier"],
        "launchTemplates": [{"id": template["LaunchTemplateId"], "name": "", "version": template["Version"]}],
        "mixedInstancesPolicies": [],
    }


DATA_SOURCES: Final[Mapping[str, Callable[[Api, Inputs], dict[str, Any]]]] = {
    "aws:autoscaling/getAmiIds:getAmiIds": _groups,
    "aws:autoscaling/getGroup:getGroup": _group,
    "aws:ec2/getInstanceTypeOfferings:getInstanceTypeOfferings": _offerings,
    "aws:index/getAvailabilityZones:getAvailabilityZones": _zones,
    "aws:index/getCallerIdentity:getCallerIdentity": _identity,
    "aws:index/getRegion:getRegion": lambda api, _arguments: {"region": api.region, "id": api.region},
    "aws:route53/getZone:getZone": _hosted_zone,
    "aws:s3/getObject:getObject": _object,
    "aws:ssm/getParameter:getParameter": _parameter,
}
"""Supported data sources, by token."""
