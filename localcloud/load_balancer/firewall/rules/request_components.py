"""Components of a web request that a rule inspects (WAFV2 API reference, FieldToMatch)."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from localcloud.load_balancer.firewall.rules.web_request import BODY_LIMIT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from localcloud.load_balancer.firewall.rules.web_request import WebRequest

MAXIMUM_HEADERS: Final = 200
"""Headers or cookies that are inspected, within `BODY_LIMIT` bytes (AWS WAF developer guide, "Oversize web
request components")."""

Texts: TypeAlias = "Sequence[str]"
Component: TypeAlias = "Callable[[WebRequest], Texts | bool]"
"""Function that returns the texts to inspect, or the verdict that replaces the inspection."""


class UnsupportedError(ValueError):
    """Part of a rule that is not evaluated here; the message names it."""


def component(field: Mapping[str, Any]) -> Component:
    """Return the component that a `FieldToMatch` names.

    Raises:
        UnsupportedError: it is not evaluated here.
    """
    ((name, settings),) = field.items()
    if name not in _COMPONENTS:
        raise UnsupportedError(name)
    return _COMPONENTS[name](settings)


def _single_argument(settings: Mapping[str, Any]) -> Component:
    lower = str(settings["Name"]).lower()
    return lambda request: [value for key, value in request.query_arguments if key.lower() == lower]


def _single_header(settings: Mapping[str, Any]) -> Component:
    lower = str(settings["Name"]).lower()
    return lambda request: request.header(lower)


def _verdict(handling: str) -> bool | None:
    """Return the verdict of an oversize handling or a fallback; None if the inspection goes on."""
    return {"MATCH": True, "NO_MATCH": False}.get(handling)


def _body(settings: Mapping[str, Any]) -> Component:
    oversize = _verdict(settings.get("OversizeHandling", "CONTINUE"))

    def body(request: WebRequest) -> Texts | bool:
        if request.has_larger_body and oversize is not None:
            return oversize
        return [request.body]

    return body


def _named_values(
    settings: Mapping[str, Any], pairs: Callable[[WebRequest], Sequence[tuple[str, str]]]
) -> Component:
    """Return the component of headers or cookies, which a pattern and a scope select."""
    oversize = _verdict(settings.get("OversizeHandling", "CONTINUE"))
    pattern: Mapping[str, Any] = settings["MatchPattern"]
    scope = settings["MatchScope"]
    included = _lower_names(pattern, "IncludedHeaders", "IncludedCookies")
    excluded = _lower_names(pattern, "ExcludedHeaders", "ExcludedCookies")

    def texts(request: WebRequest) -> Texts | bool:
        size = 0
        found: list[str] = []
        for number, (name, value) in enumerate(pairs(request)):
            size += len(name) + len(value)
            if size > BODY_LIMIT or number >= MAXIMUM_HEADERS:
                if oversize is not None:
                    return oversize
                break
            lower = name.lower()
            if (included is not None and lower not in included) or (excluded and lower in excluded):
                continue
            found += [*([name] if scope != "VALUE" else []), *([value] if scope != "KEY" else [])]
        return found

    return texts


def _lower_names(pattern: Mapping[str, Any], *keys: str) -> frozenset[str] | None:
    listed = next((pattern[key] for key in keys if key in pattern), None)
    return None if listed is None else frozenset(name.lower() for name in listed)


def _json_body(settings: Mapping[str, Any]) -> Component:
    oversize = _verdict(settings.get("OversizeHandling", "CONTINUE"))
    invalid = settings.get("InvalidFallbackBehavior", "EVALUATE_AS_STRING")
    scope = settings["MatchScope"]
    paths: list[str] | None = settings["MatchPattern"].get("IncludedPaths")

    def texts(request: WebRequest) -> Texts | bool:
        if request.has_larger_body and oversize is not None:
            return oversize
        try:
            document: object = json.loads(request.body.encode("latin-1"))
        except (ValueError, RecursionError):
            verdict = _verdict(invalid)
            return [request.body] if verdict is None else verdict
        roots = [document] if paths is None else [_at(document, path) for path in paths]
        return [text for root in roots for text in _json_texts(root, scope)]

    return texts


def _at(document: object, path: str) -> object:
    """Return what a JSON pointer (RFC 6901) names, or None."""
    for token in path.split("/")[1:]:
        key = token.replace("~1", "/").replace("~0", "~")
        if isinstance(document, dict):
            document = document.get(key)  # pyright: ignore[reportUnknownVariableType, reportUnknownMemberType] - JSON
        elif isinstance(document, list) and key.isdecimal() and int(key) < len(document):  # pyright: ignore[reportUnknownArgumentType] - JSON
            document = document[int(key)]  # pyright: ignore[reportUnknownVariableType] - JSON
        else:
            return None
    return document  # pyright: ignore[reportUnknownVariableType] - JSON


def _json_texts(root: Any, scope: str) -> Iterator[str]:  # noqa: ANN401 - JSON
    """Yield the keys and the values of a JSON document, as bytes in UTF-8."""
    stack: list[Any] = [root]
    while stack:
        match stack.pop():
            case dict() as members:  # pyright: ignore[reportUnknownVariableType] - JSON
                if scope != "VALUE":
                    yield from (_bytes(str(key)) for key in members)  # pyright: ignore[reportUnknownArgumentType, reportUnknownVariableType] - JSON
                stack += members.values()  # pyright: ignore[reportUnknownMemberType, reportUnknownArgumentType] - JSON
            case list() as items:  # pyright: ignore[reportUnknownVariableType] - JSON
                stack += items  # pyright: ignore[reportUnknownArgumentType] - JSON
            case str() as text if scope != "KEY":
                yield _bytes(text)
            case None:
                pass
            case value if scope != "KEY":
                yield json.dumps(value)
            case _:
                pass


def _bytes(text: str) -> str:
    return text.encode("utf-8", "surrogatepass").decode("latin-1")


_COMPONENTS: Final[Mapping[str, Callable[[Mapping[str, Any]], Component]]] = {
    "UriPath": lambda _: lambda request: [request.path],
    "QueryString": lambda _: lambda request: [request.query],
    "Method": lambda _: lambda request: [request.method],
    "AllQueryArguments": lambda _: (
        lambda request: [text for pair in request.query_arguments for text in pair]
    ),
    "SingleQueryArgument": _single_argument,
    "SingleHeader": _single_header,
    "Headers": lambda settings: _named_values(settings, lambda request: request.headers),
    "Cookies": lambda settings: _named_values(settings, lambda request: request.cookies),
    "Body": _body,
    "JsonBody": _json_body,
}
"""`FieldToMatch` in the WAFV2 API -> component. Not here: TLS fingerprints, order of headers, fragments."""
