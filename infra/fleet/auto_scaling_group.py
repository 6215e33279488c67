"""EC2 Auto Scaling group, its launch template, role, lifecycle hooks, scaling policies and log group."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import pulumi
import pulumi_aws as aws

from infra.fleet.config import MAX_HEALTHY, MIN_HEALTHY
from infra.fleet.deployed_group import find_deployed_group, group_sizes, released_version
from infra.fleet.instance_role import InstanceRole, create_instance_role
from infra.fleet.lifecycle_hooks import create_lifecycle_hooks, initial_lifecycle_hooks
from infra.fleet.scaling_policies import (
    create_predictive_policy,
    create_scheduled_actions,
    create_target_tracking_policies,
)
from infra.fleet.user_data import BootSettings, render_boot_script

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from infra.fleet.config import FleetConfig
    from infra.fleet.instances_config import InstancesConfig

ROOT_DEVICE: Final = "/dev/xvda"
"""Root device of Amazon Linux 2023."""

ROOT_GIB: Final = 8
"""Size of the root volume, in GiB: that of the image, since the service stores nothing."""

SECONDS_PER_DAY: Final = 86_400

GROUP_METRICS: Final[tuple[aws.autoscaling.Metric, ...]] = (
    aws.autoscaling.Metric.GROUP_DESIRED_CAPACITY,
    aws.autoscaling.Metric.GROUP_IN_SERVICE_INSTANCES,
    aws.autoscaling.Metric.GROUP_PENDING_INSTANCES,
    aws.autoscaling.Metric.GROUP_TERMINATING_INSTANCES,
    aws.autoscaling.Metric.GROUP_TOTAL_INSTANCES,
)
"""Group metrics for CloudWatch, which are free of charge."""


@dataclass(frozen=True, kw_only=True)
class AutoScalingGroupArgs:
    """Arguments of the fleet."""

    config: FleetConfig
    """Instance types, sizes, timeouts and scaling."""
    region: pulumi.Input[str]
    archive_uri: pulumi.Input[str]
    """URI of the packed service, `s3://<bucket>/<key>`."""
    archive_version: pulumi.Input[str]
    """S3 version of the archive."""
    archive_sha256: pulumi.Input[str]
    """SHA-256 of the archive, in hexadecimal."""
    archive_arn: pulumi.Input[str]
    """ARN of the archive, the only object that the instances may read."""
    service_port: int
    """TCP port of the service."""
    subnet_ids: pulumi.Input[Sequence[pulumi.Input[str]]]
    """Private subnets, one per zone."""
    security_group_id: pulumi.Input[str]
    target_group_arn: pulumi.Input[str]
    """Target group that registers and checks the instances."""
    load_balancer_metric_name: pulumi.Input[str]
    """Name of the load balancer in CloudWatch metrics."""
    target_group_metric_name: pulumi.Input[str]
    """Name of the target group in CloudWatch metrics, whose request count the scaling policies follow."""
    log_retention_days: int
    protected: bool
    """Whether the log outlives its removal from the program, for instance when the instances lose their way
    to CloudWatch Logs."""
    tags: Mapping[str, str]
    """Tags of every resource that supports them, including instances and volumes."""


class AutoScalingGroup(pulumi.ComponentResource):
    """Auto Scaling group over several zones, its launch template, instance role and scaling policies."""

    group_name: pulumi.Output[str]
    launch_template_id: pulumi.Output[str]

    def __init__(
        self, name: str, args: AutoScalingGroupArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("scalable-models:aws:Fleet", name, None, opts)
        self._prefix = name
        self._args = args
        self._child = pulumi.ResourceOptions(parent=self)
        self._log_group = self._create_log_group()
        role = create_instance_role(
            name,
            reaches=args.config.network.reachable_services,
            archive_arn=args.archive_arn,
            log_group_arn=self._log_group.arn if self._log_group else None,
            region=args.region,
            tags=args.tags,
            parent=self,
        )
        template = self._create_launch_template(role.profile)
        group = self._create_group(template, role)
        if self._has_hooks:
            create_lifecycle_hooks(name, group.name, args.config.scaling, self._child)
        metric_label = pulumi.Output.concat(
            args.load_balancer_metric_name, "/", args.target_group_metric_name
        )
        create_target_tracking_policies(name, group.name, args.config, metric_label, self._child)
        create_scheduled_actions(name, group.name, args.config.scaling, self._child)
        create_predictive_policy(name, group.name, args.config, metric_label, self._child)
        self.group_name = group.name
        self.launch_template_id = template.id
        self.register_outputs({"group_name": self.group_name, "launch_template_id": self.launch_template_id})

    @property
    def _has_hooks(self) -> bool:
        """Whether the instances reach Auto Scaling, and so can complete lifecycle hooks."""
        return "autoscaling" in self._args.config.network.reachable_services

    def _create_log_group(self) -> aws.cloudwatch.LogGroup | None:
        """Create the log group of the instances, if they reach CloudWatch Logs."""
        if "logs" not in self._args.config.network.reachable_services:
            return None
        return aws.cloudwatch.LogGroup(
            f"{self._prefix}-instances-log",
            retention_in_days=self._args.log_retention_days,
            tags=self._args.tags,
            opts=pulumi.ResourceOptions(parent=self, retain_on_delete=self._args.protected),
        )

    def _create_launch_template(self, profile: aws.iam.InstanceProfile) -> aws.ec2.LaunchTemplate:
        instance_type = self._args.config.instances.instance_type
        # A resolved id, not the parameter's name: a rollback to a version of the template restores its exact
        # image. A newer image is a change of the template, rolled out like any other.
        image = aws.ssm.get_parameter_output(
            name=f"/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-{instance_type.architecture}",
            opts=pulumi.InvokeOutputOptions(parent=self),
        )
        return aws.ec2.LaunchTemplate(
            f"{self._prefix}-template",
            # The parameter is public, so its value is not secret.
            image_id=image.insecure_value,
            instance_type=instance_type.name,
            iam_instance_profile=aws.ec2.LaunchTemplateIamInstanceProfileArgs(arn=profile.arn),
            vpc_security_group_ids=[self._args.security_group_id],
            metadata_options=aws.ec2.LaunchTemplateMetadataOptionsArgs(
                http_endpoint="enabled",
                # IMDSv2 only, with no network hop beyond the instance.
                http_tokens="required",
                http_put_response_hop_limit=1,
                # An instance reads the name of its group from a tag.
                instance_metadata_tags="enabled" if self._has_hooks else None,
            ),
            block_device_mappings=[
                aws.ec2.LaunchTemplateBlockDeviceMappingArgs(
                    device_name=ROOT_DEVICE,
                    ebs=aws.ec2.LaunchTemplateBlockDeviceMappingEbsArgs(
                        volume_type="gp3",
                        volume_size=ROOT_GIB,
                        encrypted="true",
                        delete_on_termination="true",
                    ),
                )
            ],
            # The policy of CPU utilization takes what metrics there are: each minute, or every five.
            monitoring=aws.ec2.LaunchTemplateMonitoringArgs(
                enabled=self._args.config.instances.detailed_monitoring
            ),
            user_data=self._user_data(),
            tag_specifications=[
                aws.ec2.LaunchTemplateTagSpecificationArgs(
                    resource_type=kind, tags={**self._args.tags, "Name": f"{self._prefix}-instance"}
                )
                for kind in ("instance", "volume", "network-interface")
            ],
            tags=self._args.tags,
            opts=self._child,
        )

    def _user_data(self) -> pulumi.Output[str]:
        """Return the boot script, in base64."""
        config = self._args.config

        def encode(uri: str, version: str, sha256: str, region: str, log_group: str) -> str:
            script = render_boot_script(
                BootSettings(
                    archive_uri=uri,
                    archive_version=version,
                    archive_sha256=sha256,
                    region=region,
                    service_port=self._args.service_port,
                    workers=config.instances.instance_type.vcpus,
                    keep_alive_seconds=config.load_balancer.service_keep_alive_seconds,
                    log_group=log_group,
                    docs="on" if "docs" in config.load_balancer.public_paths else "off",
                    hooks="yes" if self._has_hooks else "no",
                )
            )
            return base64.b64encode(script.encode()).decode()

        inputs = pulumi.Output.all(
            self._args.archive_uri,
            self._args.archive_version,
            self._args.archive_sha256,
            self._args.region,
            self._log_group.name if self._log_group else "",
        )
        return inputs.apply(lambda values: encode(*values))

    def _create_group(self, template: aws.ec2.LaunchTemplate, role: InstanceRole) -> aws.autoscaling.Group:
        config, scaling = self._args.config, self._args.config.scaling
        deployed = find_deployed_group(template.id, self._args.subnet_ids, tags=self._args.tags, parent=self)
        version = pulumi.Output.all(deployed, template.latest_version).apply(
            lambda values: released_version(*values)
        )
        sizes = deployed.apply(lambda group: group_sizes(group, scaling))
        mixed = bool(config.instances.alternative_instance_types)
        return aws.autoscaling.Group(
            f"{self._prefix}-fleet",
            min_size=sizes.apply(lambda limits: limits.min_size),
            # No desired capacity: the scaling policies set it.
            max_size=sizes.apply(lambda limits: limits.max_size),
            vpc_zone_identifiers=self._args.subnet_ids,
            target_group_arns=[self._args.target_group_arn],
            health_check_type="ELB",
            health_check_grace_period=scaling.health_check_grace_period_seconds,
            # For 0, the provider creates a group without a warm-up (terraform-provider-aws,
            # `resourceGroupCreate`), and AWS then waits for the default cooldown of 300 s.
            default_instance_warmup=max(1, scaling.instance_warmup_seconds),
            launch_template=None
            if mixed
            else aws.autoscaling.GroupLaunchTemplateArgs(id=template.id, version=version),
            mixed_instances_policy=_mixed_instances_policy(config.instances, template.id, version)
            if mixed
            else None,
            # A spot instance at risk of interruption is replaced before it is interrupted.
            capacity_rebalance=bool(config.instances.spot_percent),
            warm_pool=_warm_pool(scaling.warm_pool_size),
            # Part of the group, to precede the first instance, which a warm pool would stop during its boot.
            initial_lifecycle_hooks=initial_lifecycle_hooks(scaling) if self._has_hooks else None,
            instance_maintenance_policy=aws.autoscaling.GroupInstanceMaintenancePolicyArgs(
                min_healthy_percentage=MIN_HEALTHY, max_healthy_percentage=MAX_HEALTHY
            ),
            max_instance_lifetime=scaling.max_instance_lifetime_days * SECONDS_PER_DAY or None,
            enabled_metrics=list(GROUP_METRICS),
            # The provider would wait for exactly the number of instances in its state, which a fleet that has
            # grown since does not have (terraform-provider-aws, `capacitySatisfiedUpdate`).
            wait_for_capacity_timeout="0",
            tags=[
                # The launch template tags the instances.
                aws.autoscaling.GroupTagArgs(key=key, value=value, propagate_at_launch=False)
                for key, value in self._args.tags.items()
            ],
            opts=pulumi.ResourceOptions(
                parent=self,
                # Without its permissions, an instance fails to boot.
                depends_on=role.permissions,
                # They are those of a new group; a change would replace it.
                ignore_changes=["initial_lifecycle_hooks"],
                # A group can't move to another VPC.
                replacement_trigger=str(config.network.vpc_cidr),
            ),
        )


def _mixed_instances_policy(
    instances: InstancesConfig, template_id: pulumi.Input[str], version: pulumi.Input[str]
) -> aws.autoscaling.GroupMixedInstancesPolicyArgs:
    return aws.autoscaling.GroupMixedInstancesPolicyArgs(
        launch_template=aws.autoscaling.GroupMixedInstancesPolicyLaunchTemplateArgs(
            launch_template_specification=aws.autoscaling.GroupMixedInstancesPolicyLaunchTemplateLaunchTemplateSpecificationArgs(
                launch_template_id=template_id, version=version
            ),
            overrides=[
                aws.autoscaling.GroupMixedInstancesPolicyLaunchTemplateOverrideArgs(
                    instance_type=instance_type.name
                )
                for instance_type in instances.types
            ],
        ),
        instances_distribution=aws.autoscaling.GroupMixedInstancesPolicyInstancesDistributionArgs(
            on_demand_base_capacity=instances.on_demand_base_capacity,
            on_demand_percentage_above_base_capacity=100 - instances.spot_percent,
            on_demand_allocation_strategy="prioritized",
            # The pools with the lowest risk of interruption, the cheapest of these first.
            spot_allocation_strategy="price-capacity-optimized",
        ),
    )


def _warm_pool(size: int) -> aws.autoscaling.GroupWarmPoolArgs | None:
    if not size:
        return None
    return aws.autoscaling.GroupWarmPoolArgs(
        pool_state="Stopped",
        # Equal values give a pool of a fixed size; the default is the maximum growth of the group.
        min_size=size,
        max_group_prepared_capacity=size,
    )
