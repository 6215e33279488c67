"""Plays a listener's rules: Envoy's routes, as a pure function of what the AWS API says of them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

Json = dict[str, Any]


class UnplayedRuleError(ValueError):
    """A rule says something that nothing here does."""


def exceptions(rules: Iterable[Mapping[str, Any]]) -> list[Json]:
    """Write the routes that come before the one to the targets.

    Args:
        rules: as `DescribeRules` describes them, in the order of their priority, without the default.

    Raises:
        UnplayedRuleError: a rule has another condition than paths, or another action than a fixed response.
    """
    return [_route(rule) for rule in rules]


def _route(rule: Mapping[str, Any]) -> Json:
    (condition,), (action,) = rule["Conditions"], rule["Actions"]
    if condition["Field"] != "path-pattern" or action["Type"] != "fixed-response":
        raise UnplayedRuleError(
            f"the local balancer plays no rule of {condition['Field']} to {action['Type']} yet"
        )
    paths: Mapping[str, list[str]] = condition["PathPatternConfig"]
    expressions = [
        *(_of_pattern(pattern) for pattern in paths.get("Values", [])),
        *(_of_expression(expression) for expression in paths.get("RegexValues", [])),
    ]
    fixed = action["FixedResponseConfig"]
    return {
        # Envoy, like the ALB, looks at the path alone, as it was sent.
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


def _of_pattern(pattern: str) -> str:
    """Write an ALB's pattern as a regular expression: `*` is anything, `?` any one character."""
    return re.escape(pattern).replace(r"\*", ".*").replace(r"\?", ".")


def _of_expression(expression: str) -> str:
    """Return an ALB's regular expression as Envoy takes it, which compares it with the whole path.

    Raises:
        UnplayedRuleError: it is not anchored, and the user guide does not say what it then means.
    """
    if not (expression.startswith("^") and expression.endswith("$")):
        raise UnplayedRuleError(f"the local balancer plays no expression without ^ and $: {expression}")
    return expression.removeprefix("^").removesuffix("$")
