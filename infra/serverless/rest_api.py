"""How a function is reached over HTTP: a REST API that hands every request to it, and its one stage.

API Gateway passes bodies up to 10 MB and Lambda events up to 6 MB, in which a body is written in base64 and
so a third longer (API Gateway and Lambda developer guides, "Quotas"). Both are beyond the service's own limit
of 1 MiB, so that it is the service that refuses what is too large, with the answer that it gives everywhere.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import pulumi
import pulumi_aws as aws

from infra.serverless.config import API_TIMEOUT

if TYPE_CHECKING:
    from collections.abc import Mapping

    from infra.serverless.config import LambdaConfig

STAGE: Final = "live"

EVERYTHING: Final = "*/*"
"""As a binary media type: bodies reach the function byte for byte, and leave it so, whatever they are."""

COMPRESS_FROM: Final = 1_024
"""Bytes. An answer to one flower fits into a packet as it is; the documentation shrinks to a fraction."""

ACCESS_LOG: Final = json.dumps(
    {
        "time": "$context.requestTime",
        "requestId": "$context.requestId",
        "address": "$context.identity.sourceIp",
        "method": "$context.httpMethod",
        "path": "$context.path",
        "status": "$context.status",
        "bytes": "$context.responseLength",
        "milliseconds": "$context.responseLatency",
        "functionMilliseconds": "$context.integrationLatency",
        "functionStatus": "$context.integrationStatus",
        "error": "$context.error.message",
        "firewall": "$context.wafResponseCode",
        "trace": "$context.xrayTraceId",
    }
)
"""A line of the access log. No query strings and no bodies, which are the users' own; no headers, in which
they could write what breaks out of the line."""


@dataclass(frozen=True, kw_only=True)
class RestApiArgs:
    """What to hand requests to, and how many."""

    config: LambdaConfig
    function_name: pulumi.Input[str]
    alias_name: pulumi.Input[str]
    invoke_arn: pulumi.Input[str]
    """Of the alias, as API Gateway calls it."""
    log_retention_days: int
    tags: Mapping[str, str]
    """On everything that takes tags."""


class RestApi(pulumi.ComponentResource):
    """Every path and method of one address, answered by one function."""

    api_id: pulumi.Output[str]
    api_name: pulumi.Output[str]
    stage_name: pulumi.Output[str]
    stage_arn: pulumi.Output[str]
    url: pulumi.Output[str]
    """Where AWS lets it answer, without a slash at the end; of no use where it has a domain."""

    def __init__(self, name: str, args: RestApiArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("scalable-models:aws:RestApi", name, None, opts)
        self._prefix = name
        self._args = args
        self._child = pulumi.ResourceOptions(parent=self)
        api = aws.apigateway.RestApi(
            f"{name}-api",
            description="Hands every request to the function.",
            endpoint_configuration=aws.apigateway.RestApiEndpointConfigurationArgs(types="REGIONAL"),
            binary_media_types=[EVERYTHING],
            minimum_compression_size=str(COMPRESS_FROM),
            # Whoever went past the domain would go past what is set there.
            disable_execute_api_endpoint=args.config.domain is not None,
            tags=args.tags,
            opts=self._child,
        )
        rest = aws.apigateway.Resource(
            f"{name}-rest",
            rest_api=api.id,
            parent_id=api.root_resource_id,
            path_part="{proxy+}",
            opts=self._child,
        )
        routes = [
            self._route(f"{name}-root", api, api.root_resource_id),
            self._route(f"{name}-rest", api, rest.id),
        ]
        stage = self._stage(api, self._deployment(api, routes))
        self._throttle(stage)
        aws.lambda_.Permission(
            f"{name}-api-may-call",
            action="lambda:InvokeFunction",
            function=args.function_name,
            qualifier=args.alias_name,
            principal="apigateway.amazonaws.com",
            # This stage of this API alone, with any method and path.
            source_arn=pulumi.Output.concat(api.execution_arn, "/", STAGE, "/*"),
            opts=self._child,
        )
        self.api_id = api.id
        self.api_name = api.name
        self.stage_name = stage.stage_name
        self.stage_arn = stage.arn
        self.url = stage.invoke_url
        self.register_outputs({"url": self.url, "stage_arn": self.stage_arn})

    def _route(
        self, name: str, api: aws.apigateway.RestApi, resource_id: pulumi.Input[str]
    ) -> aws.apigateway.Integration:
        """Hand every method at a resource to the function: what is allowed is for the service to say."""
        method = aws.apigateway.Method(
            f"{name}-any",
            rest_api=api.id,
            resource_id=resource_id,
            http_method="ANY",
            # The service is public; the firewall says who is not welcome.
            authorization="NONE",
            opts=self._child,
        )
        return aws.apigateway.Integration(
            f"{name}-call",
            rest_api=api.id,
            resource_id=method.resource_id,
            http_method=method.http_method,
            type="AWS_PROXY",
            # Lambda is always called by POST, whatever came in.
            integration_http_method="POST",
            uri=self._args.invoke_arn,
            timeout_milliseconds=API_TIMEOUT * 1_000,
            opts=self._child,
        )

    def _deployment(
        self, api: aws.apigateway.RestApi, routes: list[aws.apigateway.Integration]
    ) -> aws.apigateway.Deployment:
        """Take a picture of the API: what is changed after it is not served before the next one."""
        picture = pulumi.Output.json_dumps(
            [
                api.binary_media_types,
                api.minimum_compression_size,
                api.disable_execute_api_endpoint,
                *(
                    [route.id, route.resource_id, route.http_method, route.uri, route.timeout_milliseconds]
                    for route in routes
                ),
            ]
        )
        return aws.apigateway.Deployment(
            f"{self._prefix}-deployment",
            rest_api=api.id,
            triggers={"picture": picture.apply(lambda text: hashlib.sha256(text.encode()).hexdigest())},
            # Without a method to serve, API Gateway refuses.
            opts=pulumi.ResourceOptions(parent=self, depends_on=routes),
        )

    def _stage(
        self, api: aws.apigateway.RestApi, deployment: aws.apigateway.Deployment
    ) -> aws.apigateway.Stage:
        logs = aws.cloudwatch.LogGroup(
            f"{self._prefix}-api-access",
            retention_in_days=self._args.log_retention_days,
            tags=self._args.tags,
            opts=self._child,
        )
        return aws.apigateway.Stage(
            f"{self._prefix}-stage",
            rest_api=api.id,
            deployment=deployment.id,
            stage_name=STAGE,
            access_log_settings=aws.apigateway.StageAccessLogSettingsArgs(
                destination_arn=logs.arn, format=ACCESS_LOG
            ),
            xray_tracing_enabled=self._args.config.function.xray_tracing,
            tags=self._args.tags,
            opts=pulumi.ResourceOptions(parent=self, depends_on=[self._let_api_gateway_log()]),
        )

    def _let_api_gateway_log(self) -> aws.apigateway.Account:
        """Give API Gateway a role to write logs with, without which it takes no stage that has any.

        The setting is not the API's but the account's, one for each region, and other APIs log with it too.
        So it stays when the stack goes: they would fall silent. It costs nothing.
        """
        stays = pulumi.ResourceOptions(parent=self, retain_on_delete=True)
        role = aws.iam.Role(
            f"{self._prefix}-api-logging",
            assume_role_policy=json.dumps(
                {
                    "Version": "2012-10-17",
                    "Statement": [
                        {
                            "Effect": "Allow",
                            "Principal": {"Service": "apigateway.amazonaws.com"},
                            "Action": "sts:AssumeRole",
                        }
                    ],
                }
            ),
            tags=self._args.tags,
            opts=stays,
        )
        permission = aws.iam.RolePolicyAttachment(
            f"{self._prefix}-api-logging-may",
            role=role.name,
            # API Gateway asks for exactly this one: it writes the logs of all the account's APIs.
            policy_arn="arn:aws:iam::aws:policy/service-role/AmazonAPIGatewayPushToCloudWatchLogs",
            opts=stays,
        )
        return aws.apigateway.Account(
            f"{self._prefix}-api-account",
            cloudwatch_role_arn=role.arn,
            opts=pulumi.ResourceOptions.merge(stays, pulumi.ResourceOptions(depends_on=[permission])),
        )

    def _throttle(self, stage: aws.apigateway.Stage) -> None:
        aws.apigateway.MethodSettings(
            f"{self._prefix}-throttling",
            rest_api=stage.rest_api,
            stage_name=stage.stage_name,
            method_path="*/*",
            settings=aws.apigateway.MethodSettingsSettingsArgs(
                throttling_rate_limit=self._args.config.function.throttling_rate_limit_per_second,
                throttling_burst_limit=self._args.config.function.throttling_burst_limit,
                # The access log has a line for each request already, and this one would hold their bodies.
                logging_level="OFF",
                data_trace_enabled=False,
            ),
            opts=self._child,
        )
