"""How REST APIs are made, deployed and given a name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from localcloud.aws.arns import arn
from localcloud.provisioning.parameters import Names, UnknownInputError
from localcloud.provisioning.resource_type import Inputs, Made, Row, Then

if TYPE_CHECKING:
    from localcloud.aws.clients import Api

SETTINGS: Final = {
    "throttlingRateLimit": "throttling/rateLimit",
    "throttlingBurstLimit": "throttling/burstLimit",
    "loggingLevel": "logging/loglevel",
    "dataTraceEnabled": "logging/dataTrace",
    "metricsEnabled": "metrics/enabled",
}
"""A method's setting -> where it lies in a stage (API Gateway API reference, UpdateStage)."""


def _replace(path: str, value: object) -> dict[str, str]:
    """Write one change to something of API Gateway's; all values are texts."""
    match value:
        case bool():
            text = str(value).lower()
        case float():
            text = f"{value:g}"
        case _:
            text = str(value)
    return {"op": "replace", "path": path, "value": text}


def _access_log(made: Made) -> list[dict[str, Any]]:
    settings = made.inputs["accessLogSettings"]
    return [
        {
            "restApiId": made.inputs["restApi"],
            "stageName": made.inputs["stageName"],
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
        raise UnknownInputError(f"a method's {', '.join(sorted(unknown))} would be lost")
    return {
        "patchOperations": [
            _replace(f"/{inputs['methodPath']}/{SETTINGS[key]}", value) for key, value in given.items()
        ]
    }


def _stage(api: Api, made: Made) -> dict[str, Any]:
    rest_api, stage = made.inputs["restApi"], made.inputs["stageName"]
    return {
        "arn": f"arn:aws:apigateway:{api.region}::/restapis/{rest_api}/stages/{stage}",
        "executionArn": arn(api, "execute-api", f"{rest_api}/{stage}"),
        "invokeUrl": f"https://{rest_api}.execute-api.{api.region}.amazonaws.com/{stage}",
    }


ONE_TYPE: Final = Names(
    # Terraform has room for one, the API for several.
    convert={"endpointConfiguration.types": lambda kind: [kind]},
)

OF_AN_API: Final = {"restApi": "restApiId"}

APIS: Final = {
    "aws:apigateway/restApi:RestApi": Row(
        service="apigateway",
        create="CreateRestApi",
        id="id",
        named="name",
        names=ONE_TYPE,
        outputs={"rootResourceId": "rootResourceId"},
        look=lambda api, made: {"executionArn": arn(api, "execute-api", made.id)},
    ),
    "aws:apigateway/resource:Resource": Row(
        service="apigateway", create="CreateResource", id="id", names=Names(rename=OF_AN_API)
    ),
    "aws:apigateway/method:Method": Row(
        service="apigateway",
        create="PutMethod",
        id="@name",
        names=Names(rename={**OF_AN_API, "authorization": "authorizationType"}),
    ),
    "aws:apigateway/integration:Integration": Row(
        service="apigateway",
        create="PutIntegration",
        id="@name",
        names=Names(rename={**OF_AN_API, "timeoutMilliseconds": "timeoutInMillis"}),
    ),
    "aws:apigateway/deployment:Deployment": Row(
        service="apigateway",
        create="CreateDeployment",
        id="id",
        names=Names(rename=OF_AN_API),
        elsewhere={"triggers": "says when a later one is made"},
    ),
    "aws:apigateway/stage:Stage": Row(
        service="apigateway",
        create="CreateStage",
        id="@name",
        names=Names(
            rename={**OF_AN_API, "deployment": "deploymentId", "xrayTracingEnabled": "tracingEnabled"}
        ),
        then=(Then("UpdateStage", ("accessLogSettings",), _access_log),),
        look=_stage,
    ),
    "aws:apigateway/methodSettings:MethodSettings": Row(
        service="apigateway",
        create="UpdateStage",
        id="@name",
        names=Names(rename=OF_AN_API),
        elsewhere={"methodPath": "is part of each change", "settings": "are the changes"},
        also=_method_settings,
    ),
    "aws:apigateway/account:Account": Row(
        service="apigateway",
        create="UpdateAccount",
        id="@name",
        elsewhere={"cloudwatchRoleArn": "is the change"},
        also=lambda inputs: {
            "patchOperations": [_replace("/cloudwatchRoleArn", inputs["cloudwatchRoleArn"])]
        },
    ),
    "aws:apigateway/domainName:DomainName": Row(
        service="apigateway",
        create="CreateDomainName",
        id="domainName",
        names=ONE_TYPE,
        outputs={"regionalDomainName": "regionalDomainName", "regionalZoneId": "regionalHostedZoneId"},
    ),
    "aws:apigateway/basePathMapping:BasePathMapping": Row(
        service="apigateway",
        create="CreateBasePathMapping",
        id="@name",
        names=Names(rename={**OF_AN_API, "stageName": "stage"}),
    ),
}
