"""Rules of the web ACL, in the order of evaluation: the cheapest first.

The project's own rules have an action. Managed rule groups have actions of their own, which a rule can
override.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import pulumi
import pulumi_aws as aws

from infra.firewall.managed_rule_groups import MANAGED_GROUPS

if TYPE_CHECKING:
    from infra.firewall.config import FirewallConfig, FirewallMode, GroupChoice

IpSetArns: TypeAlias = Sequence[pulumi.Input[str]]
"""ARNs of IP sets: none, one, or one per IP version."""

BATCH_PATHS: Final = r"/(?:classify/batch|predictors/[^/]+/predict|models/[^/]+(?:/versions/[^/]+)?/infer)$"
"""Regular expression of the ends of the paths with bodies above 8 KB: API Gateway has its stage before them.
The service has its own limit there, and answers 413. WAF supports no capturing groups (AWS WAF developer
guide, "Supported regular expression syntax")."""

ONLY_BATCH_PATH: Final = "/classify/batch"
"""End of the path on which every request is a batch."""

SMALL_BODY_BYTES: Final = 2_048
"""Maximum size of a body that is no batch on the other paths: a row or a few. The service has the same number
(`service/api/batch_paths.py`)."""

BODY_SIZE_RULE: Final = "SizeRestrictions_BODY"
"""Rule of the common group against bodies above 8 KB: only counted, since `LargeBody` exempts batches."""

BODY_SIZE_LABEL: Final = "awswaf:managed:aws:core-rule-set:SizeRestrictions_Body"
"""Label that the rule adds (AWS WAF developer guide, "Baseline rule groups")."""

WINDOW_SECONDS: Final = 300
"""Evaluation window of the rate limits of all requests, in seconds."""

BATCH_WINDOW_SECONDS: Final = 60
"""Evaluation window of the rate limit of batches, in seconds: the shortest of WAF, which has 60, 120, 300 and
600 (AWS WAF developer guide, "Rate-based rule high-level settings")."""


def web_acl_rules(
    config: FirewallConfig, *, allowed: IpSetArns, denied: IpSetArns
) -> list[aws.wafv2.WebAclRuleArgs]:
    """Return the rules of a configuration; `allowed` and `denied` are the IP sets of its addresses."""
    mode = config.firewall_mode
    rules: list[aws.wafv2.WebAclRuleArgs] = []
    if allowed:
        allow = aws.wafv2.WebAclRuleActionArgs(allow=aws.wafv2.WebAclRuleActionAllowArgs())
        rules.append(_rule("AllowedAddresses", allow, _from_addresses(allowed)))
    if denied:
        rules.append(_rule("DeniedAddresses", _action(mode), _from_addresses(denied)))
    if config.denied_countries:
        rules.append(_rule("DeniedCountries", _action(mode), _from_countries(config.denied_countries)))
    if config.allowed_countries:
        rules.append(_rule("OtherCountries", _action(mode), _from_other_countries(config.allowed_countries)))
    rules.append(_rule("RateLimit", _action(mode), _rate_limit(config.rate_limit_per_ip)))
    # After the limit of all requests: a request that a rule blocks is not counted by those after it.
    rules.append(_rule("BatchRateLimit", _action(mode), _batch_rate_limit(config.batch_rate_limit_per_ip)))
    if config.rate_limit_per_forwarded_ip:
        statement = _forwarded_rate_limit(config.rate_limit_per_forwarded_ip)
        rules.append(_rule("ForwardedRateLimit", _action(mode), statement))
    chosen = {choice.name: choice for choice in config.managed_rule_groups}
    for name in MANAGED_GROUPS:
        if name not in chosen:
            continue
        group_mode = chosen[name].mode or mode
        rules.append(_managed(chosen[name], group_mode))
        if name == "common":
            rules.append(_rule("LargeBody", _action(group_mode), _large_body_outside_batch()))
    for priority, rule in enumerate(rules):
        rule.priority = priority
    return rules


def _rule(
    name: str, action: aws.wafv2.WebAclRuleActionArgs, statement: aws.wafv2.WebAclRuleStatementArgs
) -> aws.wafv2.WebAclRuleArgs:
    return aws.wafv2.WebAclRuleArgs(
        name=name, priority=0, action=action, statement=statement, visibility_config=_visibility(name)
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
                rule_action_overrides=[_count_only(BODY_SIZE_RULE)] if choice.name == "common" else None,
            )
        ),
        visibility_config=_visibility(name),
    )


def _count_only(
    rule: str,
) -> aws.wafv2.WebAclRuleStatementManagedRuleGroupStatementRuleActionOverrideArgs:
    return aws.wafv2.WebAclRuleStatementManagedRuleGroupStatementRuleActionOverrideArgs(
        name=rule,
        action_to_use=aws.wafv2.WebAclRuleStatementManagedRuleGroupStatementRuleActionOverrideActionToUseArgs(
            count=aws.wafv2.WebAclRuleStatementManagedRuleGroupStatementRuleActionOverrideActionToUseCountArgs()
        ),
    )


def _from_addresses(sets: IpSetArns) -> aws.wafv2.WebAclRuleStatementArgs:
    statements = [
        aws.wafv2.WebAclRuleStatementArgs(
            ip_set_reference_statement=aws.wafv2.WebAclRuleStatementIpSetReferenceStatementArgs(arn=arn)
        )
        for arn in sets
    ]
    if len(statements) == 1:  # an OR statement takes at least two
        return statements[0]
    return aws.wafv2.WebAclRuleStatementArgs(
        or_statement=aws.wafv2.WebAclRuleStatementOrStatementArgs(statements=statements)
    )


def _from_countries(codes: Sequence[str]) -> aws.wafv2.WebAclRuleStatementArgs:
    return aws.wafv2.WebAclRuleStatementArgs(
        geo_match_statement=aws.wafv2.WebAclRuleStatementGeoMatchStatementArgs(country_codes=codes)
    )


def _from_other_countries(codes: Sequence[str]) -> aws.wafv2.WebAclRuleStatementArgs:
    return aws.wafv2.WebAclRuleStatementArgs(
        not_statement=aws.wafv2.WebAclRuleStatementNotStatementArgs(statement=_from_countries(codes))
    )


def _rate_limit(limit: int) -> aws.wafv2.WebAclRuleStatementArgs:
    return aws.wafv2.WebAclRuleStatementArgs(
        rate_based_statement=aws.wafv2.WebAclRuleStatementRateBasedStatementArgs(
            aggregate_key_type="IP", evaluation_window_sec=WINDOW_SECONDS, limit=limit
        )
    )


def _batch_rate_limit(limit: int) -> aws.wafv2.WebAclRuleStatementArgs:
    # The service decodes the path, and so must the rule, or a client could spell it differently. The provider
    # has classes of the same fields once more for scope-down statements.
    is_batch = aws.wafv2.WebAclRuleStatementArgs(
        or_statement=aws.wafv2.WebAclRuleStatementOrStatementArgs(
            statements=[_is_only_batch_path("URL_DECODE"), _has_more_than_small_body()]
        )
    )
    statements: Any = [_is_post(), _is_batch_path("URL_DECODE"), is_batch]
    batches = aws.wafv2.WebAclRuleStatementRateBasedStatementScopeDownStatementArgs(
        and_statement=aws.wafv2.WebAclRuleStatementRateBasedStatementScopeDownStatementAndStatementArgs(
            statements=statements
        )
    )
    return aws.wafv2.WebAclRuleStatementArgs(
        rate_based_statement=aws.wafv2.WebAclRuleStatementRateBasedStatementArgs(
            aggregate_key_type="IP",
            evaluation_window_sec=BATCH_WINDOW_SECONDS,
            limit=limit,
            scope_down_statement=batches,
        )
    )


def _forwarded_rate_limit(limit: int) -> aws.wafv2.WebAclRuleStatementArgs:
    return aws.wafv2.WebAclRuleStatementArgs(
        rate_based_statement=aws.wafv2.WebAclRuleStatementRateBasedStatementArgs(
            aggregate_key_type="FORWARDED_IP",
            evaluation_window_sec=WINDOW_SECONDS,
            limit=limit,
            forwarded_ip_config=aws.wafv2.WebAclRuleStatementRateBasedStatementForwardedIpConfigArgs(
                # An invalid header is not blocked: the limit by source address still applies.
                header_name="X-Forwarded-For",
                fallback_behavior="NO_MATCH",
            ),
        )
    )


def _large_body_outside_batch() -> aws.wafv2.WebAclRuleStatementArgs:
    large = aws.wafv2.WebAclRuleStatementArgs(
        label_match_statement=aws.wafv2.WebAclRuleStatementLabelMatchStatementArgs(
            scope="LABEL", key=BODY_SIZE_LABEL
        )
    )
    outside_batch = aws.wafv2.WebAclRuleStatementArgs(
        not_statement=aws.wafv2.WebAclRuleStatementNotStatementArgs(statement=_is_batch_path("NONE"))
    )
    return aws.wafv2.WebAclRuleStatementArgs(
        and_statement=aws.wafv2.WebAclRuleStatementAndStatementArgs(statements=[large, outside_batch])
    )


def _is_batch_path(transformation: str) -> aws.wafv2.WebAclRuleStatementArgs:
    return aws.wafv2.WebAclRuleStatementArgs(
        regex_match_statement=aws.wafv2.WebAclRuleStatementRegexMatchStatementArgs(
            field_to_match=aws.wafv2.WebAclRuleStatementRegexMatchStatementFieldToMatchArgs(
                uri_path=aws.wafv2.WebAclRuleStatementRegexMatchStatementFieldToMatchUriPathArgs()
            ),
            regex_string=BATCH_PATHS,
            text_transformations=[
                aws.wafv2.WebAclRuleStatementRegexMatchStatementTextTransformationArgs(
                    priority=0, type=transformation
                )
            ],
        )
    )


def _has_more_than_small_body() -> aws.wafv2.WebAclRuleStatementArgs:
    return aws.wafv2.WebAclRuleStatementArgs(
        size_constraint_statement=aws.wafv2.WebAclRuleStatementSizeConstraintStatementArgs(
            comparison_operator="GT",
            size=SMALL_BODY_BYTES,
            # WAF reads only the first 8 or 16 KB of a larger body.
            field_to_match=aws.wafv2.WebAclRuleStatementSizeConstraintStatementFieldToMatchArgs(
                body=aws.wafv2.WebAclRuleStatementSizeConstraintStatementFieldToMatchBodyArgs(
                    oversize_handling="MATCH"
                )
            ),
            text_transformations=[
                aws.wafv2.WebAclRuleStatementSizeConstraintStatementTextTransformationArgs(
                    priority=0, type="NONE"
                )
            ],
        )
    )


def _is_only_batch_path(transformation: str) -> aws.wafv2.WebAclRuleStatementArgs:
    return aws.wafv2.WebAclRuleStatementArgs(
        byte_match_statement=aws.wafv2.WebAclRuleStatementByteMatchStatementArgs(
            field_to_match=aws.wafv2.WebAclRuleStatementByteMatchStatementFieldToMatchArgs(
                uri_path=aws.wafv2.WebAclRuleStatementByteMatchStatementFieldToMatchUriPathArgs()
            ),
            positional_constraint="ENDS_WITH",
            search_string=ONLY_BATCH_PATH,
            text_transformations=[_transformation(transformation)],
        )
    )


def _is_post() -> aws.wafv2.WebAclRuleStatementArgs:
    return aws.wafv2.WebAclRuleStatementArgs(
        byte_match_statement=aws.wafv2.WebAclRuleStatementByteMatchStatementArgs(
            field_to_match=aws.wafv2.WebAclRuleStatementByteMatchStatementFieldToMatchArgs(
                method=aws.wafv2.WebAclRuleStatementByteMatchStatementFieldToMatchMethodArgs()
            ),
            positional_constraint="EXACTLY",
            search_string="POST",
            text_transformations=[_transformation("NONE")],
        )
    )


def _transformation(
    name: str,
) -> aws.wafv2.WebAclRuleStatementByteMatchStatementTextTransformationArgs:
    return aws.wafv2.WebAclRuleStatementByteMatchStatementTextTransformationArgs(priority=0, type=name)


def _visibility(metric: str) -> aws.wafv2.WebAclRuleVisibilityConfigArgs:
    return aws.wafv2.WebAclRuleVisibilityConfigArgs(
        metric_name=metric, cloudwatch_metrics_enabled=True, sampled_requests_enabled=True
    )
