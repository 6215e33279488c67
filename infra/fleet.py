"""What computes: instances that Auto Scaling starts, checks, replaces and counts."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import pulumi
import pulumi_aws as aws

from infra.user_data import BootSettings, boot_script

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from infra.fleet_config import FleetConfig

ROOT_DEVICE: Final = "/dev/xvda"
"""What Amazon Linux 2023 boots from."""

ROOT_GIB: Final = 8
"""The size of the image itself; the service keeps nothing."""


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
        profile, permission = self._profile()
        template = self._launch_template(profile)
        group = self._group(template, permission)
        self._follow_the_load(group)
        self.group_name = group.name
        self.launch_template_id = template.id
        self.register_outputs({"group_name": self.group_name, "launch_template_id": self.launch_template_id})

    def _profile(self) -> tuple[aws.iam.InstanceProfile, aws.iam.RolePolicy]:
        """Let an instance read the archive, in any of its versions, and nothing else."""
        role = aws.iam.Role(
            f"{self._prefix}-instance",
            assume_role_policy=json.dumps(
                {
                    "Version": "2012-10-17",
                    "Statement": [
                        {
                            "Effect": "Allow",
                            "Principal": {"Service": "ec2.amazonaws.com"},
                            "Action": "sts:AssumeRole",
                        }
                    ],
                }
            ),
            tags=self._args.tags,
            opts=self._child,
        )
        permission = aws.iam.RolePolicy(
            f"{self._prefix}-read-archive",
            role=role.name,
            policy=pulumi.Output.json_dumps(
                {
                    "Version": "2012-10-17",
                    "Statement": [
                        {
                            "Sid": "ReadArchive",
                            "Effect": "Allow",
                            "Action": ["s3:GetObject", "s3:GetObjectVersion"],
                            "Resource": self._args.archive_arn,
                        }
                    ],
                }
            ),
            opts=self._child,
        )
        profile = aws.iam.InstanceProfile(
            f"{self._prefix}-instance-profile", role=role.name, tags=self._args.tags, opts=self._child
        )
        return profile, permission

    def _launch_template(self, profile: aws.iam.InstanceProfile) -> aws.ec2.LaunchTemplate:
        instance_type = self._args.config.instance_type
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

        def encoded(uri: str, version: str, sha256: str, region: str) -> str:
            script = boot_script(
                BootSettings(
                    archive_uri=uri,
                    archive_version=version,
                    archive_sha256=sha256,
                    region=region,
                    service_port=self._args.service_port,
                    workers=config.instance_type.vcpus,
                    keep_alive_seconds=config.balancer.keep_alive,
                )
            )
            return base64.b64encode(script.encode()).decode()

        known = pulumi.Output.all(
            self._args.archive_uri,
            self._args.archive_version,
            self._args.archive_sha256,
            self._args.region,
        )
        return known.apply(lambda values: encoded(*values))

    def _group(
        self, template: aws.ec2.LaunchTemplate, permission: aws.iam.RolePolicy
    ) -> aws.autoscaling.Group:
        config = self._args.config
        return aws.autoscaling.Group(
            f"{self._prefix}-fleet",
            min_size=config.min_instances,
            # How many it has now is for the scaling policies to say, so no capacity is asked for here.
            max_size=config.max_instances,
            vpc_zone_identifiers=self._args.subnet_ids,
            target_group_arns=[self._args.target_group_arn],
            health_check_type="ELB",
            health_check_grace_period=config.health_check_grace_period,
            default_instance_warmup=config.instance_warmup,
            launch_template=aws.autoscaling.GroupLaunchTemplateArgs(
                id=template.id,
                # Never `$Latest`: with it, a new version neither starts a roll-out nor can be rolled back.
                version=template.latest_version.apply(str),
            ),
            # A deployment whose instances never answer fails, and says so.
            min_elb_capacity=config.min_instances,
            wait_for_capacity_timeout="10m",
            tags=[
                # The template tags the instances.
                aws.autoscaling.GroupTagArgs(key=key, value=value, propagate_at_launch=False)
                for key, value in self._args.tags.items()
            ],
            opts=pulumi.ResourceOptions(
                parent=self,
                # An instance that boots before it may read the archive fails.
                depends_on=[permission],
                # From the second version on this is the roll-out's, which refreshes the instances bit by bit
                # while it watches the alarms, as it does with the function's alias.
                ignore_changes=["launch_template"],
            ),
        )

    def _follow_the_load(self, group: aws.autoscaling.Group) -> None:
        """Keep two measures at their targets; the one that asks for more instances wins."""
        aws.autoscaling.Policy(
            f"{self._prefix}-requests",
            autoscaling_group_name=group.name,
            policy_type="TargetTrackingScaling",
            target_tracking_configuration=aws.autoscaling.PolicyTargetTrackingConfigurationArgs(
                predefined_metric_specification=aws.autoscaling.PolicyTargetTrackingConfigurationPredefinedMetricSpecificationArgs(
                    predefined_metric_type="ALBRequestCountPerTarget",
                    resource_label=pulumi.Output.concat(
                        self._args.load_balancer_metric_name, "/", self._args.target_group_metric_name
                    ),
                ),
                target_value=self._args.config.requests_per_target,
            ),
            opts=self._child,
        )
        aws.autoscaling.Policy(
            f"{self._prefix}-cpu",
            autoscaling_group_name=group.name,
            policy_type="TargetTrackingScaling",
            target_tracking_configuration=aws.autoscaling.PolicyTargetTrackingConfigurationArgs(
                predefined_metric_specification=aws.autoscaling.PolicyTargetTrackingConfigurationPredefinedMetricSpecificationArgs(
                    predefined_metric_type="ASGAverageCPUUtilization",
                ),
                target_value=self._args.config.cpu_target,
            ),
            opts=self._child,
        )
