"""AWS WAF web ACL, its IP sets, associations and log.

WAF inspects the first 8 KB of a body behind a load balancer, and the first 16 KB behind API Gateway (AWS WAF
developer guide, "Oversize web request components").
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import pulumi
import pulumi_aws as aws

from infra.firewall.config import by_ip_version
from infra.firewall.managed_rule_groups import LOG_PREFIX
from infra.firewall.web_acl_rules import web_acl_rules

if TYPE_CHECKING:
    from collections.abc import Mapping

    from infra.firewall.config import AnyNetwork, FirewallConfig
    from infra.firewall.web_acl_rules import IpSetArns

SECRET_HEADERS: Final = ("authorization", "cookie")
"""Headers that the log redacts."""


@dataclass(frozen=True, kw_only=True)
class FirewallArgs:
    """Arguments of the web ACL."""

    endpoints: Mapping[str, pulumi.Input[str]]
    """Protected endpoints: suffix of the resource name -> ARN of the load balancer or API stage."""
    config: FirewallConfig
    log_retention_days: int
    tags: Mapping[str, str]
    """Tags of every resource that supports them."""


class Firewall(pulumi.ComponentResource):
    """Web ACL with a rate limit, AWS managed rule groups and lists of addresses and countries; its log."""

    web_acl_arn: pulumi.Output[str]
    metric_name: str
    """Name of the web ACL in CloudWatch metrics."""

    def __init__(self, name: str, args: FirewallArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("scalable-models:aws:Firewall", name, None, opts)
        self._prefix = name
        self._args = args
        self._child = pulumi.ResourceOptions(parent=self)
        # Metrics of an account differ by this name only, so that it includes the stack. A stack name may
        # contain dots, a metric name may not (WAFV2 API reference, VisibilityConfig).
        self.metric_name = f"{name}-{pulumi.get_stack()}".replace(".", "-")
        config = args.config
        acl = aws.wafv2.WebAcl(
            f"{name}-acl",
            scope="REGIONAL",
            default_action=aws.wafv2.WebAclDefaultActionArgs(allow=aws.wafv2.WebAclDefaultActionAllowArgs()),
            rules=web_acl_rules(
                config,
                allowed=self._ip_sets("allowed", config.allowed_ip_ranges),
                denied=self._ip_sets("denied", config.denied_ip_ranges),
            ),
            visibility_config=aws.wafv2.WebAclVisibilityConfigArgs(
                metric_name=self.metric_name, cloudwatch_metrics_enabled=True, sampled_requests_enabled=True
            ),
            tags=args.tags,
            opts=self._child,
        )
        for suffix, arn in args.endpoints.items():
            aws.wafv2.WebAclAssociation(
                f"{name}-acl-{suffix}", web_acl_arn=acl.arn, resource_arn=arn, opts=self._child
            )
        self._log(acl)
        self.web_acl_arn = acl.arn
        self.register_outputs({"web_acl_arn": self.web_acl_arn})

    def _ip_sets(self, role: str, ranges: tuple[AnyNetwork, ...]) -> IpSetArns:
        """Create an IP set for each IP version with addresses."""
        return [
            aws.wafv2.IpSet(
                f"{self._prefix}-{role}-{version.lower()}",
                scope="REGIONAL",
                ip_address_version=version,
                addresses=networks,
                tags=self._args.tags,
                opts=self._child,
            ).arn
            for version, networks in by_ip_version(ranges).items()
        ]

    def _log(self, acl: aws.wafv2.WebAcl) -> None:
        group = aws.cloudwatch.LogGroup(
            f"{self._prefix}-acl-log",
            name_prefix=f"{LOG_PREFIX}{self._prefix}-",
            retention_in_days=self._args.log_retention_days,
            tags=self._args.tags,
            opts=self._child,
        )
        aws.wafv2.WebAclLoggingConfiguration(
            f"{self._prefix}-acl-logging",
            resource_arn=acl.arn,
            log_destination_configs=[group.arn],
            redacted_fields=[
                aws.wafv2.WebAclLoggingConfigurationRedactedFieldArgs(
                    single_header=aws.wafv2.WebAclLoggingConfigurationRedactedFieldSingleHeaderArgs(
                        name=header
                    )
                )
                for header in SECRET_HEADERS
            ],
            logging_filter=_matches_only() if self._args.config.firewall_logs == "matches" else None,
            opts=self._child,
        )


def _matches_only() -> aws.wafv2.WebAclLoggingConfigurationLoggingFilterArgs:
    """Return a filter that drops requests without a match: a log of all costs more than the firewall."""
    return aws.wafv2.WebAclLoggingConfigurationLoggingFilterArgs(
        default_behavior="DROP",
        filters=[
            aws.wafv2.WebAclLoggingConfigurationLoggingFilterFilterArgs(
                behavior="KEEP",
                requirement="MEETS_ANY",
                conditions=[
                    aws.wafv2.WebAclLoggingConfigurationLoggingFilterFilterConditionArgs(
                        action_condition=aws.wafv2.WebAclLoggingConfigurationLoggingFilterFilterConditionActionConditionArgs(
                            action=action
                        )
                    )
                    for action in ("BLOCK", "COUNT", "EXCLUDED_AS_COUNT")
                ],
            )
        ],
    )
