"""Resource types of Lambda functions, aliases and provisioned concurrency."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, cast

from botocore.exceptions import WaiterError

from localcloud.provisioning.parameters import InputMapping
from localcloud.provisioning.resource_type import CreatedResource, FollowUpCalls, Inputs, ResourceType

if TYPE_CHECKING:
    from types_boto3_lambda.type_defs import WaiterConfigTypeDef

    from localcloud.aws.clients import Api


WAITER_CONFIG: Final = cast("WaiterConfigTypeDef", {"Delay": 0.1, "MaxAttempts": 300})
"""Seconds between two polls, and number of polls: a local function is ready within botocore's default
delay, which the stubs take for whole seconds."""


def _code(inputs: Inputs) -> dict[str, Any]:
    """Return the archive's location as the API's Code structure."""
    code = {"s3Bucket": "S3Bucket", "s3Key": "S3Key", "s3ObjectVersion": "S3ObjectVersion"}
    return {"Code": {parameter: inputs[key] for key, parameter in code.items() if key in inputs}}


def _active_version(api: Api, created: CreatedResource) -> dict[str, Any]:
    """Wait until the published version is active, as Terraform does, because dependent resources need it."""
    version = created.response["Version"]
    waiter = api.client("lambda").get_waiter("published_version_active")
    try:
        waiter.wait(FunctionName=created.name, Qualifier=version, WaiterConfig=WAITER_CONFIG)
    except WaiterError as error:
        last = error.last_response
        reason = f"it is {last.get('State')}: {last.get('StateReason', error)}"
        raise WaiterError("published_version_active", reason, last) from error
    return {"arn": created.response["FunctionArn"].removesuffix(f":{version}")}


def _invoke_arn(api: Api, created: CreatedResource) -> dict[str, Any]:
    path = f"2015-03-31/functions/{created.id}/invocations"
    return {"arn": created.id, "invokeArn": f"arn:aws:apigateway:{api.region}:lambda:path/{path}"}


FUNCTIONS: Final = {
    "aws:lambda/function:Function": ResourceType(
        service="lambda",
        operation="CreateFunction",
        id="@name",
        name_input="name",
        mapping=InputMapping(rename={"name": "FunctionName"}),
        other_inputs=dict.fromkeys(("s3Bucket", "s3Key", "s3ObjectVersion"), "is the code"),
        extra_parameters=_code,
        follow_ups=(
            FollowUpCalls(
                "PutFunctionConcurrency",
                ("reservedConcurrentExecutions",),
                lambda created: [
                    {
                        "FunctionName": created.name,
                        "ReservedConcurrentExecutions": int(created.inputs["reservedConcurrentExecutions"]),
                    }
                ],
            ),
        ),
        outputs={"version": "Version"},
        more_outputs=_active_version,
    ),
    "aws:lambda/alias:Alias": ResourceType(
        service="lambda", operation="CreateAlias", id="AliasArn", name_input="name", more_outputs=_invoke_arn
    ),
    "aws:lambda/permission:Permission": ResourceType(
        service="lambda",
        operation="AddPermission",
        id="@name",
        name_input="statementId",
        mapping=InputMapping(rename={"function": "FunctionName"}),
    ),
    "aws:lambda/provisionedConcurrencyConfig:ProvisionedConcurrencyConfig": ResourceType(
        service="lambda", operation="PutProvisionedConcurrencyConfig", id="@name"
    ),
    "aws:appautoscaling/target:Target": ResourceType(
        service="application-autoscaling", operation="RegisterScalableTarget", id="@name"
    ),
    "aws:appautoscaling/policy:Policy": ResourceType(
        service="application-autoscaling",
        operation="PutScalingPolicy",
        id="@name",
        name_input="name",
        mapping=InputMapping(rename={"name": "PolicyName"}),
        outputs={"arn": "PolicyARN"},
    ),
}
