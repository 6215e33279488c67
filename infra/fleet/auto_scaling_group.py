"""What computes: instances that Auto Scaling starts, checks, replaces and counts."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import pulumi
import pulumi_aws as aws

from infra.fleet.config import MAX_HEALTHY, MIN_HEALTHY
from infra.fleet.instance_role import InstanceRole, make_role
from infra.fleet.lifecycle_hooks import first_hooks, make_hooks
from infra.fleet.scaling_policies import follow_forecast, follow_load, follow_schedule
from infra.fleet.user_data import BootSettings, boot_script

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from infra.fleet.config import FleetConfig
    from infra.fleet.instances_config import InstancesConfig

ROOT_DEVICE: Final = "/dev/xvda"
"""What Amazon Linux 2023 boots from."""

ROOT_GIB: Final = 8
"""The size of the image itself; the service keeps nothing."""

DAY: Final = 86_400
"""In seconds."""

GROUP_METRICS: Final[tuple[aws.autoscaling.Metric, ...]] = (
    aws.autoscaling.Metric.GROUP_DESIRED_CAPACITY,
    aws.autoscaling.Metric.GROUP_IN_SERVICE_INSTANCES,
    aws.autoscaling.Metric.GROUP_PENDING_INSTANCES,
    aws.autoscaling.Metric.GROUP_TERMINATING_INSTANCES,
    aws.autoscaling.Metric.GROUP_TOTAL_INSTANCES,
)
"""What Auto Scaling tells CloudWatch of a group, at no cost."""


@dataclass(frozen=True, kw_only=True)
class FleetArgs:
    """What to run, where, and how many."""

    config: FleetConfig
    """Sizes and times."""
    region: pulumi.Input[str]
    archive_uri: pulumi.Input[str]
    """`s3://<bucket>/<key>` of the packed service."""
    archive_version: pulumi.Input[str]
    """S3's version of it."""
    archive_sha256: pulumi.Input[str]
    archive_arn: pulumi.Input[str]
    """The one thing that the instances may read."""
    service_port: int
    subnet_ids: pulumi.Input[Sequence[pulumi.Input[str]]]
    """Private ones, one for each zone."""
    security_group_id: pulumi.Input[str]
    target_group_arn: pulumi.Input[str]
    """Where instances are registered and checked."""
    load_balancer_metric_name: pulumi.Input[str]
    target_group_metric_name: pulumi.Input[str]
    """What CloudWatch calls them, whose requests the fleet's size follows."""
    log_retention_days: int
    tags: Mapping[str, str]
    """On everything that takes tags, the instances and their volumes included."""


