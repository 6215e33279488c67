"""How functions are made, published, called by name, and kept warm."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from botocore.exceptions import WaiterError

from localcloud.provisioning.parameters import Names
from localcloud.provisioning.resource_type import Inputs, Made, Row, Then

if TYPE_CHECKING:
    from localcloud.aws.clients import Api


LOOK_OFTEN: Final = {"Delay": 0.1, "MaxAttempts": 300}
"""Seconds between two looks, and looks: a function is ready sooner here than in botocore's first second."""


def _code(inputs: Inputs) -> dict[str, Any]:
    """Write where the archive lies, which the API wants in a structure of its own."""
    code = {"s3Bucket": "S3Bucket", "s3Key": "S3Key", "s3ObjectVersion": "S3ObjectVersion"}
    return {"Code": {parameter: inputs[key] for key, parameter in code.items() if key in inputs}}


def _once_it_can_run(api: Api, made: Made) -> dict[str, Any]:
    """Wait, as Terraform does: what is built on a function that is not active yet may fail."""
    version = made.answer["Version"]
    waiter = api.client("lambda").get_waiter("published_version_active")
    try:
        waiter.wait(FunctionName=made.name, Qualifier=version, WaiterConfig=LOOK_OFTEN)
    except WaiterError as error:
        last = error.last_response
        reason = f"it is {last.get('State')}: {last.get('StateReason', error)}"
        raise WaiterError("published_version_active", reason, last) from error
    return {"arn": made.answer["FunctionArn"].removesuffix(f":{version}")}


def _invoke_arn(api: Api, made: Made) -> dict[str, Any]:
    path = f"2015-03-31/functions/{made.id}/invocations"
    return {"arn": made.id, "invokeArn": f"arn:aws:apigateway:{api.region}:lambda:path/{path}"}


FUNCTIONS: Final = {
    "aws:lambda/function:Function": Row(
        service="lambda",
        create="CreateFunction",
        id="@name",
        named="name",
        names=Names(rename={"name": "FunctionName"}),
        elsewhere=dict.fromkeys(("s3Bucket", "s3Key", "s3ObjectVersion"), "is the code"),
        also=_code,
        then=(
            Then(
                "PutFunctionConcurrency",
                ("reservedConcurrentExecutions",),
                lambda made: [
                    {
                        "FunctionName": made.name,
                        "ReservedConcurrentExecutions": int(made.inputs["reservedConcurrentExecutions"]),
                    }
                ],
            ),
        ),
        outputs={"version": "Version"},
        look=_once_it_can_run,
    ),
    "aws:lambda/alias:Alias": Row(
        service="lambda", create="CreateAlias", id="AliasArn", named="name", look=_invoke_arn
    ),
    "aws:lambda/permission:Permission": Row(
        service="lambda",
        create="AddPermission",
        id="@name",
        named="statementId",
        names=Names(rename={"function": "FunctionName"}),
    ),
    "aws:lambda/provisionedConcurrencyConfig:ProvisionedConcurrencyConfig": Row(
        service="lambda", create="PutProvisionedConcurrencyConfig", id="@name"
    ),
    "aws:appautoscaling/target:Target": Row(
        service="application-autoscaling", create="RegisterScalableTarget", id="@name"
    ),
    "aws:appautoscaling/policy:Policy": Row(
        service="application-autoscaling",
        create="PutScalingPolicy",
        id="@name",
        named="name",
        names=Names(rename={"name": "PolicyName"}),
        outputs={"arn": "PolicyARN"},
    ),
}
