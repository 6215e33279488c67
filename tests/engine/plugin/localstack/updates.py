"""Updates of resources on LocalStack, and their present values, which roll-outs change as well."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final, cast

from localcloud.provisioning.parameters import to_parameters
from localcloud.provisioning.registry import RESOURCE_TYPES

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from localcloud.aws.clients import Api
    from tests.engine.plugin.account import StoredResource
    from tests.engine.plugin.wire import Properties

BALANCER: Final = "aws:lb/loadBalancer:LoadBalancer"
BUCKET: Final = "aws:s3/bucket:Bucket"
FUNCTION: Final = "aws:lambda/function:Function"
GROUP: Final = "aws:autoscaling/group:Group"
TEMPLATE: Final = "aws:ec2/launchTemplate:LaunchTemplate"


def _template(api: Api, identifier: str, _old: Properties, new: Properties) -> Properties:
    """Create a version of the launch template."""
    described = RESOURCE_TYPES[TEMPLATE]
    ec2 = api.client("ec2")
    operation = ec2.meta.service_model.operation_model("CreateLaunchTemplateVersion")
    data = {key: value for key, value in new.items() if key not in _NOT_IN_VERSION}
    made = ec2.create_launch_template_version(
        LaunchTemplateId=identifier,
        LaunchTemplateData=to_parameters(
            cast("Any", operation.input_shape).members["LaunchTemplateData"], data, described.mapping
        ),
    )
    return {"latestVersion": made["LaunchTemplateVersion"]["VersionNumber"]}


_NOT_IN_VERSION: Final = ("defaultVersion", "name", "tags", "updateDefaultVersion", "versionDescription")


def _function(api: Api, identifier: str, old: Properties, new: Properties) -> Properties:
    """Upload the function's code, and publish a version."""
    changed = {key for key in {*old, *new} if old.get(key) != new.get(key)}
    if unknown := changed - {"s3ObjectVersion"}:
        raise NotImplementedError(f"no update of a function's {', '.join(sorted(unknown))} on LocalStack")
    functions = api.client("lambda")
    functions.update_function_code(
        FunctionName=identifier,
        S3Bucket=new["s3Bucket"],
        S3Key=new["s3Key"],
        S3ObjectVersion=new["s3ObjectVersion"],
    )
    functions.get_waiter("function_updated_v2").wait(FunctionName=identifier)
    version = functions.publish_version(FunctionName=identifier)["Version"]
    functions.get_waiter("published_version_active").wait(FunctionName=identifier, Qualifier=version)
    return {"version": version}


def _group(api: Api, identifier: str, _old: Properties, new: Properties) -> Properties:
    """Send limits and launch template of the group."""
    single: Any = new["launchTemplate"]
    api.client("autoscaling").update_auto_scaling_group(
        AutoScalingGroupName=identifier,
        MinSize=new["minSize"],
        MaxSize=new["maxSize"],
        LaunchTemplate={"LaunchTemplateId": single["id"], "Version": single["version"]},
    )
    return {}


def _balancer(api: Api, identifier: str, _old: Properties, new: Properties) -> Properties:
    """Send the attributes of the load balancer."""
    protected = str(new["enableDeletionProtection"]).lower()
    api.client("elbv2").modify_load_balancer_attributes(
        LoadBalancerArn=identifier, Attributes=[{"Key": "deletion_protection.enabled", "Value": protected}]
    )
    return {}


UPDATES: Final[Mapping[str, Callable[[Api, str, Properties, Properties], Properties]]] = {
    BALANCER: _balancer,
    # `forceDestroy` is the provider's own.
    BUCKET: lambda _api, _identifier, _old, _new: {},
    FUNCTION: _function,
    GROUP: _group,
    TEMPLATE: _template,
}
"""Type -> update, which returns the outputs that it changed."""


def present_values(api: Api, identifier: str, stored: StoredResource) -> StoredResource:
    """Return a resource with what a roll-out may have changed since."""
    inputs, outputs = dict(stored.inputs), dict(stored.outputs)
    match stored.type:
        case "aws:autoscaling/group:Group":
            described = api.client("autoscaling").describe_auto_scaling_groups(
                AutoScalingGroupNames=[identifier]
            )["AutoScalingGroups"][0]
            version = described.get("LaunchTemplate", {}).get("Version")
            inputs["launchTemplate"] = {**inputs["launchTemplate"], "version": version}
            inputs |= {"minSize": described["MinSize"], "maxSize": described["MaxSize"]}
        case "aws:ec2/launchTemplate:LaunchTemplate":
            newest = api.client("ec2").describe_launch_template_versions(
                LaunchTemplateId=identifier, Versions=["$Latest"]
            )["LaunchTemplateVersions"][0]
            outputs["latestVersion"] = newest.get("VersionNumber")
            inputs["userData"] = newest.get("LaunchTemplateData", {}).get("UserData")
        case "aws:lambda/alias:Alias":
            alias = api.client("lambda").get_alias(FunctionName=inputs["functionName"], Name=inputs["name"])
            inputs["functionVersion"] = alias["FunctionVersion"]
        case "aws:lambda/function:Function":
            pages = api.client("lambda").get_paginator("list_versions_by_function")
            versions = [
                one["Version"] for page in pages.paginate(FunctionName=identifier) for one in page["Versions"]
            ]
            outputs["version"] = max((one for one in versions if one.isdecimal()), key=int)
        case "aws:s3/bucketObjectv2:BucketObjectv2":
            head = api.client("s3").head_object(Bucket=inputs["bucket"], Key=inputs["key"])
            outputs["versionId"] = head["VersionId"]
            inputs["metadata"] = head["Metadata"]
        case _:
            return stored
    return replace(stored, inputs=inputs, outputs=outputs)
