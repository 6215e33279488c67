"""Who answers next: an application load balancer in front of instances that it checks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import pulumi
import pulumi_aws as aws

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from infra.balancer_config import BalancerConfig

HTTP: Final = 80

READY: Final = "/readyz"
"""Answers 200 once the predictors are loaded and give a known answer."""


@dataclass(frozen=True, kw_only=True)
class LoadBalancerArgs:
    """What to balance, and where."""

    config: BalancerConfig
    """Algorithm, health checks and timeouts."""
    vpc_id: pulumi.Input[str]
    subnet_ids: pulumi.Input[Sequence[pulumi.Input[str]]]
    """Public ones, in two zones or more."""
    security_group_id: pulumi.Input[str]
    service_port: int
    """Where the instances listen."""
    tags: Mapping[str, str]
    """On everything that takes tags."""


class LoadBalancer(pulumi.ComponentResource):
    """Spreads HTTP requests over the instances that pass their health checks."""

    arn: pulumi.Output[str]
    url: pulumi.Output[str]
    """Where the service answers, without a slash at the end."""
    target_group_arn: pulumi.Output[str]
    """Known once requests are forwarded to it: Auto Scaling takes it no earlier."""
    metric_name: pulumi.Output[str]
    """What CloudWatch calls the balancer."""
    target_group_metric_name: pulumi.Output[str]
    """What it calls the target group."""

    def __init__(self, name: str, args: LoadBalancerArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("scalable-models:aws:LoadBalancer", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        config = args.config
        balancer = aws.lb.LoadBalancer(
            f"{name}-alb",
            load_balancer_type="application",
            internal=False,
            subnets=args.subnet_ids,
            security_groups=[args.security_group_id],
            idle_timeout=config.idle_timeout,
            # Requests that two readers could understand in two ways go no further.
            drop_invalid_header_fields=True,
            desync_mitigation_mode="strictest",
            tags=args.tags,
            opts=child,
        )
        targets = aws.lb.TargetGroup(
            f"{name}-targets",
            vpc_id=args.vpc_id,
            target_type="instance",
            protocol="HTTP",
            port=args.service_port,
            load_balancing_algorithm_type=config.algorithm,
            deregistration_delay=config.deregistration_delay,
            health_check=aws.lb.TargetGroupHealthCheckArgs(
                enabled=True,
                protocol="HTTP",
                port="traffic-port",
                path=READY,
                matcher="200",
                interval=config.health_check.interval,
                timeout=config.health_check.timeout,
                healthy_threshold=config.health_check.healthy_threshold,
                unhealthy_threshold=config.health_check.unhealthy_threshold,
            ),
            tags=args.tags,
            opts=child,
        )
        listener = aws.lb.Listener(
            f"{name}-http",
            load_balancer_arn=balancer.arn,
            protocol="HTTP",
            port=HTTP,
            default_actions=[
                aws.lb.ListenerDefaultActionArgs(type="forward", target_group_arn=targets.arn),
            ],
            tags=args.tags,
            opts=child,
        )
        self.arn = balancer.arn
        self.url = pulumi.Output.concat("http://", balancer.dns_name)
        self.target_group_arn = listener.arn.apply(lambda _: targets.arn)
        self.metric_name = balancer.arn_suffix
        self.target_group_metric_name = targets.arn_suffix
        self.register_outputs({"url": self.url, "target_group_arn": self.target_group_arn})
