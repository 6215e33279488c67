"""What computes without machines: a function, its published versions, and the alias that requests go to."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import pulumi
import pulumi_aws as aws

from infra.serverless.config import ProvisionedConcurrency, SnapStart

if TYPE_CHECKING:
    from collections.abc import Mapping

    from infra.reference_data.instance_types import Architecture
    from infra.serverless.config import LambdaConfig

RUNTIME: Final = "python3.13"

HANDLER: Final = "service.lambda_handler.handler"
"""Where Lambda enters the archive."""

ALIAS: Final = "live"
"""The name under which the version that serves is called; a roll-out moves it from one to the next."""


@dataclass(frozen=True, kw_only=True)
class ServerlessArgs:
    """What to run, and how much of it."""

    config: LambdaConfig
    """Sizes and times."""
    architecture: Architecture
    bucket: pulumi.Input[str]
    archive_key: str
    """Of the packed service in the bucket."""
    archive_version: pulumi.Input[str]
    """S3's version of it."""
    log_retention_days: int
    tags: Mapping[str, str]
    """On everything that takes tags."""


class Serverless(pulumi.ComponentResource):
    """A function of which a version serves, and a newer one can take over bit by bit."""

    function_name: pulumi.Output[str]
    version: pulumi.Output[str]
    """The newest published version. It serves at once where it is the first, else when a roll-out says so."""
    alias_name: pulumi.Output[str]
    invoke_arn: pulumi.Output[str]
    """Of the alias, as API Gateway calls it."""

    def __init__(self, name: str, args: ServerlessArgs, opts: pulumi.ResourceOptions | None = None) -> None:
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
            self._keep_warm(args.config.function.warm_start, alias)
        self.function_name = function.name
        self.version = function.version
        self.alias_name = alias.name
        self.invoke_arn = alias.invoke_arn
        self.register_outputs({"function_name": self.function_name, "version": self.version})

    def _role(self, logs: aws.cloudwatch.LogGroup) -> tuple[aws.iam.Role, aws.iam.RolePolicy]:
        """Let the function write its logs, and its traces where it makes any, and do nothing else."""
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
                # Not the group itself: its retention would be lost if the function made it anew.
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
                    # X-Ray knows no resource to narrow this to.
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
        return aws.lambda_.Function(
            f"{self._prefix}-function",
            runtime=RUNTIME,
            architectures=[self._args.architecture],
            handler=HANDLER,
            s3_bucket=self._args.bucket,
            s3_key=self._args.archive_key,
            # Other bytes are another version of the object, and that publishes another of the function.
            s3_object_version=self._args.archive_version,
            publish=True,
            role=role.arn,
            memory_size=config.function_memory_mb,
            timeout=config.function_timeout_seconds,
            reserved_concurrent_executions=config.reserved_concurrency or None,
            snap_start=aws.lambda_.FunctionSnapStartArgs(apply_on="PublishedVersions")
            if isinstance(config.warm_start, SnapStart)
            else None,
            tracing_config=aws.lambda_.FunctionTracingConfigArgs(mode="Active")
            if config.xray_tracing
            else None,
            logging_config=aws.lambda_.FunctionLoggingConfigArgs(log_format="JSON", log_group=logs.name),
            tags=self._args.tags,
            # A function that starts before it may write logs loses the first of them.
            opts=pulumi.ResourceOptions(parent=self, depends_on=[permission]),
        )

    def _alias(self, function: aws.lambda_.Function) -> aws.lambda_.Alias:
        return aws.lambda_.Alias(
            f"{self._prefix}-live",
            name=ALIAS,
            function_name=function.name,
            function_version=function.version,
            opts=pulumi.ResourceOptions(
                parent=self,
                # From the second version on these are the roll-out's, which shifts traffic bit by bit while
                # it watches the alarms: an update that moved the alias would shift all of it at once, and
                # one that came in the middle of a roll-out would undo it.
                ignore_changes=["function_version", "routing_config"],
            ),
        )

    def _keep_warm(self, warm: ProvisionedConcurrency, alias: aws.lambda_.Alias) -> None:
        provisioned = aws.lambda_.ProvisionedConcurrencyConfig(
            f"{self._prefix}-warm",
            function_name=alias.function_name,
            qualifier=alias.name,
            provisioned_concurrent_executions=warm.minimum,
            opts=pulumi.ResourceOptions(
                parent=self,
                # How many there are now is for the scaling policy to say.
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
                # The metric is a share, not a percentage.
                target_value=warm.target_percent / 100,
            ),
            opts=self._child,
        )
