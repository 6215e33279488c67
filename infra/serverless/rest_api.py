"""API Gateway REST API that proxies every request to the function, its stage and its access log.

API Gateway accepts bodies up to 10 MB and Lambda events up to 6 MB, in which base64 makes a body a third
longer (API Gateway and Lambda developer guides, "Quotas"). Both exceed the service's own limit of 1 MiB, so
that the service itself refuses larger bodies, with the same response as everywhere.
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
    from collections.abc import Mapping, Sequence

    from infra.serverless.config import LambdaConfig

STAGE: Final = "live"

ALL_MEDIA_TYPES: Final = "*/*"
"""Binary media types: bodies of any type pass API Gateway unchanged, in both directions."""

MINIMUM_COMPRESSION_SIZE: Final = 1_024
"""Minimum size of a compressed response, in bytes. A single prediction fits into one packet uncompressed."""

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
"""Format of the access log. No query strings and no bodies, which are user data; no headers, which could
inject content into the line."""


CLIENT_ERROR_PATTERN: Final = '{ $.status = "4*" && $.functionStatus = "2*" }'
"""Lines of the access log whose 4xx is the service's own: Lambda has answered the invocation with 200.

API Gateway's `4XXError` also counts requests that the web ACL blocks (403) and the API throttles (429). These
reach no function, so that `$context.integrationStatus` is `-` (API Gateway developer guide, "Variables for
access logging": "the status code returned from AWS Lambda, not from the backend Lambda function code").
"""

CLIENT_ERRORS: Final = "ClientErrors"


@dataclass(frozen=True, kw_only=True)
class RestApiArgs:
    """Arguments of the REST API."""

    config: LambdaConfig
    function_name: pulumi.Input[str]
    alias_name: pulumi.Input[str]
    invoke_arn: pulumi.Input[str]
    """ARN by which API Gateway invokes the alias."""
    custom_domain: Sequence[pulumi.Resource] = ()
    """Custom domain name and its record, which replace the default endpoint once they exist."""
    log_retention_days: int
    tags: Mapping[str, str]
    """Tags of every resource that supports them."""


class RestApi(pulumi.ComponentResource):
    """REST API with a Lambda proxy integration for all paths and methods, its stage, throttling and logs."""

    api_id: pulumi.Output[str]
    api_name: pulumi.Output[str]
    stage_name: pulumi.Output[str]
    stage_arn: pulumi.Output[str]
    client_errors: tuple[str, str]
    """Namespace and name of the metric of the function's own responses with a status of 4xx."""
    url: pulumi.Output[str]
    """URL of the stage, without a trailing slash; disabled if the API has a custom domain."""

    def __init__(self, name: str, args: RestApiArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("scalable-models:aws:RestApi", name, None, opts)
        self._prefix = name
        self._args = args
        self._child = pulumi.ResourceOptions(parent=self)
        api = aws.apigateway.RestApi(
            f"{name}-api",
            description="Proxies every request to the function.",
            endpoint_configuration=aws.apigateway.RestApiEndpointConfigurationArgs(types="REGIONAL"),
            binary_media_types=[ALL_MEDIA_TYPES],
            minimum_compression_size=str(MINIMUM_COMPRESSION_SIZE),
            # Clients must not bypass the settings of the custom domain.
            disable_execute_api_endpoint=bool(args.custom_domain),
            tags=args.tags,
            # A certificate may take hours, or fail: until then, the default endpoint serves on.
            opts=pulumi.ResourceOptions(parent=self, depends_on=list(args.custom_domain)),
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
        logs = self._log_group()
        namespace = self._count_client_errors(logs)
        stage = self._stage(api, self._deployment(api, routes), logs)
        self._throttle(stage)
        aws.lambda_.Permission(
            f"{name}-api-may-call",
            action="lambda:InvokeFunction",
            function=args.function_name,
            qualifier=args.alias_name,
            principal="apigateway.amazonaws.com",
            # Only this stage of this API, with any method and path.
            source_arn=pulumi.Output.concat(api.execution_arn, "/", STAGE, "/*"),
            opts=self._child,
        )
        self.api_id = api.id
        self.api_name = api.name
        self.stage_name = stage.stage_name
        self.stage_arn = stage.arn
        self.url = stage.invoke_url
        self.client_errors = (namespace, CLIENT_ERRORS)
        self.register_outputs({"url": self.url, "stage_arn": self.stage_arn})

    def _route(
        self, name: str, api: aws.apigateway.RestApi, resource_id: pulumi.Input[str]
    ) -> aws.apigateway.Integration:
        """Create a proxy integration for all methods of a resource: the service itself refuses some."""
        method = aws.apigateway.Method(
            f"{name}-any",
            rest_api=api.id,
            resource_id=resource_id,
            http_method="ANY",
            # The service is public; the web ACL blocks unwanted clients.
            authorization="NONE",
            opts=self._child,
        )
        return aws.apigateway.Integration(
            f"{name}-call",
            rest_api=api.id,
            resource_id=method.resource_id,
            http_method=method.http_method,
            type="AWS_PROXY",
            # Lambda requires POST for every method.
            integration_http_method="POST",
            uri=self._args.invoke_arn,
            timeout_milliseconds=API_TIMEOUT * 1_000,
            opts=self._child,
        )

    def _deployment(
        self, api: aws.apigateway.RestApi, routes: list[aws.apigateway.Integration]
    ) -> aws.apigateway.Deployment:
        """Create a deployment, a snapshot of the API; each change of the API triggers a new one."""
        definition = pulumi.Output.json_dumps(
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
            triggers={"picture": definition.apply(lambda text: hashlib.sha256(text.encode()).hexdigest())},
            # API Gateway refuses a deployment without methods.
            opts=pulumi.ResourceOptions(parent=self, depends_on=routes),
        )

    def _log_group(self) -> aws.cloudwatch.LogGroup:
        return aws.cloudwatch.LogGroup(
            f"{self._prefix}-api-access",
            retention_in_days=self._args.log_retention_days,
            tags=self._args.tags,
            opts=self._child,
        )

    def _count_client_errors(self, logs: aws.cloudwatch.LogGroup) -> str:
        """Count in a metric what the function refuses; return the metric's namespace, one per stack."""
        namespace = f"{self._args.tags['project']}/{self._args.tags['stack']}"
        aws.cloudwatch.LogMetricFilter(
            f"{self._prefix}-client-errors",
            log_group_name=logs.name,
            pattern=CLIENT_ERROR_PATTERN,
            metric_transformation=aws.cloudwatch.LogMetricFilterMetricTransformationArgs(
                namespace=namespace, name=CLIENT_ERRORS, value="1", unit="Count"
            ),
            opts=self._child,
        )
        return namespace

    def _stage(
        self,
        api: aws.apigateway.RestApi,
        deployment: aws.apigateway.Deployment,
        logs: aws.cloudwatch.LogGroup,
    ) -> aws.apigateway.Stage:
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
            opts=pulumi.ResourceOptions(parent=self, depends_on=[self._create_account_logging_role()]),
        )

    def _create_account_logging_role(self) -> aws.apigateway.Account:
        """Create the role with which API Gateway writes logs, required for a stage with an access log.

        It is a setting of the account, one per Region, which other APIs share. It is therefore retained when
        the stack is destroyed, so that other APIs keep their logs. It is free of charge.
        """
        retained = pulumi.ResourceOptions(parent=self, retain_on_delete=True)
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
            opts=retained,
        )
        permission = aws.iam.RolePolicyAttachment(
            f"{self._prefix}-api-logging-may",
            role=role.name,
            # API Gateway requires exactly this policy: it writes the logs of all the account's APIs.
            policy_arn="arn:aws:iam::aws:policy/service-role/AmazonAPIGatewayPushToCloudWatchLogs",
            opts=retained,
        )
        return aws.apigateway.Account(
            f"{self._prefix}-api-account",
            cloudwatch_role_arn=role.arn,
            opts=pulumi.ResourceOptions.merge(retained, pulumi.ResourceOptions(depends_on=[permission])),
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
                # The access log has a line per request; the execution log would contain bodies.
                logging_level="OFF",
                data_trace_enabled=False,
            ),
            opts=self._child,
        )
