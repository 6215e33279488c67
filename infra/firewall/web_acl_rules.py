"""The rules of a web ACL, in the order in which they look at a request: the cheapest first.

Our own rules have an action. Groups of AWS's rules have theirs, which can be overridden.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final, TypeAlias

import pulumi
import pulumi_aws as aws

from infra.firewall.managed_rule_groups import MANAGED_GROUPS

if TYPE_CHECKING:
    from infra.firewall.config import FirewallConfig, FirewallMode, GroupChoice

SetArns: TypeAlias = Sequence[pulumi.Input[str]]
"""ARNs of IP sets; none, one, or one for each version of IP."""

BATCHES: Final = "/classify/batch"
"""How the path ends of what takes more than 8 KB. The service has a limit of its own there, and a 413."""

LARGE_BODY: Final = "SizeRestrictions_BODY"
"""The common group's rule against bodies above 8 KB: counted, so that ours can make an exception."""

LARGE_BODY_LABEL: Final = "awswaf:managed:aws:core-rule-set:SizeRestrictions_Body"
"""What it marks them with (AWS WAF developer guide, "Baseline rule groups")."""

WINDOW_SECONDS: Final = 300
"""Within which requests are counted."""


def rules(config: FirewallConfig, *, allowed: SetArns, denied: SetArns) -> list[aws.wafv2.WebAclRuleArgs]:
    """Write the rules that a configuration asks for; `allowed` and `denied` are its lists of addresses."""
    mode = config.firewall_mode
    found: list[aws.wafv2.WebAclRuleArgs] = []
    if allowed:
        let_pass = aws.wafv2.WebAclRuleActionArgs(allow=aws.wafv2.WebAclRuleActionAllowArgs())
        found.append(_rule("AllowedAddresses", let_pass, _in_any(allowed)))
    if denied:
        found.append(_rule("DeniedAddresses", _action(mode), _in_any(denied)))
    if config.denied_countries:
        found.append(_rule("DeniedCountries", _action(mode), _from_countries(config.denied_countries)))
    if config.allowed_countries:
        found.append(_rule("OtherCountries", _action(mode), _from_elsewhere(config.allowed_countries)))
    found.append(_rule("RateLimit", _action(mode), _flood(config.rate_limit_per_ip)))
    if config.rate_limit_per_forwarded_ip:
        statement = _forwarded_flood(config.rate_limit_per_forwarded_ip)
        found.append(_rule("ForwardedRateLimit", _action(mode), statement))
    chosen = {choice.name: choice for choice in config.managed_rule_groups}
    for name in MANAGED_GROUPS:
        if name not in chosen:
            continue
        in_force = chosen[name].mode or mode
        found.append(_managed(chosen[name], in_force))
        if name == "common":
            found.append(_rule("LargeBody", _action(in_force), _large_but_no_batch()))
    for priority, rule in enumerate(found):
        rule.priority = priority
    return found


def _rule(
    name: str, action: aws.wafv2.WebAclRuleActionArgs, statement: aws.wafv2.WebAclRuleStatementArgs
) -> aws.wafv2.WebAclRuleArgs:
    return aws.wafv2.WebAclRuleArgs(
        name=name, priority=0, action=action, statement=statement, visibility_config=_visible(name)
    )


def _action(mode: FirewallMode) -> aws.wafv2.WebAclRuleActionArgs:
    if mode == "count":
        return aws.wafv2.WebAclRuleActionArgs(count=aws.wafv2.WebAclRuleActionCountArgs())
    return aws.wafv2.WebAclRuleActionArgs(block=aws.wafv2.WebAclRuleActionBlockArgs())