class Fleet(pulumi.ComponentResource):
    """Identical instances over the zones, as many as the load asks for."""

    group_name: pulumi.Output[str]
    launch_template_id: pulumi.Output[str]

    def __init__(self, name: str, args: FleetArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("scalable-models:aws:Fleet", name, None, opts)
        self._prefix = name
        self._args = args
        self._child = pulumi.ResourceOptions(parent=self)
        self._log_group = self._logs()
        role = make_role(
            name,
            reaches=args.config.network.reachable_services,
            archive_arn=args.archive_arn,
            log_group_arn=self._log_group.arn if self._log_group else None,
            region=args.region,
            tags=args.tags,
            parent=self,
        )
        template = self._launch_template(role.profile)
        group = self._group(template, role)
        if self._has_hooks:
            make_hooks(name, group.name, args.config.scaling, self._child)
        metric_label = pulumi.Output.concat(
            args.load_balancer_metric_name, "/", args.target_group_metric_name
        )
        follow_load(name, group.name, args.config, metric_label, self._child)
        follow_schedule(name, group.name, args.config.scaling, self._child)
        follow_forecast(name, group.name, args.config, metric_label, self._child)
        self.group_name = group.name
        self.launch_template_id = template.id
        self.register_outputs({"group_name": self.group_name, "launch_template_id": self.launch_template_id})

    @property
    def _has_hooks(self) -> bool:
        """Whether an instance can tell Auto Scaling that it is ready, or done."""
        return "autoscaling" in self._args.config.network.reachable_services

    def _logs(self) -> aws.cloudwatch.LogGroup | None:
        """Make what the instances write to, where they can."""
        if "logs" not in self._args.config.network.reachable_services:
            return None
        return aws.cloudwatch.LogGroup(
            f"{self._prefix}-instances-log",
            retention_in_days=self._args.log_retention_days,
            tags=self._args.tags,
            opts=self._child,
        )

    def _launch_template(self, profile: aws.iam.InstanceProfile) -> aws.ec2.LaunchTemplate:
        instance_type = self._args.config.instances.instance_type
        # A resolved id, not the parameter's name: a template can only be gone back to if it says exactly what
        # it starts. A newer image is a change of the template, rolled out like any other.
        image = aws.ssm.get_parameter_output(
            name=f"/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-{instance_type.architecture}",
            opts=pulumi.InvokeOutputOptions(parent=self),
        )
        return aws.ec2.LaunchTemplate(
            f"{self._prefix}-template",
            # The parameter is public, so its value is no secret.
            image_id=image.insecure_value,
            instance_type=instance_type.name,
            iam_instance_profile=aws.ec2.LaunchTemplateIamInstanceProfileArgs(arn=profile.arn),
            vpc_security_group_ids=[self._args.security_group_id],
            metadata_options=aws.ec2.LaunchTemplateMetadataOptionsArgs(
                http_endpoint="enabled",
                # Version 2 alone, and no further than the instance itself.
                http_tokens="required",
                http_put_response_hop_limit=1,
                # One of its tags says which group it is in.
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
        """Write the boot script, in base64."""
        config = self._args.config

        def encoded(uri: str, version: str, sha256: str, region: str, log_group: str) -> str:
            script = boot_script(
                BootSettings(
                    archive_uri=uri,
                    archive_version=version,
                    archive_sha256=sha256,
                    region=region,
                    service_port=self._args.service_port,
                    workers=config.instances.instance_type.vcpus,
                    keep_alive_seconds=config.load_balancer.service_keep_alive_seconds,
                    log_group=log_group,
                    hooks="yes" if self._has_hooks else "no",
                )
            )
            return base64.b64encode(script.encode()).decode()

        known = pulumi.Output.all(
            self._args.archive_uri,
            self._args.archive_version,
            self._args.archive_sha256,
            self._args.region,
            self._log_group.name if self._log_group else "",
        )
        return known.apply(lambda values: encoded(*values))

    def _group(self, template: aws.ec2.LaunchTemplate, role: InstanceRole) -> aws.autoscaling.Group:
        config, scaling = self._args.config, self._args.config.scaling
        # Never `$Latest`: with it, a new version neither starts a roll-out nor can be rolled back.
        version = template.latest_version.apply(str)
        mixed = bool(config.instances.alternative_instance_types)
        return aws.autoscaling.Group(
            f"{self._prefix}-fleet",
            min_size=scaling.min_instances,
            # How many it has now is for the scaling policies to say, so no capacity is asked for here.
            max_size=scaling.max_instances,
            vpc_zone_identifiers=self._args.subnet_ids,
            target_group_arns=[self._args.target_group_arn],
            health_check_type="ELB",
            health_check_grace_period=scaling.health_check_grace_period_seconds,
            default_instance_warmup=scaling.instance_warmup_seconds,
            launch_template=None
            if mixed
            else aws.autoscaling.GroupLaunchTemplateArgs(id=template.id, version=version),
            mixed_instances_policy=_mixture(config.instances, template.id, version) if mixed else None,
            # A spot instance that is likely to be taken back gets a successor before it is.
            capacity_rebalance=True if config.instances.spot_percent else None,
            warm_pool=_warm_pool(scaling.warm_pool_size),
            # Not one instance comes before them, or a warm pool would stop the first ones half-way.
            initial_lifecycle_hooks=first_hooks(scaling) if self._has_hooks else None,
            instance_maintenance_policy=aws.autoscaling.GroupInstanceMaintenancePolicyArgs(
                min_healthy_percentage=MIN_HEALTHY, max_healthy_percentage=MAX_HEALTHY
            ),
            max_instance_lifetime=scaling.max_instance_lifetime_days * DAY or None,
            enabled_metrics=list(GROUP_METRICS),
            # A deployment whose instances never answer fails, and says so.
            min_elb_capacity=scaling.min_instances,
            wait_for_capacity_timeout="10m",
            tags=[
                # The template tags the instances.
                aws.autoscaling.GroupTagArgs(key=key, value=value, propagate_at_launch=False)
                for key, value in self._args.tags.items()
            ],
            opts=pulumi.ResourceOptions(
                parent=self,
                # An instance that boots before it may read the archive fails.
                depends_on=role.permissions,
                # From the second version on this is the roll-out's, which refreshes the instances bit by bit
                # while it watches the alarms, as it does with the function's alias.
                ignore_changes=[_NEWEST_OF_A_MIXTURE if mixed else "launch_template"],
            ),
        )


_NEWEST_OF_A_MIXTURE: Final = "mixedInstancesPolicy.launchTemplate.launchTemplateSpecification.version"


def _mixture(
    instances: InstancesConfig, template_id: pulumi.Input[str], version: pulumi.Input[str]
) -> aws.autoscaling.GroupMixedInstancesPolicyArgs:
    return aws.autoscaling.GroupMixedInstancesPolicyArgs(
        launch_template=aws.autoscaling.GroupMixedInstancesPolicyLaunchTemplateArgs(
            launch_template_specification=aws.autoscaling.GroupMixedInstancesPolicyLaunchTemplateLaunchTemplateSpecificationArgs(
                launch_template_id=template_id, version=version
            ),
            overrides=[
                aws.autoscaling.GroupMixedInstancesPolicyLaunchTemplateOverrideArgs(
                    instance_type=machine.name
                )
                for machine in instances.types
            ],
        ),
        instances_distribution=aws.autoscaling.GroupMixedInstancesPolicyInstancesDistributionArgs(
            on_demand_base_capacity=instances.on_demand_base_capacity,
            on_demand_percentage_above_base_capacity=100 - instances.spot_percent,
            on_demand_allocation_strategy="prioritized",
            # The pools that are least likely to be taken back, the cheapest of these first.
            spot_allocation_strategy="price-capacity-optimized",
        ),
    )


def _warm_pool(size: int) -> aws.autoscaling.GroupWarmPoolArgs | None:
    if not size:
        return None
    return aws.autoscaling.GroupWarmPoolArgs(
        pool_state="Stopped",
        # Both alike make a pool of a fixed size; with neither it would hold all that the group can grow by.
        min_size=size,
        max_group_prepared_capacity=size,
    )
