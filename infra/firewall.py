"""Who is turned away: a WAF web ACL in front of all that answers.

WAF looks at the first 8 KB of a body that comes through a load balancer, and at the first 16 KB of one that
comes through API Gateway (AWS WAF developer guide, "Oversize web request components").
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import pulumi
import pulumi_aws as aws

if TYPE_CHECKING:
    from collections.abc import Mapping

    from infra.config import FirewallMode

ADDRESS_REPUTATION: Final = "AWSManagedRulesAmazonIpReputationList"
KNOWN_BAD_INPUTS: Final = "AWSManagedRulesKnownBadInputsRuleSet"
COMMON: Final = "AWSManagedRulesCommonRuleSet"

MANAGED_GROUPS: Final = (ADDRESS_REPUTATION, KNOWN_BAD_INPUTS, COMMON)
"""In the order in which they look at a request: the cheapest first (25, 200 and 700 capacity units)."""

LEFT_TO_THE_SERVICE: Final = "SizeRestrictions_BODY"
"""Turns bodies above 8 KB away with a 403; the service takes larger ones and has a 413 of its own."""


@dataclass(frozen=True, kw_only=True)
class FirewallArgs:
    """What to protect, and how strictly."""

    protects: Mapping[str, pulumi.Input[str]]
    """What to stand in front of: a word for it -> ARN of the load balancer or API stage."""
    mode: FirewallMode
    """Whether what is recognised is blocked or only counted."""
    requests_per_address: int
    """An address that sends more than this in five minutes is a flood."""
    tags: Mapping[str, str]
    """On everything that takes tags."""


class Firewall(pulumi.ComponentResource):
    """Recognises floods, known-bad inputs and addresses of ill repute."""

    web_acl_arn: pulumi.Output[str]

    def __init__(self, name: str, args: FirewallArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("scalable-models:aws:Firewall", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        acl = aws.wafv2.WebAcl(
            f"{name}-acl",
            scope="REGIONAL",
            default_action=aws.wafv2.WebAclDefaultActionArgs(allow=aws.wafv2.WebAclDefaultActionAllowArgs()),
            rules=[
                _rate_limit(args),
                *(
                    _managed(group, priority, args.mode)
                    for priority, group in enumerate(MANAGED_GROUPS, start=1)
                ),
            ],
            visibility_config=aws.wafv2.WebAclVisibilityConfigArgs(
                metric_name=f"{name}-acl", cloudwatch_metrics_enabled=True, sampled_requests_enabled=True
            ),
            tags=args.tags,
            opts=child,
        )
        for word, arn in args.protects.items():
            aws.wafv2.WebAclAssociation(
                f"{name}-acl-{word}", web_acl_arn=acl.arn, resource_arn=arn, opts=child
            )
        self.web_acl_arn = acl.arn
        self.register_outputs({"web_acl_arn": self.web_acl_arn})


def _rate_limit(args: FirewallArgs) -> aws.wafv2.WebAclRuleArgs:
    """Our own rule: it has an action."""
    return aws.wafv2.WebAclRuleArgs(
        name="RateLimit",
        priority=0,
        action=aws.wafv2.WebAclRuleActionArgs(count=aws.wafv2.WebAclRuleActionCountArgs())
        if args.mode == "count"
        else aws.wafv2.WebAclRuleActionArgs(block=aws.wafv2.WebAclRuleActionBlockArgs()),
        statement=aws.wafv2.WebAclRuleStatementArgs(
            rate_based_statement=aws.wafv2.WebAclRuleStatementRateBasedStatementArgs(
                aggregate_key_type="IP",
                evaluation_window_sec=300,
                limit=args.requests_per_address,
            )
        ),
        visibility_config=_visible("RateLimit"),
    )


def _managed(group: str, priority: int, mode: FirewallMode) -> aws.wafv2.WebAclRuleArgs:
    """A group of AWS's rules: they have their actions, which can be overridden."""
    return aws.wafv2.WebAclRuleArgs(
        name=group,
        priority=priority,
        override_action=aws.wafv2.WebAclRuleOverrideActionArgs(
            count=aws.wafv2.WebAclRuleOverrideActionCountArgs()
        )
        if mode == "count"
        else aws.wafv2.WebAclRuleOverrideActionArgs(none=aws.wafv2.WebAclRuleOverrideActionNoneArgs()),
        statement=aws.wafv2.WebAclRuleStatementArgs(
            managed_rule_group_statement=aws.wafv2.WebAclRuleStatementManagedRuleGroupStatementArgs(
                vendor_name="AWS",
                name=group,
                rule_action_overrides=[_counted(LEFT_TO_THE_SERVICE)] if group == COMMON else None,
            )
        ),
        visibility_config=_visible(group),
    )


def _counted(
    rule: str,
) -> aws.wafv2.WebAclRuleStatementManagedRuleGroupStatementRuleActionOverrideArgs:
    return aws.wafv2.WebAclRuleStatementManagedRuleGroupStatementRuleActionOverrideArgs(
        name=rule,
        action_to_use=aws.wafv2.WebAclRuleStatementManagedRuleGroupStatementRuleActionOverrideActionToUseArgs(
            count=aws.wafv2.WebAclRuleStatementManagedRuleGroupStatementRuleActionOverrideActionToUseCountArgs()
        ),
    )


def _visible(metric: str) -> aws.wafv2.WebAclRuleVisibilityConfigArgs:
    return aws.wafv2.WebAclRuleVisibilityConfigArgs(
        metric_name=metric, cloudwatch_metrics_enabled=True, sampled_requests_enabled=True
    )
