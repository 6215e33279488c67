"""Resource types of API Gateway: REST APIs, deployments, stages and domain names."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from localcloud.aws.arns import arn
from localcloud.provisioning.parameters import InputMapping, UnknownInputError
from localcloud.provisioning.resource_type import CreatedResource, FollowUpCalls, Inputs, ResourceType

if TYPE_CHECKING:
    from localcloud.aws.clients import Api

SETTINGS: Final = {
    "throttlingRateLimit": "throttling/rateLimit",
    "throttlingBurstLimit": "throttling/burstLimit",
    "loggingLevel": "logging/loglevel",
    "dataTraceEnabled": "logging/dataTrace",
    "metricsEnabled": "metrics/enabled",
}
"""Method setting -> path in a stage (API Gateway API reference, UpdateStage)."""


def _replace(path: str, value: object) -> dict[str, str]:
    """Return a patch operation of API Gateway; all values are strings."""
    match value:
        case bool():
            text = str(value).lower()
        case float():
            text = f"{value:g}"
        case _:
            text = str(value)
    return {"op": "replace", "path": path, "value": text}


def _access_log(created: CreatedResource) -> list[dict[str, Any]]:
    settings = created.inputs["accessLogSettings"]
    return [
        {
            "restApiId": created.inputs["restApi"],
            "stageName": created.inputs["stageName"],
            "patchOperations": [
                _replace("/accessLogSettings/destinationArn", settings["destinationArn"]),
                _replace("/accessLogSettings/format", settings["format"]),
            ],
        }
    ]


def _method_settings(inputs: Inputs) -> dict[str, Any]:
    given: Inputs = inputs["settings"]
    unknown = given.keys() - set(SETTINGS)
    if unknown:
        raise UnknownInputError(f"a method's {', '.join(sorted(unknown))} would be ignored")
    return {
        "patchOperations": [
            _replace(f"/{inputs['methodPath']}/{SETTINGS[key]}", value) for key, value in given.items()
        ]
    }


def _stage(api: Api, created: CreatedResource) -> dict[str, Any]:
    rest_api, stage = created.inputs["restApi"], created.inputs["stageName"]
    return {
        "arn": f"arn:aws:apigateway:{api.region}::/restapis/{rest_api}/stages/{stage}",
        "executionArn": arn(api, "execute-api", f"{rest_api}/{stage}"),
        "invokeUrl": f"https://{rest_api}.execute-api.{api.region}.amazonaws.com/{stage}",
    }


ONE_TYPE: Final = InputMapping(
    # Terraform has one type, the API a list.
    convert={"endpointConfiguration.types": lambda kind: [kind]},
)

OF_AN_API: Final = {"restApi": "restApiId"}

APIS: Final = {
    "aws:apigateway/restApi:RestApi": ResourceType(
        service="apigateway",
        operation="CreateRestApi",
        id="id",
        name_input="name",
        mapping=ONE_TYPE,
        outputs={"rootResourceId": "rootResourceId"},
        more_outputs=lambda api, created: {"executionArn": arn(api, "execute-api", created.id)},
    ),
    "aws:apigateway/resource:Resource": ResourceType(
        service="apigateway", operation="CreateResource", id="id", mapping=InputMapping(rename=OF_AN_API)
    ),
    "aws:apigateway/method:Method": ResourceType(
        service="apigateway",
        operation="PutMethod",
        id="@name",
        mapping=InputMapping(rename={**OF_AN_API, "authorization": "authorizationType"}),
    ),
    "aws:apigateway/integration:Integration": ResourceType(
        service="apigateway",
        operation="PutIntegration",
        id="@name",
        mapping=InputMapping(rename={**OF_AN_API, "timeoutMilliseconds": "timeoutInMillis"}),
    ),
    "aws:apigateway/deployment:Deployment": ResourceType(
        service="apigateway",
        operation="CreateDeployment",
        id="id",
        mapping=InputMapping(rename=OF_AN_API),
        other_inputs={"triggers": "triggers a later deployment"},
    ),
    "aws:apigateway/stage:Stage": ResourceType(
        service="apigateway",
        operation="CreateStage",
        id="@name",
        mapping=InputMapping(
            rename={**OF_AN_API, "deployment": "deploymentId", "xrayTracingEnabled": "tracingEnabled"}
        ),
        follow_ups=(FollowUpCalls("UpdateStage", ("accessLogSettings",), _access_log),),
        more_outputs=_stage,
    ),
    "aws:apigateway/methodSettings:MethodSettings": ResourceType(
        service="apigateway",
        operation="UpdateStage",
        id="@name",
        mapping=InputMapping(rename=OF_AN_API),
        other_inputs={"methodPath": "is part of each change", "settings": "are the changes"},
        extra_parameters=_method_settings,
    ),
    "aws:apigateway/account:Account": ResourceType(
        service="apigateway",
        operation="UpdateAccount",
        id="@name",
        other_inputs={"cloudwatchRoleArn": "is the change"},
        extra_parameters=lambda inputs: {
            "patchOperations": [_replace("/cloudwatchRoleArn", inputs["cloudwatchRoleArn"])]
        },
    ),
    "aws:apigateway/domainName:DomainName": ResourceType(
        service="apigateway",
        operation="CreateDomainName",
        id="domainName",
        mapping=ONE_TYPE,
        outputs={"regionalDomainName": "regionalDomainName", "regionalZoneId": "regionalHostedZoneId"},
    ),
    "aws:apigateway/basePathMapping:BasePathMapping": ResourceType(
        service="apigateway",
        operation="CreateBasePathMapping",
        id="@name",
        mapping=InputMapping(rename={**OF_AN_API, "stageName": "stage"}),
    ),
}
