"""Web ACLs and requests in the form of the WAFV2 API, for tests."""

from __future__ import annotations

from typing import Any

from localcloud.load_balancer.firewall.rules.statements import Sources
from localcloud.load_balancer.firewall.rules.web_acl import WebAcl
from localcloud.load_balancer.firewall.rules.web_request import WebRequest

Json = dict[str, Any]

BROWSER = ("user-agent", "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0")

DEFAULT_GROUPS = ("AWSManagedRulesKnownBadInputsRuleSet", "AWSManagedRulesCommonRuleSet")
"""Groups of the program's default configuration that have stand-ins."""

ALL_GROUPS = (
    "AWSManagedRulesKnownBadInputsRuleSet",
    "AWSManagedRulesSQLiRuleSet",
    "AWSManagedRulesAdminProtectionRuleSet",
    "AWSManagedRulesUnixRuleSet",
    "AWSManagedRulesLinuxRuleSet",
    "AWSManagedRulesCommonRuleSet",
)


def rule(name: str, statement: Json, priority: int = 0, action: str = "Block", **more: Any) -> Json:
    """Return a rule with an action."""
    return {
        "Name": name,
        "Priority": priority,
        "Statement": statement,
        "Action": {action: {}},
        "VisibilityConfig": _visibility(name),
        **more,
    }


def managed(name: str, priority: int = 0, override: str = "None", **more: Any) -> Json:
    """Return a rule with a managed rule group."""
    return {
        "Name": name,
        "Priority": priority,
        "Statement": {"ManagedRuleGroupStatement": {"VendorName": "AWS", "Name": name, **more}},
        "OverrideAction": {override: {}},
        "VisibilityConfig": _visibility(name),
    }


def acl(*rules: Json, default: str = "Allow", **more: Any) -> Json:
    """Return a web ACL."""
    return {
        "Name": "acl",
        "ARN": "arn:aws:wafv2:us-east-1:000000000000:regional/webacl/acl/1",
        "DefaultAction": {default: {}},
        "Rules": list(rules),
        "VisibilityConfig": _visibility("acl"),
        **more,
    }


def groups(*names: str) -> WebAcl:
    """Return a web ACL with these managed rule groups."""
    return WebAcl(acl(*(managed(name, number) for number, name in enumerate(names))), Sources())


def _visibility(metric: str) -> Json:
    return {"MetricName": metric, "CloudWatchMetricsEnabled": True, "SampledRequestsEnabled": True}


def field_match(kind: str, field: str, transformations: tuple[str, ...] = (), **inner: Any) -> Json:
    """Return a statement that inspects a component."""
    return {
        kind: {
            "FieldToMatch": {field: inner.pop("settings", {})},
            "TextTransformations": [
                {"Priority": number, "Type": each} for number, each in enumerate(transformations or ("NONE",))
            ],
            **inner,
        }
    }


def contains(text: str, field: str = "UriPath", *transformations: str, **settings: Any) -> Json:
    """Return a statement that a component contains a text."""
    return field_match(
        "ByteMatchStatement",
        field,
        transformations,
        settings=settings,
        SearchString=text,
        PositionalConstraint="CONTAINS",
    )


def request(
    target: str = "/",
    method: str = "GET",
    *,
    body: str = "",
    source: str = "192.0.2.1",
    headers: tuple[tuple[str, str], ...] = (BROWSER,),
    has_larger_body: bool = False,
) -> WebRequest:
    """Return a request of a browser."""
    return WebRequest(source, method, target, headers, body, has_larger_body)
