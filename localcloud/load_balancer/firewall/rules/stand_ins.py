"""Stand-ins for AWS's managed rule groups: their names, labels and sizes, with detectors of our own.

AWS's rules are not public, so that what these block differs. Groups by the reputation of an address have no
stand-in, because only AWS has their lists. Source of names and labels: AWS WAF developer guide,
"AWS Managed Rules rule groups list".
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from localcloud.load_balancer.firewall.rules import detectors
from localcloud.load_balancer.firewall.rules.body_texts import body_texts
from localcloud.load_balancer.firewall.rules.web_request import BODY_LIMIT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from localcloud.load_balancer.firewall.rules.web_request import WebRequest

    Match = Callable[[WebRequest], bool]

MAXIMUM_QUERY: Final = 2_048
MAXIMUM_COOKIES: Final = 10_240
MAXIMUM_PATH: Final = 1_024
"""Sizes in bytes that the common group allows."""


@dataclass(frozen=True)
class StandIn:
    """Rule of a stand-in, with the name and the label that AWS's rule has."""

    name: str
    label: str
    match: Match


@dataclass(frozen=True)
class StandInGroup:
    """Stand-in for a managed rule group."""

    label_prefix: str
    rules: tuple[StandIn, ...]


def stand_in(name: str) -> StandInGroup | None:
    """Return the stand-in for AWS's managed rule group of this name, or None where there is none."""
    return _GROUPS.get(name)


def _arguments(detect: Callable[[str], bool]) -> Match:
    """Return whether the name or the value of an argument is detected, by a detector of special texts."""
    return lambda request: (
        not detectors.is_plain(request.query)
        and any(detect(value) for pair in request.query_arguments for value in pair if value)
    )


def _query(detect: Callable[[str], bool]) -> Match:
    return lambda request: bool(request.query) and detect(request.query)


def _body(detect: Callable[[str], bool]) -> Match:
    return lambda request: bool(request.body) and detect(request.body)


def _path(detect: Callable[[str], bool]) -> Match:
    return lambda request: detect(request.path)


def _cookies(detect: Callable[[str], bool]) -> Match:
    return lambda request: any(detect(value) for value in request.header("cookie"))


_UNINSPECTED_HEADERS: Final = frozenset(
    {"accept", "accept-encoding", "accept-language", "connection", "content-length", "content-type", "host"}
)


def _headers(detect: Callable[[str], bool]) -> Match:
    """Return whether a header is detected, other than those that are negotiated."""
    return lambda request: any(
        detect(value) for name, value in request.headers if name not in _UNINSPECTED_HEADERS
    )


def _any_header(detect: Callable[[str], bool]) -> Match:
    return lambda request: any(detect(value) for _, value in request.headers)


def _everywhere(stem: str, label: str, detect: Callable[[str], bool], places: Iterable[str]) -> list[StandIn]:
    """Return a rule for each place that a detector inspects."""
    return [
        StandIn(f"{stem}_{place}", f"{label}_{_LABELS[place]}", _PLACES[place](detect)) for place in places
    ]


_PLACES: Final = {
    "QUERYARGUMENTS": _arguments,
    "QUERYSTRING": _query,
    "BODY": _body,
    "URIPATH": _path,
    "COOKIE": _cookies,
    "HEADER": _headers,
}
_LABELS: Final = {
    "QUERYARGUMENTS": "QueryArguments",
    "QUERYSTRING": "QueryString",
    "BODY": "Body",
    "URIPATH": "URIPath",
    "COOKIE": "Cookie",
    "HEADER": "Header",
}


def _is_remote_value(value: str) -> bool:
    return detectors.is_remote_inclusion(f"={value}")


def _texts_of_body(detect: Callable[[str], bool]) -> Match:
    """Return whether one of the texts of which the body consists is detected, by one of special texts."""

    def match(request: WebRequest) -> bool:
        if not request.body or detectors.is_plain(request.body):
            return False
        return any(map(detect, body_texts(request.body, "".join(request.header("content-type")))))

    return match


def _has_no_user_agent(request: WebRequest) -> bool:
    return not any(request.header("user-agent"))


def _has_large_body(request: WebRequest) -> bool:
    return request.has_larger_body or len(request.body) > BODY_LIMIT


