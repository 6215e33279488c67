"""Emulation of listener rules: Envoy's routes as a pure function of `DescribeRules`."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

Json = dict[str, Any]


class UnsupportedRuleError(ValueError):
    """Listener rule with an unsupported condition or action."""


def listener_rule_routes(rules: Iterable[Mapping[str, Any]]) -> list[Json]:
    """Return the routes of listener rules, which precede the route to the targets.

    Args:
        rules: rules from `DescribeRules`, by priority, without the default.

    Raises:
        UnsupportedRuleError: a condition is not a path pattern, or an action is not a fixed response.
    """
    return [_route(rule) for rule in rules]


def _route(rule: Mapping[str, Any]) -> Json:
    (condition,), (action,) = rule["Conditions"], rule["Actions"]
    if condition["Field"] != "path-pattern" or action["Type"] != "fixed-response":
        raise UnsupportedRuleError(
            f"the local load balancer does not support rules of {condition['Field']} to {action['Type']}"
        )
    paths: Mapping[str, list[str]] = condition["PathPatternConfig"]
    expressions = [
        *(_regex_of_pattern(pattern) for pattern in paths.get("Values", [])),
        *(_regex_of_expression(expression) for expression in paths.get("RegexValues", [])),
    ]
    fixed = action["FixedResponseConfig"]
    return {
        # Like the ALB, Envoy matches only the path, as it was sent.
        "match": {"safe_regex": {"regex": "|".join(expressions)}},
        "direct_response": {
            "status": int(fixed["StatusCode"]),
            "body": {"inline_string": fixed["MessageBody"]},
        },
        "response_headers_to_add": [
            {
                "header": {"key": "content-type", "value": fixed["ContentType"]},
                "append_action": "OVERWRITE_IF_EXISTS_OR_ADD",
            }
        ],
    }


def _regex_of_pattern(pattern: str) -> str:
    """Convert an ALB's path pattern to a regular expression: `*` is any text, `?` any one character."""
    return re.escape(pattern).replace(r"\*", ".*").replace(r"\?", ".")


def _regex_of_expression(expression: str) -> str:
    """Convert an ALB's regular expression to Envoy's, which matches the whole path.

    Raises:
        UnsupportedRuleError: it is not anchored; the user guide does not specify its meaning.
    """
    if not (expression.startswith("^") and expression.endswith("$")):
        raise UnsupportedRuleError(
            f"the local load balancer requires ^ and $ in a regular expression: {expression}"
        )
    return expression.removeprefix("^").removesuffix("$")
