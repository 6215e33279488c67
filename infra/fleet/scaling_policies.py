"""Scaling policies of the Auto Scaling group: target tracking, scheduled actions and predictive scaling."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pulumi
import pulumi_aws as aws

from infra.fleet.scaling_target import scaling_target

if TYPE_CHECKING:
    from infra.fleet.config import FleetConfig
    from infra.fleet.scaling_config import ScalingConfig
    from infra.fleet.scaling_target import ScalingTarget


def create_target_tracking_policies(
    name: str,
    group_name: pulumi.Input[str],
    config: FleetConfig,
    metric_label: pulumi.Input[str],
    opts: pulumi.ResourceOptions,
) -> None:
    """Create policies for requests per target and CPU; the larger of both capacities wins.

    Args:
        name: prefix of the resource names.
        group_name: name of the Auto Scaling group.
        config: configuration of the fleet, with the targets.
        metric_label: resource label, the CloudWatch names of load balancer and target group.
        opts: options of each policy.
    """
    derived = _derived_target(config)
    if requests := config.scaling.target_requests_per_minute:
        reason = "the configured number"
    else:
        requests, reason = derived.requests_per_minute, f"limited by its {derived.limit}"
    pulumi.log.info(
        f"The fleet grows beyond {requests:,} requests per minute and instance ({reason}), or "
        f"{derived.cpu_percent} % CPU, measured every {_metric_minutes(config)}.",
        resource=opts.parent,
    )
    aws.autoscaling.Policy(
        f"{name}-requests",
        autoscaling_group_name=group_name,
        policy_type="TargetTrackingScaling",
        target_tracking_configuration=aws.autoscaling.PolicyTargetTrackingConfigurationArgs(
            predefined_metric_specification=aws.autoscaling.PolicyTargetTrackingConfigurationPredefinedMetricSpecificationArgs(
                predefined_metric_type="ALBRequestCountPerTarget", resource_label=metric_label
            ),
            target_value=requests,
        ),
        opts=opts,
    )
    aws.autoscaling.Policy(
        f"{name}-cpu",
        autoscaling_group_name=group_name,
        policy_type="TargetTrackingScaling",
        target_tracking_configuration=aws.autoscaling.PolicyTargetTrackingConfigurationArgs(
            predefined_metric_specification=aws.autoscaling.PolicyTargetTrackingConfigurationPredefinedMetricSpecificationArgs(
                predefined_metric_type="ASGAverageCPUUtilization",
            ),
            target_value=derived.cpu_percent,
        ),
        opts=opts,
    )


def _metric_minutes(config: FleetConfig) -> str:
    """Return the interval of the instances' metrics (EC2 user guide, "Manage detailed monitoring")."""
    return "minute" if config.instances.detailed_monitoring else "5 minutes"


def create_scheduled_actions(
    name: str, group_name: pulumi.Input[str], scaling: ScalingConfig, opts: pulumi.ResourceOptions
) -> None:
    """Create the scheduled actions of the configuration.

    A change deletes an action and creates it anew: an update would send the start time that AWS has computed,
    which AWS refuses once it is past (pulumi-aws#2473, terraform-provider-aws#38983).
    """
    replaced = pulumi.ResourceOptions(replace_on_changes=["*"], delete_before_replace=True)
    for action in scaling.scaling_schedule:
        aws.autoscaling.Schedule(
            f"{name}-schedule-{action.name}",
            scheduled_action_name=action.name,
            autoscaling_group_name=group_name,
            recurrence=action.recurrence,
            time_zone=scaling.scaling_schedule_time_zone,
            # -1 leaves a size unchanged.
            min_size=-1 if action.min_size is None else action.min_size,
            max_size=-1 if action.max_size is None else action.max_size,
            desired_capacity=-1 if action.desired_capacity is None else action.desired_capacity,
            opts=pulumi.ResourceOptions.merge(opts, replaced),
        )


def create_predictive_policy(
    name: str,
    group_name: pulumi.Input[str],
    config: FleetConfig,
    metric_label: pulumi.Input[str],
    opts: pulumi.ResourceOptions,
) -> None:
    """Create a policy that forecasts the requests of the next two days and, with `scale`, adds instances.

    Predictive scaling only adds instances: target tracking removes them.
    """
    scaling, derived = config.scaling, _derived_target(config)
    if scaling.predictive_scaling == "none":
        return
    aws.autoscaling.Policy(
        f"{name}-forecast",
        autoscaling_group_name=group_name,
        policy_type="PredictiveScaling",
        predictive_scaling_configuration=aws.autoscaling.PolicyPredictiveScalingConfigurationArgs(
            mode="ForecastAndScale" if scaling.predictive_scaling == "scale" else "ForecastOnly",
            # Launch instances this early, so that their warm-up ends in time.
            scheduling_buffer_time=str(scaling.instance_warmup_seconds),
            # A forecast never exceeds the configured maximum, which limits the cost.
            max_capacity_breach_behavior="HonorMaxCapacity",
            metric_specification=aws.autoscaling.PolicyPredictiveScalingConfigurationMetricSpecificationArgs(
                target_value=config.scaling.target_requests_per_minute or derived.requests_per_minute,
                predefined_metric_pair_specification=aws.autoscaling.PolicyPredictiveScalingConfigurationMetricSpecificationPredefinedMetricPairSpecificationArgs(
                    predefined_metric_type="ALBRequestCount", resource_label=metric_label
                ),
            ),
        ),
        opts=opts,
    )


def _derived_target(config: FleetConfig) -> ScalingTarget:
    return scaling_target(config.instances.types, config.scaling.target_cpu_percent)
