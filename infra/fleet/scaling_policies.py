"""What makes the fleet larger and smaller: its load, the time of day, and a forecast of its load."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pulumi_aws as aws

from infra.reference_data.throughput import requests_per_minute

if TYPE_CHECKING:
    import pulumi

    from infra.fleet.config import FleetConfig
    from infra.fleet.scaling_config import ScalingConfig


def follow_load(
    name: str,
    group_name: pulumi.Input[str],
    config: FleetConfig,
    metric_label: pulumi.Input[str],
    opts: pulumi.ResourceOptions,
) -> None:
    """Keep two measures at their targets; the one that asks for more instances wins.

    Args:
        name: what the policies are named after.
        group_name: of the Auto Scaling group.
        config: with the targets.
        metric_label: what CloudWatch calls balancer and target group together.
        opts: of each policy.
    """
    aws.autoscaling.Policy(
        f"{name}-requests",
        autoscaling_group_name=group_name,
        policy_type="TargetTrackingScaling",
        target_tracking_configuration=aws.autoscaling.PolicyTargetTrackingConfigurationArgs(
            predefined_metric_specification=aws.autoscaling.PolicyTargetTrackingConfigurationPredefinedMetricSpecificationArgs(
                predefined_metric_type="ALBRequestCountPerTarget", resource_label=metric_label
            ),
            target_value=_requests_per_target(config),
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
            target_value=config.scaling.target_cpu_percent,
        ),
        opts=opts,
    )


def follow_schedule(
    name: str, group_name: pulumi.Input[str], scaling: ScalingConfig, opts: pulumi.ResourceOptions
) -> None:
    """Take on each size at its time."""
    for number, occasion in enumerate(scaling.scaling_schedule, start=1):
        aws.autoscaling.Schedule(
            f"{name}-occasion-{number}",
            scheduled_action_name=f"occasion-{number}",
            autoscaling_group_name=group_name,
            recurrence=occasion.recurrence,
            time_zone=scaling.scaling_schedule_time_zone,
            # What it says nothing of stays as it is, which Terraform writes as -1.
            min_size=-1 if occasion.least is None else occasion.least,
            max_size=-1 if occasion.most is None else occasion.most,
            desired_capacity=-1 if occasion.desired is None else occasion.desired,
            opts=opts,
        )


def follow_forecast(
    name: str,
    group_name: pulumi.Input[str],
    config: FleetConfig,
    metric_label: pulumi.Input[str],
    opts: pulumi.ResourceOptions,
) -> None:
    """Forecast the requests of the next two days, and have the instances ready for them where that is wanted.

    It only ever adds instances: the load itself makes the group smaller again.
    """
    scaling = config.scaling
    if scaling.predictive_scaling == "none":
        return
    aws.autoscaling.Policy(
        f"{name}-forecast",
        autoscaling_group_name=group_name,
        policy_type="PredictiveScaling",
        predictive_scaling_configuration=aws.autoscaling.PolicyPredictiveScalingConfigurationArgs(
            mode="ForecastAndScale" if scaling.predictive_scaling == "scale" else "ForecastOnly",
            # So long before they are needed: an instance that warms up is of no use yet.
            scheduling_buffer_time=str(scaling.instance_warmup_seconds),
            # What the bill may be is for the configuration to say, not for a forecast.
            max_capacity_breach_behavior="HonorMaxCapacity",
            metric_specification=aws.autoscaling.PolicyPredictiveScalingConfigurationMetricSpecificationArgs(
                target_value=_requests_per_target(config),
                predefined_metric_pair_specification=aws.autoscaling.PolicyPredictiveScalingConfigurationMetricSpecificationPredefinedMetricPairSpecificationArgs(
                    predefined_metric_type="ALBRequestCount", resource_label=metric_label
                ),
            ),
        ),
        opts=opts,
    )


def _requests_per_target(config: FleetConfig) -> int:
    return config.scaling.target_requests_per_minute or requests_per_minute(
        config.instances.types, config.scaling.target_cpu_percent
    )
