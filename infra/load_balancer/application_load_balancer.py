"""Who answers next: an application load balancer in front of instances that it checks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import pulumi
import pulumi_aws as aws

from infra.depends_on import once
from infra.load_balancer.blocked_paths import NOT_FOUND, hidden_paths

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from infra.load_balancer.config import LoadBalancerConfig
    from infra.load_balancer.target_group_config import TargetGroupConfig

HTTP: Final = 80
HTTPS: Final = 443

READY: Final = "/readyz"
"""Answers 200 once the predictors are loaded and give a known answer."""

TLS_POLICY: Final = "ELBSecurityPolicy-TLS13-1-2-Res-PQ-2025-09"
"""TLS 1.3 and 1.2 with forward secrecy alone, and with keys that a quantum computer will not find for clients
that know them: what AWS recommends (ELB user guide, "Security policies for your Application Load Balancer",
2025)."""


@dataclass(frozen=True, kw_only=True)
class Https:
    """What it takes to answer under a name of one's own."""

    certificate_arn: pulumi.Input[str]
    name: str
    zone_id: pulumi.Input[str]
    """Of the hosted zone that holds the name."""


@dataclass(frozen=True, kw_only=True)
class LoadBalancerArgs:
    """What to balance, and where."""

    config: LoadBalancerConfig
    target_group: TargetGroupConfig
    """Algorithm, health checks and timeouts."""
    vpc_id: pulumi.Input[str]
    subnet_ids: pulumi.Input[Sequence[pulumi.Input[str]]]
    """Public ones, in two zones or more."""
    security_group_id: pulumi.Input[str]
    service_port: int
    """Where the instances listen."""
    log_bucket: pulumi.Input[str]
    """Name of the bucket that takes the logs."""
    access_prefix: str
    connections_prefix: str
    """Where in it."""
    https: Https | None
    """None: plain HTTP, at the address that AWS gives."""
    protected: bool
    """Refuse to destroy it."""
    tags: Mapping[str, str]
    """On everything that takes tags."""


