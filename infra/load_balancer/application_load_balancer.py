"""Application Load Balancer, its listeners and its target group."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeAlias

import pulumi
import pulumi_aws as aws

from infra.depends_on import available_after
from infra.load_balancer.blocked_paths import NOT_FOUND, blocked_path_rules
from infra.network.domain_config import STRICT_TRANSPORT_SECURITY

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from infra.load_balancer.config import LoadBalancerConfig
    from infra.load_balancer.target_group_config import TargetGroupConfig

HTTP: Final = 80
HTTPS: Final = 443

HEALTH_CHECK_PATH: Final = "/readyz"
"""Path that answers 200 once the predictors are loaded and return a known result."""

TLS_POLICY: Final = "ELBSecurityPolicy-TLS13-1-2-Res-PQ-2025-09"
"""TLS 1.3 and 1.2, only ciphers with forward secrecy, and post-quantum key exchange for clients that support
it: the recommendation of AWS (ELB user guide, "Security policies for your Application Load Balancer",
2025)."""


OpenPort: TypeAlias = "Callable[[Sequence[pulumi.Resource]], pulumi.CustomResource]"
"""Opens a port of the load balancer to the world, once the given resources exist; returns what opens it."""


@dataclass(frozen=True, kw_only=True)
class Https:
    """Certificate and domain name of an HTTPS listener."""

    certificate_arn: pulumi.Input[str]
    name: str
    zone_id: pulumi.Input[str]
    """Hosted zone of the name."""


@dataclass(frozen=True, kw_only=True)
class ApplicationLoadBalancerArgs:
    """Arguments of the load balancer."""

    config: LoadBalancerConfig
    """Timeouts, logs and blocked paths."""
    target_group: TargetGroupConfig
    """Algorithm, health checks and timeouts of the targets."""
    vpc_id: pulumi.Input[str]
    vpc_cidr: str
    """Address range of the VPC; another one means another VPC, which a load balancer can't move to."""
    subnet_ids: pulumi.Input[Sequence[pulumi.Input[str]]]
    """Public subnets, in at least two zones."""
    security_group_id: pulumi.Input[str]
    open_http: OpenPort
    open_https: OpenPort
    service_port: int
    """TCP port of the service on the instances."""
    log_bucket: pulumi.Input[str]
    """Name of the bucket for the logs."""
    access_prefix: str
    """Key prefix of the access logs."""
    connections_prefix: str
    """Key prefix of the connection logs."""
    https: Https | None
    """None for plain HTTP at the DNS name of the load balancer."""
    protected: bool
    """Whether deletion protection is enabled."""
    tags: Mapping[str, str]
    """Tags of every resource that supports them."""


