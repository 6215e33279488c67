"""Lambda function, its role, its log group, its alias and its provisioned concurrency."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import pulumi
import pulumi_aws as aws

from infra.network.domain_config import STRICT_TRANSPORT_SECURITY
from infra.serverless.config import ProvisionedConcurrency, SnapStart

if TYPE_CHECKING:
    from collections.abc import Mapping

    from infra.reference_data.instance_types import Architecture
    from infra.serverless.config import LambdaConfig

RUNTIME: Final = "python3.13"

HANDLER: Final = "service.lambda_handler.handler"
"""Handler in the archive."""

BLOCKED_PATHS_VARIABLE: Final = "IRIS_BLOCKED_PATHS"
"""Variable of the service: paths that it answers with 404, separated by commas. The function compares paths
after decoding, so that they are blocked in every spelling that API Gateway passes on."""

ALIAS: Final = "live"
"""Alias of the version that serves; a rollout moves it from one version to the next."""


@dataclass(frozen=True, kw_only=True)
class LambdaFunctionArgs:
    """Arguments of the function."""

    config: LambdaConfig
    """Memory, timeout, concurrency and tracing."""
    architecture: Architecture
    bucket: pulumi.Input[str]
    archive_key: str
    """S3 key of the packed service."""
    archive_version: pulumi.Input[str]
    """S3 version of the archive."""
    log_retention_days: int
    tags: Mapping[str, str]
    """Tags of every resource that supports them."""


class LambdaFunction(pulumi.ComponentResource):
    """Lambda function with published versions, its role and log group, and the alias that serves."""

    function_name: pulumi.Output[str]
    version: pulumi.Output[str]
    """Newest published version. The first one serves at once, a later one from its rollout on."""
    alias_name: pulumi.Output[str]
    invoke_arn: pulumi.Output[str]
    """ARN by which API Gateway invokes the alias."""

    def __init__(
        self, name: str, args: LambdaFunctionArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("scalable-models:aws:Serverless", name, None, opts)
        self._prefix = name
        self._args = args
        self._child = pulumi.ResourceOptions(parent=self)
        logs = aws.cloudwatch.LogGroup(
            f"{name}-function-logs",
            retention_in_days=args.log_retention_days,
            tags=args.tags,
            opts=self._child,
        )
        role, permission = self._role(logs)
        function = self._function(role, permission, logs)
        alias = self._alias(function)
        if isinstance(args.config.function.warm_start, ProvisionedConcurrency):
            self._provision_concurrency(args.config.function.warm_start, alias)
        self.function_name = function.name
        self.version = function.version
        self.alias_name = alias.name
        self.invoke_arn = alias.invoke_arn
        self.register_outputs({"function_name": self.function_name, "version": self.version})

    def _role(self, logs: aws.cloudwatch.LogGroup) -> tuple[aws.iam.Role, aws.iam.RolePolicy]:
        """Create a role that may only write logs, and traces if tracing is enabled."""
        role = aws.iam.Role(
            f"{self._prefix}-function-role",
            assume_role_policy=json.dumps(
                {
                    "Version": "2012-10-17",
                    "Statement": [
                        {
                            "Effect": "Allow",
                            "Principal": {"Service": "lambda.amazonaws.com"},
                            "Action": "sts:AssumeRole",
                        }
                    ],
                }
            ),
            tags=self._args.tags,
            opts=self._child,
        )
        statements: list[dict[str, pulumi.Input[object]]] = [
            {
                "Sid": "WriteLogs",
                "Effect": "Allow",
                # No permission to create the group: a group that Lambda creates has no retention period.
                "Action": ["logs:CreateLogStream", "logs:PutLogEvents"],
                "Resource": pulumi.Output.concat(logs.arn, ":*"),
            }
        ]
        if self._args.config.function.xray_tracing:
            statements.append(
                {
                    "Sid": "WriteTraces",
                    "Effect": "Allow",
                    "Action": ["xray:PutTraceSegments", "xray:PutTelemetryRecords"],
                    # X-Ray supports no resource-level permissions.
                    "Resource": "*",
                }
            )
        permission = aws.iam.RolePolicy(
            f"{self._prefix}-function-may",
            role=role.name,
            policy=pulumi.Output.json_dumps({"Version": "2012-10-17", "Statement": statements}),
            opts=self._child,
        )
        return role, permission

    def _function(
        self, role: aws.iam.Role, permission: aws.iam.RolePolicy, logs: aws.cloudwatch.LogGroup
    ) -> aws.lambda_.Function:
        config = self._args.config.function
        variables = self._variables()
        return aws.lambda_.Function(
            f"{self._prefix}-function",
            runtime=RUNTIME,
            architectures=[self._args.architecture],
            handler=HANDLER,
            s3_bucket=self._args.bucket,
            s3_key=self._args.archive_key,
            # A new archive is a new version of the object, which publishes a new version of the function.
            s3_object_version=self._args.archive_version,
            publish=True,
            role=role.arn,
            memory_size=config.function_memory_mb,
            timeout=config.function_timeout_seconds,
            reserved_concurrent_executions=config.reserved_concurrency or None,
            snap_start=aws.lambda_.FunctionSnapStartArgs(apply_on="PublishedVersions")
            if isinstance(config.warm_start, SnapStart)
            else None,
            # Without a value, tracing would stay on after a change of the setting.
            tracing_config=aws.lambda_.FunctionTracingConfigArgs(
                mode="Active" if config.xray_tracing else "PassThrough"
            ),
            environment=aws.lambda_.FunctionEnvironmentArgs(variables=variables) if variables else None,
            logging_config=aws.lambda_.FunctionLoggingConfigArgs(log_format="JSON", log_group=logs.name),
            tags=self._args.tags,
            # Without the permission, the first logs would be lost.
            opts=pulumi.ResourceOptions(parent=self, depends_on=[permission]),
        )

    def _variables(self) -> dict[str, str]:
        """Return the environment variables of the service."""
        config = self._args.config
        variables: dict[str, str] = {}
        if config.domain is not None:
            variables["IRIS_HSTS"] = STRICT_TRANSPORT_SECURITY
        if config.blocked_paths:
            variables[BLOCKED_PATHS_VARIABLE] = ",".join(config.blocked_paths)
        return variables

    def _alias(self, function: aws.lambda_.Function) -> aws.lambda_.Alias:
        return aws.lambda_.Alias(
            f"{self._prefix}-live",
            name=ALIAS,
            function_name=function.name,
            function_version=function.version,
            opts=pulumi.ResourceOptions(
                parent=self,
                # Later versions belong to the rollout, which shifts traffic step by step while it watches the
                # alarms: an update of the alias would shift all traffic at once, or undo a rollout in
                # progress.
                ignore_changes=["function_version", "routing_config"],
            ),
        )

    def _provision_concurrency(self, warm: ProvisionedConcurrency, alias: aws.lambda_.Alias) -> None:
        provisioned = aws.lambda_.ProvisionedConcurrencyConfig(
            f"{self._prefix}-warm",
            function_name=alias.function_name,
            qualifier=alias.name,
            provisioned_concurrent_executions=warm.minimum,
            opts=pulumi.ResourceOptions(
                parent=self,
                # The scaling policy sets the current number.
                ignore_changes=["provisioned_concurrent_executions"],
            ),
        )
        target = aws.appautoscaling.Target(
            f"{self._prefix}-warm-limits",
            service_namespace="lambda",
            scalable_dimension="lambda:function:ProvisionedConcurrency",
            resource_id=pulumi.Output.concat("function:", alias.function_name, ":", alias.name),
            min_capacity=warm.minimum,
            max_capacity=warm.maximum,
            tags=self._args.tags,
            opts=pulumi.ResourceOptions(parent=self, depends_on=[provisioned]),
        )
        aws.appautoscaling.Policy(
            f"{self._prefix}-warm-scaling",
            policy_type="TargetTrackingScaling",
            service_namespace=target.service_namespace,
            scalable_dimension=target.scalable_dimension,
            resource_id=target.resource_id,
            target_tracking_scaling_policy_configuration=aws.appautoscaling.PolicyTargetTrackingScalingPolicyConfigurationArgs(
                predefined_metric_specification=aws.appautoscaling.PolicyTargetTrackingScalingPolicyConfigurationPredefinedMetricSpecificationArgs(
                    predefined_metric_type="LambdaProvisionedConcurrencyUtilization",
                ),
                # The metric is a fraction, not a percentage.
                target_value=warm.target_percent / 100,
            ),
            opts=self._child,
        )
