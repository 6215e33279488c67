"""Emulation of listener rules: Envoy's routes as a pure function of `DescribeRules`."""

from __future__ import annotations

import re
from ipaddress import ip_address, ip_network
from typing import TYPE_CHECKING, Any, Final

from localcloud.load_balancer.routing.envoy_redirects import redirect_action
from localcloud.load_balancer.routing.unsupported_rule import UnsupportedRuleError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from localcloud.load_balancer.routing.forwarding import Forwarding

Json = dict[str, Any]

CLIENT_ADDRESS: Final = ip_address("127.0.0.1")
"""Address of every client, as the load balancer listens only on this one."""


def listener_rule_routes(rules: Iterable[Mapping[str, Any]], forwarding: Forwarding) -> list[Json]:
    """Return the routes of listener rules, which precede the route to the targets.

    Args:
        rules: rules from `DescribeRules`, by priority; the default only if it does not forward.
        forwarding: target groups to which rules can forward.

    Raises:
        UnsupportedRuleError: Envoy cannot do what a condition or an action says.
    """
    return [
        _match(rule["Conditions"], route.pop("headers", ())) | route
        for rule in rules
        if _includes_clients(rule["Conditions"])
        for route in _actions(rule["Actions"], forwarding)
    ]


def _match(conditions: Iterable[Mapping[str, Any]], more_headers: Iterable[Json]) -> Json:
    match: Json = {"prefix": "/"}
    headers: list[Json] = [*more_headers]
    for condition in conditions:
        if condition["Field"] == "path-pattern":
            # Like the ALB, Envoy matches only the path, as it was sent.
            match = {"safe_regex": {"regex": "|".join(_path_expressions(condition))}}
        elif condition["Field"] != "source-ip":
            headers.append(_header_match(condition))
    return {"match": match | ({"headers": headers} if headers else {})}


def _includes_clients(conditions: Iterable[Mapping[str, Any]]) -> bool:
    """Return whether the source addresses of a rule include the clients, all of which are on this machine."""
    return all(
        any(CLIENT_ADDRESS in ip_network(block, strict=False) for block in _values(condition))
        for condition in conditions
        if condition["Field"] == "source-ip"
    )


CONFIGURATIONS: Final = {
    "host-header": "HostHeaderConfig",
    "http-header": "HttpHeaderConfig",
    "http-request-method": "HttpRequestMethodConfig",
    "path-pattern": "PathPatternConfig",
    "query-string": "QueryStringConfig",
    "source-ip": "SourceIpConfig",
}
"""Field of a condition -> key of its configuration (RuleCondition, ELB API 2015-12-01)."""


def _configuration(condition: Mapping[str, Any]) -> Mapping[str, Any]:
    field = condition["Field"]
    if field not in CONFIGURATIONS:
        raise UnsupportedRuleError(f"the local load balancer does not support conditions of {field}")
    return condition.get(CONFIGURATIONS[field], {})


def _values(condition: Mapping[str, Any]) -> list[Any]:
    """Return the values of a condition, which are at its top level in the older form."""
    return _configuration(condition).get("Values") or condition.get("Values", [])


def _path_expressions(condition: Mapping[str, Any]) -> Iterator[str]:
    yield from (_wildcards(pattern) for pattern in _values(condition))
    for expression in _configuration(condition).get("RegexValues", []):
        yield _regex_of_expression(expression)


def _header_match(condition: Mapping[str, Any]) -> Json:
    """Return Envoy's match of a condition that is not on the path: any of its values, in any case."""
    field, values = condition["Field"], _values(condition)
    if _configuration(condition).get("RegexValues"):
        raise UnsupportedRuleError(f"the local load balancer supports no regular expressions of {field}")
    match field:
        case "host-header":
            name, pattern = ":authority", rf"(?i)({_any_of(values)})(:[0-9]+)?"
        case "http-header":
            name, pattern = _configuration(condition)["HttpHeaderName"].lower(), f"(?i)({_any_of(values)})"
        case "http-request-method":
            name, pattern = ":method", "|".join(map(re.escape, values))
        case _:
            pairs = "|".join(map(_parameter, values))
            name, pattern = ":path", rf"(?i)[^?]*\?(.*&)?({pairs})(&.*)?"
    return {"name": name, "string_match": {"safe_regex": {"regex": pattern}}}


def _parameter(pair: Mapping[str, str]) -> str:
    """Return the regular expression of a parameter in a query string, of any one if the pair has no key."""
    return f"{_wildcards(pair.get('Key', '*'), '[^&=]')}={_wildcards(pair['Value'], '[^&]')}"


def _any_of(patterns: Sequence[str]) -> str:
    return "|".join(map(_wildcards, patterns))


def _wildcards(pattern: str, any_character: str = ".") -> str:
    """Convert an ALB's pattern to a regular expression: `*` is any text, `?` any one character."""
    return re.escape(pattern).replace(r"\*", f"{any_character}*").replace(r"\?", any_character)


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


def _actions(actions: Sequence[Mapping[str, Any]], forwarding: Forwarding) -> list[Json]:
    """Return the actions of Envoy's routes for that of a rule, with the headers that a route has to match."""
    (action, *others) = actions
    if others:
        raise UnsupportedRuleError(f"the local load balancer does not support actions of {action['Type']}")
    match action["Type"]:
        case "fixed-response":
            return [_fixed_response(action["FixedResponseConfig"])]
        case "redirect":
            return [{"redirect": redirect_action(action["RedirectConfig"])}]
        case "forward":
            return forwarding.routes(action)
        case other:
            raise UnsupportedRuleError(f"the local load balancer does not support actions of {other}")


def _fixed_response(fixed: Mapping[str, Any]) -> Json:
    response: Json = {"direct_response": {"status": int(fixed["StatusCode"])}}
    if body := fixed.get("MessageBody"):
        response["direct_response"]["body"] = {"inline_string": body}
    if kind := fixed.get("ContentType"):
        header = {"key": "content-type", "value": kind}
        response["response_headers_to_add"] = [
            {"header": header, "append_action": "OVERWRITE_IF_EXISTS_OR_ADD"}
        ]
    return response
