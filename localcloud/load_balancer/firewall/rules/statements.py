"""Rule statements of a web ACL as functions of a request (WAFV2 API reference, Statement)."""

from __future__ import annotations

import json
import operator
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from localcloud.load_balancer.firewall.rules import detectors
from localcloud.load_balancer.firewall.rules.addresses import AddressSet, address_in
from localcloud.load_balancer.firewall.rules.rate_counter import RateCounter
from localcloud.load_balancer.firewall.rules.rate_keys import rate_key
from localcloud.load_balancer.firewall.rules.request_components import UnsupportedError, component
from localcloud.load_balancer.firewall.rules.text_transformations import (
    TRANSFORMATIONS,
    ordered_names,
    transform,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from localcloud.load_balancer.firewall.rules.web_request import WebRequest

    Json = Mapping[str, Any]

DEFAULT_WINDOW: Final = 300
"""Evaluation window of a rate-based rule that has none, in seconds."""


@dataclass
class Evaluation:
    """Request that is being inspected, with the labels that rules have added so far."""

    request: WebRequest
    now: float
    """Time in seconds, on a monotonic clock."""
    labels: set[str] = field(default_factory=set[str])


@dataclass(frozen=True)
class Sources:
    """Resources to which statements refer, by ARN, and the counters of rate-based rules."""

    ip_sets: Mapping[str, Sequence[str]] = field(default_factory=dict[str, "Sequence[str]"])
    regex_sets: Mapping[str, Sequence[str]] = field(default_factory=dict[str, "Sequence[str]"])
    rule_groups: Mapping[str, Json] = field(default_factory=dict[str, "Json"])
    counters: dict[str, RateCounter] = field(default_factory=dict[str, RateCounter])


@dataclass(frozen=True)
class Scope:
    """Place of a statement: what it refers to, and the prefix of the labels of its web ACL or rule group."""

    sources: Sources
    label_prefix: str
    rule: str
    """Name of its rule."""


if TYPE_CHECKING:
    Match = Callable[[Evaluation], bool]
    """Function that returns whether a request matches a statement."""


def compile_statement(statement: Json, scope: Scope) -> Match:
    """Return the function of a statement.

    Raises:
        UnsupportedError: it, or a part of it, is not evaluated here.
    """
    ((name, inner),) = statement.items()
    if name not in _COMPILERS:
        raise UnsupportedError(name)
    return _COMPILERS[name](inner, scope)


def _all(inner: Json, scope: Scope) -> Match:
    parts = [compile_statement(each, scope) for each in inner["Statements"]]
    return lambda evaluation: all(part(evaluation) for part in parts)


def _some(inner: Json, scope: Scope) -> Match:
    parts = [compile_statement(each, scope) for each in inner["Statements"]]
    return lambda evaluation: any(part(evaluation) for part in parts)


def _not(inner: Json, scope: Scope) -> Match:
    part = compile_statement(inner["Statement"], scope)
    return lambda evaluation: not part(evaluation)


def _ip_set(inner: Json, scope: Scope) -> Match:
    addresses = AddressSet(_referred(scope.sources.ip_sets, inner["ARN"]))
    is_in = address_in(addresses, inner.get("IPSetForwardedIPConfig"))
    return lambda evaluation: is_in(evaluation.request)


def _referred(found: Mapping[str, Sequence[str]], arn: str) -> Sequence[str]:
    if arn not in found:
        raise UnsupportedError(f"the missing {arn}")
    return found[arn]


def _label(inner: Json, scope: Scope) -> Match:
    key = inner["Key"]
    # A key without a prefix is about the labels of the same web ACL or rule group.
    full = key if key.startswith("awswaf:") else scope.label_prefix + key
    if inner["Scope"] == "NAMESPACE":
        return lambda evaluation: any(label.startswith(full) for label in evaluation.labels)
    return lambda evaluation: full in evaluation.labels


def _rate(inner: Json, scope: Scope) -> Match:
    window, limit = inner.get("EvaluationWindowSec", DEFAULT_WINDOW), inner["Limit"]
    key_of = rate_key(inner)
    scoped = compile_statement(inner["ScopeDownStatement"], scope) if "ScopeDownStatement" in inner else None
    # A rule keeps its counts when others change; a change of its own settings resets them (AWS WAF developer
    # guide, "Rate-based rule caveats").
    name, settings = f"{scope.label_prefix}{scope.rule}", json.dumps(inner, sort_keys=True)
    counter = scope.sources.counters.get(name)
    if counter is None or counter.settings != settings:
        counter = scope.sources.counters[name] = RateCounter(window, settings)

    def is_above_limit(evaluation: Evaluation) -> bool:
        if scoped is not None and not scoped(evaluation):
            return False
        key = key_of(evaluation.request, evaluation.labels)
        if isinstance(key, bool):
            return key
        return counter.add(key, evaluation.now) > limit

    return is_above_limit


def _text_match(inner: Json, is_match: Callable[[str], bool]) -> Match:
    """Return whether a text of the inspected component matches after its transformations."""
    texts_of = component(inner["FieldToMatch"])
    names = ordered_names(inner["TextTransformations"])
    if unknown := [name for name in names if name not in TRANSFORMATIONS]:
        raise UnsupportedError(unknown[0])

    def matches(evaluation: Evaluation) -> bool:
        texts = texts_of(evaluation.request)
        if isinstance(texts, bool):
            return texts
        return any(is_match(transform(text, names) if names else text) for text in texts)

    return matches


def _bytes(inner: Json, _scope: Scope) -> Match:
    sought = inner["SearchString"]
    positions: Mapping[str, Callable[[str], bool]] = {
        "EXACTLY": lambda text: text == sought,
        "STARTS_WITH": lambda text: text.startswith(sought),
        "ENDS_WITH": lambda text: text.endswith(sought),
        "CONTAINS": lambda text: sought in text,
        "CONTAINS_WORD": lambda text: word.search(text) is not None,
    }
    word = re.compile(rf"(?<![A-Za-z0-9_]){re.escape(sought)}(?![A-Za-z0-9_])", re.DOTALL)
    return _text_match(inner, positions[inner["PositionalConstraint"]])


def _regex(inner: Json, _scope: Scope) -> Match:
    return _text_match(inner, _matches_any([inner["RegexString"]]))


def _regex_set(inner: Json, scope: Scope) -> Match:
    return _text_match(inner, _matches_any(_referred(scope.sources.regex_sets, inner["ARN"])))


def _matches_any(expressions: Iterable[str]) -> Callable[[str], bool]:
    compiled: list[re.Pattern[str]] = []
    for expression in expressions:
        try:
            compiled.append(re.compile(expression))
        except re.error as error:
            raise UnsupportedError(f"the expression {expression}: {error}") from None
    return lambda text: any(each.search(text) is not None for each in compiled)


_COMPARISONS: Final[Mapping[str, Callable[[int, int], bool]]] = {
    "EQ": operator.eq,
    "NE": operator.ne,
    "LE": operator.le,
    "LT": operator.lt,
    "GE": operator.ge,
    "GT": operator.gt,
}


def _size(inner: Json, _scope: Scope) -> Match:
    compare, size = _COMPARISONS[inner["ComparisonOperator"]], inner["Size"]
    return _text_match(inner, lambda text: compare(len(text), size))


def _sql_injection(inner: Json, _scope: Scope) -> Match:
    return _text_match(inner, detectors.is_sql_injection)


def _cross_site_scripting(inner: Json, _scope: Scope) -> Match:
    return _text_match(inner, detectors.is_cross_site_scripting)


_COMPILERS: Final[Mapping[str, Callable[[Json, Scope], Match]]] = {
    "AndStatement": _all,
    "OrStatement": _some,
    "NotStatement": _not,
    "IPSetReferenceStatement": _ip_set,
    "LabelMatchStatement": _label,
    "RateBasedStatement": _rate,
    "ByteMatchStatement": _bytes,
    "RegexMatchStatement": _regex,
    "RegexPatternSetReferenceStatement": _regex_set,
    "SizeConstraintStatement": _size,
    "SqliMatchStatement": _sql_injection,
    "XssMatchStatement": _cross_site_scripting,
}
"""Statement in the WAFV2 API -> compiler. Not here: countries and network operators, whose data
only AWS has, and rule groups, which `web_acl.py` compiles."""