def _managed(choice: GroupChoice, mode: FirewallMode) -> aws.wafv2.WebAclRuleArgs:
    name = MANAGED_GROUPS[choice.name].name
    return aws.wafv2.WebAclRuleArgs(
        name=name,
        priority=0,
        override_action=aws.wafv2.WebAclRuleOverrideActionArgs(
            count=aws.wafv2.WebAclRuleOverrideActionCountArgs()
        )
        if mode == "count"
        else aws.wafv2.WebAclRuleOverrideActionArgs(none=aws.wafv2.WebAclRuleOverrideActionNoneArgs()),
        statement=aws.wafv2.WebAclRuleStatementArgs(
            managed_rule_group_statement=aws.wafv2.WebAclRuleStatementManagedRuleGroupStatementArgs(
                vendor_name="AWS",
                name=name,
                rule_action_overrides=[_counted(LARGE_BODY)] if choice.name == "common" else None,
            )
        ),
        visibility_config=_visible(name),
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


def _in_any(sets: SetArns) -> aws.wafv2.WebAclRuleStatementArgs:
    statements = [
        aws.wafv2.WebAclRuleStatementArgs(
            ip_set_reference_statement=aws.wafv2.WebAclRuleStatementIpSetReferenceStatementArgs(arn=arn)
        )
        for arn in sets
    ]
    if len(statements) == 1:  # an `or` takes two
        return statements[0]
    return aws.wafv2.WebAclRuleStatementArgs(
        or_statement=aws.wafv2.WebAclRuleStatementOrStatementArgs(statements=statements)
    )


def _from_countries(codes: Sequence[str]) -> aws.wafv2.WebAclRuleStatementArgs:
    return aws.wafv2.WebAclRuleStatementArgs(
        geo_match_statement=aws.wafv2.WebAclRuleStatementGeoMatchStatementArgs(country_codes=codes)
    )


def _from_elsewhere(codes: Sequence[str]) -> aws.wafv2.WebAclRuleStatementArgs:
    return aws.wafv2.WebAclRuleStatementArgs(
        not_statement=aws.wafv2.WebAclRuleStatementNotStatementArgs(statement=_from_countries(codes))
    )


def _flood(limit: int) -> aws.wafv2.WebAclRuleStatementArgs:
    return aws.wafv2.WebAclRuleStatementArgs(
        rate_based_statement=aws.wafv2.WebAclRuleStatementRateBasedStatementArgs(
            aggregate_key_type="IP", evaluation_window_sec=WINDOW_SECONDS, limit=limit
        )
    )


def _forwarded_flood(limit: int) -> aws.wafv2.WebAclRuleStatementArgs:
    return aws.wafv2.WebAclRuleStatementArgs(
        rate_based_statement=aws.wafv2.WebAclRuleStatementRateBasedStatementArgs(
            aggregate_key_type="FORWARDED_IP",
            evaluation_window_sec=WINDOW_SECONDS,
            limit=limit,
            forwarded_ip_config=aws.wafv2.WebAclRuleStatementRateBasedStatementForwardedIpConfigArgs(
                # Nonsense in the header is no reason to block: the other limit holds all the same.
                header_name="X-Forwarded-For",
                fallback_behavior="NO_MATCH",
            ),
        )
    )


def _large_but_no_batch() -> aws.wafv2.WebAclRuleStatementArgs:
    large = aws.wafv2.WebAclRuleStatementArgs(
        label_match_statement=aws.wafv2.WebAclRuleStatementLabelMatchStatementArgs(
            scope="LABEL", key=LARGE_BODY_LABEL
        )
    )
    batch = aws.wafv2.WebAclRuleStatementArgs(
        byte_match_statement=aws.wafv2.WebAclRuleStatementByteMatchStatementArgs(
            # API Gateway puts its stage in front of the path, hence the end of it.
            field_to_match=aws.wafv2.WebAclRuleStatementByteMatchStatementFieldToMatchArgs(
                uri_path=aws.wafv2.WebAclRuleStatementByteMatchStatementFieldToMatchUriPathArgs()
            ),
            positional_constraint="ENDS_WITH",
            search_string=BATCHES,
            text_transformations=[
                aws.wafv2.WebAclRuleStatementByteMatchStatementTextTransformationArgs(priority=0, type="NONE")
            ],
        )
    )
    no_batch = aws.wafv2.WebAclRuleStatementArgs(
        not_statement=aws.wafv2.WebAclRuleStatementNotStatementArgs(statement=batch)
    )
    return aws.wafv2.WebAclRuleStatementArgs(
        and_statement=aws.wafv2.WebAclRuleStatementAndStatementArgs(statements=[large, no_batch])
    )


def _visible(metric: str) -> aws.wafv2.WebAclRuleVisibilityConfigArgs:
    return aws.wafv2.WebAclRuleVisibilityConfigArgs(
        metric_name=metric, cloudwatch_metrics_enabled=True, sampled_requests_enabled=True
    )