class ApplicationLoadBalancer(pulumi.ComponentResource):
    """Application Load Balancer, its listeners and rules, its target group and its DNS record."""

    arn: pulumi.Output[str]
    url: pulumi.Output[str]
    """URL of the service, without a trailing slash."""
    target_group_arn: pulumi.Output[str]
    """Resolves after the creation of the listener: Auto Scaling accepts no target group without one."""
    metric_name: pulumi.Output[str]
    """Name of the load balancer in CloudWatch metrics."""
    target_group_metric_name: pulumi.Output[str]
    """Name of the target group in CloudWatch metrics."""

    def __init__(
        self, name: str, args: ApplicationLoadBalancerArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("scalable-models:aws:LoadBalancer", name, None, opts)
        self._prefix = name
        self._args = args
        self._child = pulumi.ResourceOptions(parent=self)
        balancer = self._balancer()
        target_group = self._target_group()
        if args.https is None:
            listener = self._listener("http", balancer, HTTP, self._forward(target_group))
            self._open_http(listener)
            self.url = pulumi.Output.concat("http://", balancer.dns_name)
            pulumi.log.warn(
                "Clients use plain HTTP: set `domainName` to a domain name of yours for HTTPS.", resource=self
            )
        else:
            listener = self._https_listener(args.https, balancer, target_group)
            self.url = pulumi.Output.from_input(f"https://{args.https.name}")
        self.arn = balancer.arn
        self.target_group_arn = available_after(target_group.arn, listener)
        self.metric_name = balancer.arn_suffix
        self.target_group_metric_name = target_group.arn_suffix
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
            # Ambiguous requests, which allow request smuggling, are rejected.
            drop_invalid_header_fields=True,
            desync_mitigation_mode="strictest",
            # The load is even if a zone has fewer targets; an ALB pays nothing for traffic between zones.
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
            opts=pulumi.ResourceOptions(
                parent=self, protect=self._args.protected, replacement_trigger=self._args.vpc_cidr
            ),
        )

    def _target_group(self) -> aws.lb.TargetGroup:
        config = self._args.target_group
        return aws.lb.TargetGroup(
            f"{self._prefix}-targets",
            vpc_id=self._args.vpc_id,
            target_type="instance",
            protocol="HTTP",
            port=self._args.service_port,
            load_balancing_algorithm_type=config.load_balancing_algorithm,
            # Without a value, it would stay on after a change of the algorithm.
            load_balancing_anomaly_mitigation="on" if config.anomaly_mitigation else "off",
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
                path=HEALTH_CHECK_PATH,
                matcher="200",
                interval=config.health_check_interval_seconds,
                timeout=config.health_check_timeout_seconds,
                healthy_threshold=config.healthy_threshold_count,
                unhealthy_threshold=config.unhealthy_threshold_count,
            ),
            tags=self._args.tags,
            opts=self._child,
        )

    def _forward(self, target_group: aws.lb.TargetGroup) -> aws.lb.ListenerDefaultActionArgs:
        return aws.lb.ListenerDefaultActionArgs(type="forward", target_group_arn=target_group.arn)

    def _listener(
        self,
        role: str,
        balancer: aws.lb.LoadBalancer,
        port: int,
        action: aws.lb.ListenerDefaultActionArgs,
        certificate_arn: pulumi.Input[str] | None = None,
        after: Sequence[pulumi.Resource] = (),
    ) -> aws.lb.Listener:
        return aws.lb.Listener(
            f"{self._prefix}-{role}",
            load_balancer_arn=balancer.arn,
            protocol="HTTP" if certificate_arn is None else "HTTPS",
            port=port,
            certificate_arn=certificate_arn,
            ssl_policy=None if certificate_arn is None else TLS_POLICY,
            # Browsers ignore the header over plain HTTP (RFC 6797, 8.1).
            routing_http_response_strict_transport_security_header_value=None
            if certificate_arn is None
            else STRICT_TRANSPORT_SECURITY,
            default_actions=[action],
            tags=self._args.tags,
            opts=pulumi.ResourceOptions(parent=self, depends_on=list(after)),
        )

    def _https_listener(
        self, https: Https, balancer: aws.lb.LoadBalancer, target_group: aws.lb.TargetGroup
    ) -> aws.lb.Listener:
        """Create an HTTPS listener, the DNS record and a redirect from HTTP; return the HTTPS listener.

        The redirect comes last: HTTP serves on until a certificate is issued and clients find the name. No
        client reaches the listener before its rules exist.
        """
        listener = self._listener(
            "https", balancer, HTTPS, self._forward(target_group), https.certificate_arn
        )
        opened = self._args.open_https([listener, *self._block_paths(listener, "https-hide")])
        redirect = aws.lb.ListenerDefaultActionArgs(
            type="redirect",
            redirect=aws.lb.ListenerDefaultActionRedirectArgs(
                # The name of the service, not `#{host}`, which would send clients wherever their `Host` says.
                host=https.name,
                protocol="HTTPS",
                port=str(HTTPS),
                status_code="HTTP_301",
            ),
        )
        address = aws.route53.Record(
            f"{https.name}-address",
            zone_id=https.zone_id,
            name=https.name,
            # No AAAA record: load balancer and VPC have only IPv4 addresses.
            type="A",
            aliases=[
                aws.route53.RecordAliasArgs(
                    name=balancer.dns_name,
                    zone_id=balancer.zone_id,
                    # There is no other target to fail over to.
                    evaluate_target_health=False,
                )
            ],
            # No part of this component, so that the record stays when the name moves to another one.
            opts=pulumi.ResourceOptions(depends_on=[listener, opened]),
        )
        self._open_http(self._listener("http", balancer, HTTP, redirect, after=[listener, address]))
        return listener

    def _open_http(self, listener: aws.lb.Listener) -> None:
        """Block paths and open the port, also of a listener that redirects.

        Without a domain it forwards again, and the rules have to be there at that moment.
        """
        self._args.open_http([listener, *self._block_paths(listener, "hide")])

    def _block_paths(self, listener: aws.lb.Listener, role: str) -> list[aws.lb.ListenerRule]:
        """Create rules that answer 404 on blocked paths; health checks do not pass the listener."""
        return [
            aws.lb.ListenerRule(
                f"{self._prefix}-{role}-{rule.role}",
                listener_arn=listener.arn,
                priority=rule.priority,
                conditions=[
                    aws.lb.ListenerRuleConditionArgs(
                        path_pattern=aws.lb.ListenerRuleConditionPathPatternArgs(
                            regex_values=rule.expressions
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
            for rule in blocked_path_rules(self._args.config.blocked_path_rules)
        ]
