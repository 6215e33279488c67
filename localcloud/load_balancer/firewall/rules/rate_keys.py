"""Keys by which rate-based rules count requests (WAFV2 API reference, RateBasedStatement)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from localcloud.load_balancer.firewall.rules.addresses import forwarded_addresses, parse_address
from localcloud.load_balancer.firewall.rules.request_components import UnsupportedError, component
from localcloud.load_balancer.firewall.rules.text_transformations import ordered_names, transform

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from localcloud.load_balancer.firewall.rules.web_request import WebRequest

    Json = Mapping[str, Any]
    Key = Callable[[WebRequest, set[str]], str | bool]
    """Function that returns the key of a request, or whether the rule matches one that has no key."""


def rate_key(statement: Json) -> Key:
    """Return the function that yields the key of a request.

    Raises:
        UnsupportedError: a part of the key is not evaluated here.
    """
    match statement["AggregateKeyType"]:
        case "IP":
            return lambda request, _labels: request.source
        case "CONSTANT":
            return lambda _request, _labels: ""
        case "FORWARDED_IP":
            return _forwarded(statement["ForwardedIPConfig"])
        case _:
            return _custom(statement)


def _forwarded(config: Json) -> Key:
    header, is_fallback_match = config["HeaderName"], config["FallbackBehavior"] == "MATCH"

    def key(request: WebRequest, _labels: set[str]) -> str | bool:
        found = forwarded_addresses(request, header)
        if found is None:  # without the header, the rule does not apply
            return False
        return found[0] if parse_address(found[0]) else is_fallback_match

    return key


def _custom(statement: Json) -> Key:
    """Return a key of several parts; a request that lacks one of them is not counted."""
    parts = [_part(each, statement) for each in statement["CustomKeys"]]

    def key(request: WebRequest, labels: set[str]) -> str | bool:
        values: list[str] = []
        for part in parts:
            value = part(request, labels)
            if isinstance(value, bool):
                return value
            values.append(value)
        return "\0".join(values)

    return key


def _part(custom_key: Json, statement: Json) -> Key:
    ((name, settings),) = custom_key.items()
    if name == "ForwardedIP":
        return _forwarded(statement["ForwardedIPConfig"])
    if name not in _PARTS:
        raise UnsupportedError(f"rates by {name}")
    return _PARTS[name](settings)


def _cookie(settings: Json) -> Key:
    included = {"MatchPattern": {"IncludedCookies": [settings["Name"]]}, "MatchScope": "VALUE"}
    return _text({"Cookies": included}, settings)


def _labels_in(settings: Json) -> Key:
    namespace: str = settings["Namespace"]

    def key(_request: WebRequest, labels: set[str]) -> str | bool:
        return ",".join(sorted(label for label in labels if namespace in label)) or False

    return key


def _text(field: Json, settings: Json) -> Key:
    texts_of, names = component(field), ordered_names(settings["TextTransformations"])

    def key(request: WebRequest, _labels: set[str]) -> str | bool:
        texts = texts_of(request)
        if isinstance(texts, bool) or not texts:
            return False
        return transform(texts[0], names)

    return key


_PARTS: Final[Mapping[str, Callable[[Json], Key]]] = {
    "IP": lambda _: lambda request, _labels: request.source,
    "HTTPMethod": lambda _: lambda request, _labels: request.method,
    "LabelNamespace": _labels_in,
    "Header": lambda settings: _text({"SingleHeader": settings}, settings),
    "QueryArgument": lambda settings: _text({"SingleQueryArgument": settings}, settings),
    "QueryString": lambda settings: _text({"QueryString": {}}, settings),
    "UriPath": lambda settings: _text({"UriPath": {}}, settings),
    "Cookie": _cookie,
}
"""Custom key in the WAFV2 API -> its function."""
