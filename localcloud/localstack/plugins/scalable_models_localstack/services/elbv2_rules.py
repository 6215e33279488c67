"""Listener rules that AWS accepts, of which moto checks few, and the operations on them.

Lengths, numbers and words are in the API's model. Sources: CreateRule, ModifyRule, DeleteRule,
SetRulePriorities and the conditions' own pages in the Elastic Load Balancing API 2015-12-01; "Condition types
for listener rules" in the user guide for Application Load Balancers.
"""

from __future__ import annotations

import re
from ipaddress import ip_network
from typing import TYPE_CHECKING, Any, Final

from moto.elbv2.models import elbv2_backends

from scalable_models_localstack.dispatch import OperationHandlers, Parameters, answer_with_moto
from scalable_models_localstack.services.elbv2_errors import raise_first
from scalable_models_localstack.services.elbv2_mistake import Mistake

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from localstack.aws.api import RequestContext
    from moto.elbv2.models import FakeListener, FakeListenerRule, FakeRule

TERMINAL: Final = ("forward", "redirect", "fixed-response")
"""Types of the action that a rule ends with."""

HEADER_NAME: Final = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]{1,40}")
"""Token of RFC 7230, of at most 40 characters."""

HOST: Final = re.compile(r"[A-Za-z0-9.*?-]{1,128}")

UNCHANGED: Final = {
    "Protocol": "#{protocol}",
    "Host": "#{host}",
    "Port": "#{port}",
    "Path": "/#{path}",
    "Query": "#{query}",
}
"""Parts of a redirect, each with what leaves it as it was in the request."""


def mistakes(
    conditions: Iterable[Mapping[str, Any]], actions: Iterable[Mapping[str, Any]]
) -> Iterator[Mistake]:
    """Yield what is wrong with the conditions and the actions of a rule."""
    for condition in conditions:
        yield from _of_condition(condition)
    given = list(actions)
    kinds = [action["Type"] for action in given]
    if given and sum(kind in TERMINAL for kind in kinds) != 1:
        yield Mistake(
            "InvalidLoadBalancerAction",
            "The actions must include exactly one of the following types: forward, redirect, fixed-response",
        )
    for action in given:
        if "RedirectConfig" in action and _is_loop(action["RedirectConfig"]):
            yield Mistake(
                "InvalidLoadBalancerAction",
                "The redirect configuration is not valid because it creates a loop.",
            )


def _is_loop(redirect: Mapping[str, Any]) -> bool:
    return all(redirect.get(part, unchanged) == unchanged for part, unchanged in UNCHANGED.items())


def _of_condition(condition: Mapping[str, Any]) -> Iterator[Mistake]:
    match condition.get("Field"):
        case "http-header":
            name = condition.get("HttpHeaderConfig", {}).get("HttpHeaderName", "")
            if not HEADER_NAME.fullmatch(name):
                yield _invalid(f"The 'HttpHeaderName' value '{name}' is not valid")
            if name.lower() == "host":
                yield _invalid("Use a 'host-header' condition to match the Host header")
        case "host-header":
            for host in condition.get("Values") or condition.get("HostHeaderConfig", {}).get("Values", []):
                if not HOST.fullmatch(host):
                    yield _invalid(f"Condition value '{host}' contains a character that is not valid")
        case "source-ip":
            for block in condition.get("SourceIpConfig", {}).get("Values", []):
                if not _is_block(block):
                    yield _invalid(f"Condition value '{block}' is not a valid CIDR block")
        case _:
            return


def _is_block(text: str) -> bool:
    try:
        ip_network(text, strict=False)
    except ValueError:
        return False
    return "/" in text


def _create(context: RequestContext, request: Parameters) -> Parameters:
    raise_first(mistakes(request["Conditions"], request["Actions"]))
    return answer_with_moto(context, request)


def _modify(context: RequestContext, request: Parameters) -> Parameters:
    _listener, rule = _find(context, request["RuleArn"])
    if rule.is_default:
        raise_first([_default(rule.arn, "modified")])
    raise_first(mistakes(request.get("Conditions") or [], request.get("Actions") or []))
    return answer_with_moto(context, request)


def _delete(context: RequestContext, request: Parameters) -> Parameters:
    """Delete a rule; moto ignores unknown ones, and fails at the default."""
    _listener, rule = _find(context, request["RuleArn"])
    if rule.is_default:
        raise_first([_default(rule.arn, "deleted")])
    return answer_with_moto(context, request)


def _set_priorities(context: RequestContext, request: Parameters) -> Parameters:
    """Set priorities, which rules of the request can exchange; moto refuses that."""
    wanted = {each["RuleArn"]: str(each["Priority"]) for each in request["RulePriorities"]}
    found = [_find(context, arn) for arn in wanted]
    for listener, rule in found:
        if rule.is_default:
            raise_first([_default(rule.arn, "modified")])
        others = {str(each.priority) for each in listener.rules.values() if each.arn not in wanted}
        if others & {*wanted.values()} or len({*wanted.values()}) < len(wanted):
            raise_first([Mistake("PriorityInUse", "The specified priority is in use.")])
    for _, rule in found:
        rule.priority = 0  # free for the other rules of the request
    return answer_with_moto(context, request)


def _find(context: RequestContext, arn: str) -> tuple[FakeListener, FakeListenerRule | FakeRule]:
    """Return a rule and its listener.

    Raises:
        CommonServiceException: there is no such rule.
    """
    for load_balancer in elbv2_backends[context.account_id][context.region].load_balancers.values():
        for listener in load_balancer.listeners.values():
            for rule in listener.rules.values():
                if rule.arn == arn:
                    return listener, rule
    raise_first([Mistake("RuleNotFound", "One or more rules not found")])
    raise AssertionError


def _default(arn: str, deed: str) -> Mistake:
    return Mistake("OperationNotPermitted", f"Default rule '{arn}' cannot be {deed}")


def _invalid(message: str) -> Mistake:
    return Mistake("ValidationError", message)


HANDLERS: Final[OperationHandlers] = {
    "CreateRule": _create,
    "DeleteRule": _delete,
    "ModifyRule": _modify,
    "SetRulePriorities": _set_priorities,
}