class LoadBalancer(pulumi.ComponentResource):
    """Spreads requests over the instances that pass their health checks."""

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
        self._prefix = name
        self._args = args
        self._child = pulumi.ResourceOptions(parent=self)
        balancer = self._balancer()
        targets = self._targets()
        if args.https is None:
            listener = self._listener("http", balancer, HTTP, self._forward(targets))
            self.url = pulumi.Output.concat("http://", balancer.dns_name)
            pulumi.log.warn(
                "Predictions travel in plain HTTP: set `domainName` to a name of yours for HTTPS.",
                resource=self,
            )
        else:
            listener = self._encrypted(args.https, balancer, targets)
            self.url = pulumi.Output.from_input(f"https://{args.https.name}")
        self._hide(listener)
        self.arn = balancer.arn
        self.target_group_arn = once(targets.arn, listener)
        self.metric_name = balancer.arn_suffix
        self.target_group_metric_name = targets.arn_suffix
        self.register_outputs({"url": self.url, "target_group_arn": self.target_group_arn})

    def _balancer(self) -> aws.lb.LoadBalancer:
        config = self._args.config
        return aws.lb.LoadBalancer(
            f"{self._prefix}-alb",
            load_balancer_type="application",
            internal=False,
            subnets=self._args.subnet_ids,
            security_groups=[self._args.security_group_id],
            idle_timeout=config.load_balancer_idle_timeout_seconds,
            enable_http2=config.http2,
            xff_header_processing_mode=config.x_forwarded_for_mode,
            # Requests that two readers could understand in two ways go no further.
            drop_invalid_header_fields=True,
            desync_mitigation_mode="strictest",
            # The targets of a zone that has lost some are spared: traffic between zones costs an ALB nothing.
            enable_cross_zone_load_balancing=True,
            enable_deletion_protection=self._args.protected,
            access_logs=aws.lb.LoadBalancerAccessLogsArgs(
                bucket=self._args.log_bucket,
                prefix=self._args.access_prefix,
                enabled=config.load_balancer_access_logs,
            ),
            connection_logs=aws.lb.LoadBalancerConnectionLogsArgs(
                bucket=self._args.log_bucket,
                prefix=self._args.connections_prefix,
                enabled=config.load_balancer_connection_logs,
            ),
            tags=self._args.tags,
            opts=self._child,
        )

    def _targets(self) -> aws.lb.TargetGroup:
        config = self._args.target_group
        mitigation = "on" if config.anomaly_mitigation else "off"
        return aws.lb.TargetGroup(
            f"{self._prefix}-targets",
            vpc_id=self._args.vpc_id,
            target_type="instance",
            protocol="HTTP",
            port=self._args.service_port,
            load_balancing_algorithm_type=config.load_balancing_algorithm,
            # Other algorithms do not know the attribute.
            load_balancing_anomaly_mitigation=mitigation
            if config.load_balancing_algorithm == "weighted_random"
            else None,
            slow_start=config.slow_start_seconds,
            stickiness=aws.lb.TargetGroupStickinessArgs(
                type="lb_cookie",
                enabled=config.stickiness_seconds > 0,
                cookie_duration=config.stickiness_seconds or None,
            ),
            deregistration_delay=config.deregistration_delay_seconds,
            health_check=aws.lb.TargetGroupHealthCheckArgs(
                enabled=True,
                protocol="HTTP",
                port="traffic-port",
                path=READY,
                matcher="200",
                interval=config.health_check_interval_seconds,
                timeout=config.health_check_timeout_seconds,
                healthy_threshold=config.healthy_threshold_count,
                unhealthy_threshold=config.unhealthy_threshold_count,
            ),
            tags=self._args.tags,
            opts=self._child,
        )

    def _forward(self, targets: aws.lb.TargetGroup) -> aws.lb.ListenerDefaultActionArgs:
        return aws.lb.ListenerDefaultActionArgs(type="forward", target_group_arn=targets.arn)

    def _listener(
        self,
        role: str,
        balancer: aws.lb.LoadBalancer,
        port: int,
        action: aws.lb.ListenerDefaultActionArgs,
        certificate_arn: pulumi.Input[str] | None = None,
    ) -> aws.lb.Listener:
        return aws.lb.Listener(
            f"{self._prefix}-{role}",
            load_balancer_arn=balancer.arn,
            protocol="HTTP" if certificate_arn is None else "HTTPS",
            port=port,
            certificate_arn=certificate_arn,
            ssl_policy=None if certificate_arn is None else TLS_POLICY,
            default_actions=[action],
            tags=self._args.tags,
            opts=self._child,
        )

    def _encrypted(
        self, https: Https, balancer: aws.lb.LoadBalancer, targets: aws.lb.TargetGroup
    ) -> aws.lb.Listener:
        """Answer over TLS, send plain HTTP there, and let the name lead here; return what answers."""
        there = aws.lb.ListenerDefaultActionArgs(
            type="redirect",
            redirect=aws.lb.ListenerDefaultActionRedirectArgs(
                protocol="HTTPS", port=str(HTTPS), status_code="HTTP_301"
            ),
        )
        self._listener("http", balancer, HTTP, there)
        aws.route53.Record(
            f"{self._prefix}-address",
            zone_id=https.zone_id,
            name=https.name,
            # No AAAA: the balancer has IPv4 addresses alone, as its network has.
            type="A",
            aliases=[
                aws.route53.RecordAliasArgs(
                    name=balancer.dns_name,
                    zone_id=balancer.zone_id,
                    # There is one place to go to, however it feels.
                    evaluate_target_health=False,
                )
            ],
            opts=self._child,
        )
        return self._listener("https", balancer, HTTPS, self._forward(targets), https.certificate_arn)

    def _hide(self, listener: aws.lb.Listener) -> None:
        """Answer for the service where the world has no business; health checks do not come this way."""
        for priority, hidden in enumerate(hidden_paths(self._args.config.hidden_paths), start=1):
            aws.lb.ListenerRule(
                f"{self._prefix}-hide-{hidden.role}",
                listener_arn=listener.arn,
                priority=priority,
                conditions=[
                    aws.lb.ListenerRuleConditionArgs(
                        path_pattern=aws.lb.ListenerRuleConditionPathPatternArgs(
                            regex_values=hidden.expressions
                        )
                    )
                ],
                actions=[
                    aws.lb.ListenerRuleActionArgs(
                        type="fixed-response",
                        fixed_response=aws.lb.ListenerRuleActionFixedResponseArgs(
                            status_code="404", content_type="application/json", message_body=NOT_FOUND
                        ),
                    )
                ],
                tags=self._args.tags,
                opts=self._child,
            )
