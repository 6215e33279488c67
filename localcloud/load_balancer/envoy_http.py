"""HTTP between clients and the load balancer: Envoy's protocol options, set to what an ALB accepts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

Json = dict[str, Any]

DEFAULT_HOST: Final = "localhost"
"""`Host` of forwarded HTTP/1.0 requests that have none. An ALB inserts its own DNS name (ELB user guide, "How
Elastic Load Balancing works")."""

MAXIMUM_HEAD_KB: Final = 64
"""Maximum size of a request line and its headers together, in kilobytes (ELB user guide, "Troubleshoot your
Application Load Balancers", HTTP 400)."""

MAXIMUM_HEADERS: Final = 16_384
"""Maximum number of headers: as many as fit in 64 KB. An ALB limits only their size, Envoy by default their
number to 100."""


def http_options(attributes: Mapping[str, str]) -> Json:
    """Return the options of Envoy's HTTP connection manager for these attributes of a load balancer.

    HTTP/0.9 and HTTP/1.0 are accepted. Every `Upgrade` is ignored, as the targets do (RFC 9110, 7.8): Envoy
    itself would refuse all but h2c, and would cut off the response to a WebSocket handshake that a target
    refuses.
    """
    drops_headers = attributes.get("routing.http.drop_invalid_header_fields.enabled") == "true"
    return {
        "codec_type": "AUTO" if attributes.get("routing.http2.enabled", "true") == "true" else "HTTP1",
        "skip_xff_append": not appends_address(attributes),
        # An ALB answers one more request before it closes a connection, with `Connection: close`.
        "http1_safe_max_connection_duration": True,
        "http_protocol_options": {
            "accept_http_10": True,
            "default_host_for_http_10": DEFAULT_HOST,
            "allow_custom_methods": True,
            "ignore_http_11_upgrade": [{"safe_regex": {"regex": ".*"}}],
        },
        "common_http_protocol_options": {
            "idle_timeout": f"{attributes['idle_timeout.timeout_seconds']}s",
            "max_connection_duration": f"{attributes.get('client_keep_alive.seconds', '3600')}s",
            "max_headers_count": MAXIMUM_HEADERS,
        },
        "max_request_headers_kb": MAXIMUM_HEAD_KB,
        "local_reply_config": {"mappers": [_LARGE_HEAD, _LOST_TARGET]},
        "early_header_mutation_extensions": [_DROP_INVALID_HEADERS] if drops_headers else [],
    }


def appends_address(attributes: Mapping[str, str]) -> bool:
    """Return whether Envoy itself appends the client's address, without a port, to `X-Forwarded-For`."""
    preserves = attributes["routing.http.xff_header_processing.mode"] == "preserve"
    return not (preserves or _adds_client_port(attributes))


def _adds_client_port(attributes: Mapping[str, str]) -> bool:
    """Return whether the load balancer adds the port of the client to `X-Forwarded-For`."""
    is_enabled = attributes.get("routing.http.xff_client_port.enabled") == "true"
    return is_enabled and attributes["routing.http.xff_header_processing.mode"] == "append"


def forwarded_for_options(attributes: Mapping[str, str]) -> Json:
    """Return what Envoy's routes do with `X-Forwarded-For`, which its connection manager can't."""
    if attributes["routing.http.xff_header_processing.mode"] == "remove":
        return {"request_headers_to_remove": ["x-forwarded-for"]}
    if not _adds_client_port(attributes):
        return {}
    header = {"key": "x-forwarded-for", "value": "%DOWNSTREAM_DIRECT_REMOTE_ADDRESS%"}
    return {"request_headers_to_add": [{"header": header, "append_action": "APPEND_IF_EXISTS_OR_ADD"}]}


def refused_requests() -> list[Json]:
    """Return the routes of requests that an ALB refuses on every path."""
    return [
        # More than one Host, which Envoy joins (RFC 9112, 3.2).
        _refusal(400, {"name": ":authority", "string_match": {"contains": ","}}),
        # ELB user guide, "Troubleshoot your Application Load Balancers", HTTP 405.
        _refusal(405, {"name": ":method", "string_match": {"exact": "TRACE"}}),
    ]


def _refusal(status: int, header: Json) -> Json:
    return {"match": {"prefix": "/", "headers": [header]}, "direct_response": {"status": status}}


_LARGE_HEAD: Final[Json] = {
    "filter": {
        "status_code_filter": {
            "comparison": {"op": "EQ", "value": {"default_value": 431, "runtime_key": "large_head"}}
        }
    },
    "status_code": 400,
}
"""Mapping of Envoy's status for a head that is too large to an ALB's."""

_LOST_TARGET: Final[Json] = {
    "filter": {
        "and_filter": {
            "filters": [
                {"response_flag_filter": {"flags": ["UF", "UC", "UR"]}},
                {
                    "status_code_filter": {
                        "comparison": {
                            "op": "EQ",
                            "value": {"default_value": 503, "runtime_key": "lost_target"},
                        }
                    }
                },
            ]
        }
    },
    "status_code": 502,
}
"""Mapping of Envoy's status for a target that refuses or resets a connection to an ALB's (ELB user guide,
"Troubleshoot your Application Load Balancers", HTTP 502)."""

_DROP_INVALID_HEADERS: Final[Json] = {
    "name": "drop_invalid_header_fields",
    "typed_config": {
        "@type": "type.googleapis.com/"
        "envoy.extensions.http.early_header_mutation.header_mutation.v3.HeaderMutation",
        "mutations": [
            {
                "remove_on_match": {
                    "key_matcher": {"safe_regex": {"regex": "[^:].*[^-a-z0-9].*|[^-a-z0-9:].*"}}
                }
            }
        ],
    },
}
"""Removal of headers whose names do not match `[-A-Za-z0-9]+` (ELB API reference, LoadBalancerAttribute)."""