_COMMON: Final = (
    StandIn("NoUserAgent_HEADER", "NoUserAgent_Header", _has_no_user_agent),
    StandIn(
        "UserAgent_BadBots_HEADER",
        "BadBots_Header",
        lambda request: any(map(detectors.is_bad_bot, request.header("user-agent"))),
    ),
    StandIn(
        "SizeRestrictions_QUERYSTRING",
        "SizeRestrictions_QueryString",
        lambda request: len(request.query) > MAXIMUM_QUERY,
    ),
    StandIn(
        "SizeRestrictions_Cookie_HEADER",
        "SizeRestrictions_Cookie_Header",
        lambda request: sum(map(len, request.header("cookie"))) > MAXIMUM_COOKIES,
    ),
    StandIn("SizeRestrictions_BODY", "SizeRestrictions_Body", _has_large_body),
    StandIn(
        "SizeRestrictions_URIPATH",
        "SizeRestrictions_URIPath",
        lambda request: len(request.path) > MAXIMUM_PATH,
    ),
    *_everywhere(
        "EC2MetaDataSSRF",
        "EC2MetaDataSSRF",
        detectors.names_metadata_service,
        ("BODY", "COOKIE", "URIPATH"),
    ),
    StandIn(
        "EC2MetaDataSSRF_QUERYARGUMENTS",
        "EC2MetaDataSSRF_QueryArguments",
        _query(detectors.names_metadata_service),
    ),
    *_everywhere(
        "GenericLFI", "GenericLFI", detectors.is_path_traversal, ("QUERYARGUMENTS", "URIPATH", "BODY")
    ),
    StandIn(
        "RestrictedExtensions_URIPATH",
        "RestrictedExtensions_URIPath",
        _path(detectors.has_restricted_extension),
    ),
    StandIn(
        "RestrictedExtensions_QUERYARGUMENTS",
        "RestrictedExtensions_QueryArguments",
        _query(detectors.has_restricted_extension),
    ),
    *_everywhere("GenericRFI", "GenericRFI", _is_remote_value, ("QUERYARGUMENTS",)),
    StandIn("GenericRFI_BODY", "GenericRFI_Body", _texts_of_body(_is_remote_value)),
    *_everywhere(
        "CrossSiteScripting",
        "CrossSiteScripting",
        detectors.is_cross_site_scripting,
        ("COOKIE", "QUERYARGUMENTS", "BODY", "URIPATH"),
    ),
)

_KNOWN_BAD_INPUTS: Final = (
    # Not here: Host_localhost_HEADER, as every request to a local cloud has that Host.
    *_everywhere(
        "JavaDeserializationRCE",
        "JavaDeserializationRCE",
        detectors.is_remote_code,
        ("HEADER", "BODY", "URIPATH", "QUERYSTRING"),
    ),
    StandIn("PROPFIND_METHOD", "Propfind_Method", lambda request: request.method == "PROPFIND"),
    *_everywhere("ExploitablePaths", "ExploitablePaths", detectors.is_exploitable_path, ("URIPATH",)),
    StandIn("Log4JRCE_HEADER", "Log4JRCE_Header", _any_header(detectors.is_log4j_lookup)),
    *_everywhere("Log4JRCE", "Log4JRCE", detectors.is_log4j_lookup, ("QUERYSTRING", "BODY", "URIPATH")),
)


def _has_sql_in_cookie(request: WebRequest) -> bool:
    return any(detectors.is_sql_injection(text) for pair in request.cookies for text in pair)


def _has_sql_in_path(request: WebRequest) -> bool:
    return any(map(detectors.is_sql_injection, (request.path, *request.path.split("/"))))


_SQL_INJECTION: Final = (
    *_everywhere("SQLi", "SQLi", detectors.is_sql_injection, ("QUERYARGUMENTS",)),
    StandIn("SQLi_BODY", "SQLi_Body", _texts_of_body(detectors.is_sql_injection)),
    StandIn("SQLi_COOKIE", "SQLi_Cookie", _has_sql_in_cookie),
    StandIn("SQLi_URIPATH", "SQLi_URIPath", _has_sql_in_path),
)

_GROUPS: Final = {
    "AWSManagedRulesCommonRuleSet": StandInGroup("awswaf:managed:aws:core-rule-set:", _COMMON),
    "AWSManagedRulesKnownBadInputsRuleSet": StandInGroup(
        "awswaf:managed:aws:known-bad-inputs:", _KNOWN_BAD_INPUTS
    ),
    "AWSManagedRulesSQLiRuleSet": StandInGroup("awswaf:managed:aws:sql-database:", _SQL_INJECTION),
    "AWSManagedRulesAdminProtectionRuleSet": StandInGroup(
        "awswaf:managed:aws:admin-protection:",
        tuple(_everywhere("AdminProtection", "AdminProtection", detectors.is_admin_path, ("URIPATH",))),
    ),
    "AWSManagedRulesLinuxRuleSet": StandInGroup(
        "awswaf:managed:aws:linux-os:",
        tuple(_everywhere("LFI", "LFI", detectors.is_path_traversal, ("URIPATH", "QUERYSTRING", "HEADER"))),
    ),
    "AWSManagedRulesUnixRuleSet": StandInGroup(
        "awswaf:managed:aws:posix-os:",
        tuple(
            _everywhere(
                "UNIXShellCommandsVariables",
                "UNIXShellCommandsVariables",
                detectors.is_shell_command,
                ("QUERYSTRING", "BODY", "HEADER"),
            )
        ),
    ),
}
"""Name of a managed rule group in the WAFV2 API -> its stand-in."""
